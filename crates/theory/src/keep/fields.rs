//! Moments by position: one position for vectors, those of the grid for images.

use std::collections::HashMap;

use archscale_model::{Activation, ConvNetwork, Scaled};
use num_traits::{One, Zero};

use crate::gaussian::is_homogeneous;
use crate::{GaussianTable, TheoryError};

/// One number for every position.
pub(super) type Profile = Vec<Scaled>;

pub(super) fn mean_of(profile: &[Scaled]) -> Scaled {
    profile.iter().copied().sum::<Scaled>() / Scaled::from(profile.len() as f64)
}

/// The positions that each tap of a kernel reads.
type Taps = Vec<Vec<Option<usize>>>;

/// The positions of a network, its input, and its activation under Gaussian laws.
pub(super) struct Fields {
    /// E x² of the input.
    pub(super) input: Profile,
    pub(super) activation: Activation,
    pub(super) homogeneous: bool,
    table: GaussianTable,
    images: Option<ConvNetwork>,
    taps: HashMap<usize, Taps>,
}

impl Fields {
    pub(super) fn new(images: Option<&ConvNetwork>, activation: Activation) -> Result<Self, TheoryError> {
        let input = match images {
            None => vec![Scaled::from(0.5)],
            Some(images) => {
                let (image, m) = (images.image()?, images.grid().positions());
                image.gram().iter().step_by(m + 1).copied().map(Scaled::from).collect()
            }
        };
        let homogeneous = is_homogeneous(activation);
        let table = GaussianTable::new();
        Ok(Self { input, activation, homogeneous, table, images: images.cloned(), taps: HashMap::new() })
    }

    /// E σ(z) and E σ(z)² for z of law N(0, q).
    pub(super) fn moments(&mut self, q: Scaled) -> Result<(Scaled, Scaled), TheoryError> {
        if self.homogeneous {
            let unit = self.table.moments(self.activation, 1.0)?;
            return Ok((Scaled::from(unit.mean) * q.sqrt(), Scaled::from(unit.second) * q));
        }
        match q.fit() {
            Some(q) => {
                let found = self.table.moments(self.activation, q)?;
                Ok((found.mean.into(), found.second.into()))
            }
            None if q < Scaled::one() => {
                // So near zero σ is its tangent, to every digit.
                let [value, slope] = [self.activation.value(0.0), self.activation.slope(0.0)].map(Scaled::from);
                Ok((value, value * value + slope * slope * q))
            }
            None => Err(TheoryError::inaccurate(
                &format!("moments of {}", self.activation),
                q,
                "use gains that keep the second moment nearer to 1",
            )),
        }
    }

    /// The mean over a kernel's taps of what each reads, nothing outside the image.
    pub(super) fn over_taps(&mut self, kernel: Option<usize>, read: &[Scaled]) -> Result<Profile, TheoryError> {
        let (Some(kernel), Some(images)) = (kernel, &self.images) else { return Ok(read.to_vec()) };
        let taps = match self.taps.entry(kernel) {
            std::collections::hash_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => place.insert(images.grid().taps(kernel)?),
        };
        let count = Scaled::from(taps.len() as f64);
        let at = |p: usize| taps.iter().filter_map(|tap| tap[p]).map(|from| read[from]).sum::<Scaled>() / count;
        Ok((0..read.len()).map(at).collect())
    }

    pub(super) fn nothing(&self) -> Profile {
        vec![Scaled::zero(); self.input.len()]
    }
}
