//! Chains of convolutions on a torus with a stationary input, whatever their depth and the size of the image.

use archscale_model::{Grid, Padding, PositionReadout, Scaled};

use super::closed::Closed;
use super::engine::Passes;
use super::lags::Lags;
use super::layout::{Feature, Layout, Picture, Read, Source};
use crate::{Scalar, TheoryError};

/// Relative size, to the largest power, of a negative power that counts as rounding.
const ROUNDING: f64 = 1e-9;

/// A chain of ReLU convolutions with circular padding, gain 2, over an input whose Gram matrix depends on the lag alone.
///
/// It needs one number for each lag where a program needs an image's Gram matrix: 64 × 64 positions, or 2¹⁵ layers, are no trouble.
///
/// ```
/// use archscale_model::{Grid, Padding, PositionReadout, Scaled};
/// use archscale_theory::StationaryChain;
/// let grid = Grid::new(vec![8], Padding::Circular)?;
/// let mut iid = vec![0.0; 8];
/// iid[0] = 0.5;
/// let layers = StationaryChain::new(&grid, iid, 3)?.layers(1, PositionReadout::Average)?;
/// // q²/4 for a constant input, divided by m² for independent positions
/// assert!((layers[0].mean_squared_change - 9.0 / 4.0 / 64.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StationaryChain {
    grid: Grid,
    gram: Vec<f64>,
    kernel: usize,
    share: f64,
}

/// What the infinite-channel law says of one layer of a [`StationaryChain`], the same at every position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StationaryLayer {
    /// lim E z(p)².
    pub second_moment: f64,
    /// lim E K_ii(p, p)/n.
    pub kernel: f64,
    /// Mean over the positions of D(p).
    pub mean_squared_change: f64,
}

impl StationaryChain {
    /// A chain over an input of this Gram matrix by lag, in the order of the grid's positions, of as many channels as the width.
    ///
    /// # Errors
    /// Zero padding; a Gram matrix of another size, one that is not even in the lag, or of negative power at some frequency; a kernel
    /// that does not fit.
    pub fn new(grid: &Grid, gram: Vec<f64>, kernel: usize) -> Result<Self, TheoryError> {
        grid.tap_count(kernel)?;
        let unusable = |found: String, mend| Err(TheoryError::undefined("the law by lags", found, mend));
        if grid.padding() == Padding::Zero {
            return unusable("zero padding".into(), "use circular padding, or a program over images");
        }
        let m = grid.positions();
        if gram.len() != m {
            return unusable(format!("{} lags on an image of {m} positions", gram.len()), "give one number for each lag");
        }
        if let Some(lag) = gram.iter().position(|value| !value.is_finite()) {
            return unusable(format!("a covariance that is not finite, at lag {lag}"), "give finite numbers");
        }
        let mirrored = |lag: usize| {
            let steps = grid.coordinates(lag);
            steps.iter().zip(grid.sides()).fold(0, |index, (step, side)| index * side + (side - step) % side)
        };
        let scale = gram[0].abs();
        if let Some(lag) = (0..m).find(|&lag| (gram[lag] - gram[mirrored(lag)]).abs() > ROUNDING * scale) {
            return unusable(
                format!("a covariance that differs between lag {lag} and its negative"),
                "a Gram matrix is symmetric, so by lag it is even",
            );
        }
        let powers = Lags::new(grid.sides()).powers(&gram);
        let largest = powers.iter().fold(0.0, |largest: f64, power| largest.max(power.abs()));
        if let Some(frequency) = powers.iter().position(|&power| power < -ROUNDING * largest) {
            return unusable(
                format!("a Gram matrix of negative power at frequency {frequency}"),
                "no field has this Gram matrix: it must be positive semidefinite",
            );
        }
        Ok(Self { grid: grid.clone(), gram, kernel, share: 1.0 })
    }

    /// The same with an input of a fixed number of channels, as the width grows.
    #[must_use]
    pub fn with_few_channels(self) -> Self {
        Self { share: 0.0, ..self }
    }

    /// The law at every layer of the chain of this depth. For a single position it is the mean over the positions, which is flatten's.
    ///
    /// # Errors
    /// Depth zero.
    pub fn layers(&self, depth: usize, readout: PositionReadout) -> Result<Vec<StationaryLayer>, TheoryError> {
        if depth == 0 {
            return Err(TheoryError::zero_layer());
        }
        let layout = Layout {
            grid: self.grid.clone(),
            positions: readout,
            images: vec![Picture { gram: self.gram.clone(), share: self.share }],
            slots: (0..depth)
                .map(|layer| {
                    let source = if layer == 0 { Source::Image(0) } else { Source::Feature(layer - 1) };
                    vec![Read { gain: Scaled::from(2.0), kernel: self.kernel, source }]
                })
                .collect(),
            forms: (0..depth).map(|layer| vec![(layer, 1.0)]).collect(),
            features: (0..depth).map(|form| Feature { form, gated: true }).collect(),
            readout: vec![(Scaled::from(2.0), depth - 1)],
            read_images: Vec::new(),
            nodes: Vec::new(),
        };
        let space = Lags::new(self.grid.sides());
        let passes = Passes::run(&space, &layout);
        let mut closed = Closed::run(&passes);
        let layer = |form: usize| {
            let field = Feature { form, gated: false };
            let (moments, kernels) = passes.state(field);
            let double = |value, what| f64::carried(value, what, || format!("layer {}", form + 1));
            Ok(StationaryLayer {
                second_moment: double(moments[0], "the second moment")?,
                kernel: double(kernels[0], "the tangent kernel")?,
                mean_squared_change: double(closed.change(field)[0], "the mean squared change")?,
            })
        };
        (0..depth).map(layer).collect()
    }
}
