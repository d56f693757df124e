use std::fmt;
use std::sync::OnceLock;

use crate::{Grid, ModelError};

/// A fixed input field over the positions of a grid, as its Gram matrix and its number of channels.
///
/// **Statement.** With N channels h_c, G(p, p') = (1/N) Σ_c h_c(p) h_c(p'). A first convolution whose weights are N(0, C/(qN)) sees
/// the field only through G and N: N = n (*many* channels) gives the first layer's weights the same part in the change as every other
/// layer's, a fixed N leaves them a part of order N/n. G has diagonal ½ where the field is to match the vectors' convention.
///
/// ```
/// use archscale_model::{Grid, Image, Padding};
/// let grid = Grid::new(vec![2], Padding::Circular)?;
/// let image = Image::new(grid.clone(), vec![0.5, 0.25, 0.25, 0.5], None)?;
/// assert_eq!(image.factor()?.len(), 2);
/// assert!(Image::new(grid, vec![0.5, 0.75, 0.75, 0.5], None).is_err());
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Clone)]
pub struct Image {
    grid: Grid,
    gram: Vec<f64>,
    channels: Option<usize>,
    /// Row r holds the r-th of the vectors u_r with Σ_r u_r u_rᵀ = G; found when it is asked for, since a law does not ask and it
    /// takes m³ operations.
    factor: OnceLock<Result<Vec<Vec<f64>>, String>>,
}

/// Relative size, to the largest variance, below which a pivot of the factorisation counts as zero.
const RANK_TOLERANCE: f64 = 1e-12;

/// Relative asymmetry, or covariance of what has no variance left, that rounding may leave.
const ROUNDING: f64 = 1e-9;

impl Image {
    /// A field of this Gram matrix, m × m row by row; `channels` of `None` is as many as the width.
    ///
    /// # Errors
    /// A matrix of another size, entries that are not finite, asymmetry, a matrix that is not positive semidefinite, no channel, or
    /// fewer channels than the rank.
    pub fn new(grid: Grid, gram: Vec<f64>, channels: Option<usize>) -> Result<Self, ModelError> {
        let m = grid.positions();
        let problem = |problem: String, mend: &str| {
            Err(ModelError::Spatial { what: "input Gram matrix".into(), problem, mend: mend.into() })
        };
        if gram.len() != m * m {
            return problem(
                format!("it has {} entries, and an image of {m} positions needs {}", gram.len(), m * m),
                "give it row by row",
            );
        }
        if let Some(index) = gram.iter().position(|entry| !entry.is_finite()) {
            return problem(format!("entry ({}, {}) is not finite", index / m, index % m), "give finite numbers");
        }
        let scale = (0..m).fold(0.0, |scale: f64, p| scale.max(gram[p * m + p].abs()));
        for p in 0..m {
            for r in 0..p {
                if (gram[p * m + r] - gram[r * m + p]).abs() > ROUNDING * scale {
                    return problem(
                        format!("entries ({p}, {r}) and ({r}, {p}) differ: {} and {}", gram[p * m + r], gram[r * m + p]),
                        "a Gram matrix is symmetric",
                    );
                }
            }
        }
        let image = Self::of_model(grid, gram, None);
        let rank = image.factor()?.len();
        if let Some(found) = channels.filter(|&channels| channels == 0 || channels < rank) {
            return problem(
                format!("its rank is {rank}, and the field has {found} channels"),
                "give at least as many channels as the rank, or channels=many",
            );
        }
        Ok(Self { channels, ..image })
    }

    /// As [`Image::new`], for a matrix that is known to be the Gram matrix of a field of so many channels.
    pub(super) fn of_model(grid: Grid, gram: Vec<f64>, channels: Option<usize>) -> Self {
        Self { grid, gram, channels, factor: OnceLock::new() }
    }

    /// The positions.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// G, m × m, row by row.
    #[must_use]
    pub fn gram(&self) -> &[f64] {
        &self.gram
    }

    /// The mean of G's diagonal: of |h(p)|²/N over the positions.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        let m = self.grid.positions();
        self.gram.iter().step_by(m + 1).sum::<f64>() / m as f64
    }

    /// The number of channels N; `None` when it is the width.
    #[must_use]
    pub fn channels(&self) -> Option<usize> {
        self.channels
    }

    /// Vectors u_r over positions, as many as the rank, with Σ_r u_r u_rᵀ = G.
    ///
    /// For a Gaussian matrix of weights, √N u_r in place of the N channels gives the same law: it is invariant under rotations of
    /// the channels.
    ///
    /// # Errors
    /// A matrix that is not positive semidefinite.
    pub fn factor(&self) -> Result<&[Vec<f64>], ModelError> {
        let m = self.grid.positions();
        let found = self.factor.get_or_init(|| {
            let scale = (0..m).fold(0.0, |scale: f64, p| scale.max(self.gram[p * m + p].abs()));
            factorise(&self.gram, m, scale)
        });
        found.as_deref().map_err(|reason| ModelError::Spatial {
            what: "input Gram matrix".into(),
            problem: format!("it is not positive semidefinite: {reason}"),
            mend: "no field has this Gram matrix; |G(p, p')| is at most (G(p, p) G(p', p'))^½, for a start".into(),
        })
    }
}

impl PartialEq for Image {
    fn eq(&self, other: &Self) -> bool {
        (&self.grid, &self.gram, self.channels) == (&other.grid, &other.gram, other.channels)
    }
}

impl Eq for Image {}

/// Without its m² numbers, so that messages which name an operation stay short.
impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").field("grid", &self.grid).field("channels", &self.channels).finish_non_exhaustive()
    }
}

/// Cholesky's factorisation with pivots, which ends at the rank.
fn factorise(gram: &[f64], m: usize, scale: f64) -> Result<Vec<Vec<f64>>, String> {
    let mut rest: Vec<f64> = (0..m).map(|p| gram[p * m + p]).collect();
    let mut factor: Vec<Vec<f64>> = Vec::new();
    if let Some(p) = rest.iter().position(|&variance| variance < 0.0) {
        return Err(format!("entry ({p}, {p}) is negative"));
    }
    let residual =
        |factor: &[Vec<f64>], p: usize, r: usize| gram[p * m + r] - factor.iter().map(|row| row[p] * row[r]).sum::<f64>();
    while factor.len() < m {
        let (pivot, variance) =
            rest.iter().copied().enumerate().fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best });
        if variance <= RANK_TOLERANCE * scale {
            break;
        }
        let root = variance.sqrt();
        let row: Vec<f64> = (0..m).map(|p| residual(&factor, p, pivot) / root).collect();
        for (p, variance) in rest.iter_mut().enumerate() {
            *variance -= row[p] * row[p];
            if *variance < -ROUNDING * scale {
                return Err(format!("position {p} would have a negative variance given others ({variance:.3e})"));
            }
        }
        rest[pivot] = 0.0;
        factor.push(row);
    }
    if factor.len() == m {
        return Ok(factor);
    }
    // A variance that is used up leaves room for no covariance.
    for p in 0..m {
        if let Some(r) = (0..p).find(|&r| residual(&factor, p, r).abs() > ROUNDING * scale.max(1e-300)) {
            return Err(format!("positions {p} and {r} covary more than their variances allow"));
        }
    }
    Ok(factor)
}
