use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A trained stem: one more layer in front of the measured network, from the data to its first layer of width n.
///
/// **Share.** What the stem adds to the tangent kernel, in parts of a hidden layer: Σ x² of the standardised input over n
/// against ½, which is 2d/n for d features, or channels over an image.
///
/// **Which stems are a layer.** Laws count whole layers, so a share must become one layer or none. [`TrainedStem::new`]
/// rounds it: from ½ on the stem is a layer of every path. Digits into width 128 (share 1) and MNIST-1D into width 128
/// (0.625) are; an image of one channel is not (1/16 into 32 channels, 1/8 into 16). The measurements of
/// proofs/trained-rates.md do not decide between the two for images: with the stem as a layer r of weighted-root-taps falls
/// in four groups of five, and its root mean square in three of them.
///
/// ```
/// use archscale_rates::TrainedStem;
/// assert!(TrainedStem::new(0.5).layer && !TrainedStem::new(0.0625).layer);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainedStem {
    /// What it adds to the tangent kernel, in parts of a hidden layer.
    #[schemars(range(min = 0))]
    pub share: f64,
    /// Whether laws count it as a layer of every path.
    pub layer: bool,
}

impl TrainedStem {
    /// The share from which a stem counts as a layer.
    pub const LEAST_SHARE: f64 = 0.5;

    /// A stem of this share, counted as a layer from [`TrainedStem::LEAST_SHARE`] on.
    #[must_use]
    pub fn new(share: f64) -> Self {
        Self { share, layer: share >= Self::LEAST_SHARE }
    }
}
