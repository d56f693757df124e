//! What a law must beat: one rate for all.

use serde::Serialize;

use super::Estimate;
use super::predictions::Predictions;
use crate::ScoreSettings;

/// What one learning rate for all architectures scores: how far measured rates are spread.
///
/// A law whose root mean square is not below this one knows nothing about these networks that a single number does not,
/// whatever its correlation. Of a law with the right order of networks but twice their spread on the logarithmic scale that
/// is true.
///
/// **Source.** The sample standard deviation; proofs/law-court.md.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OneRate {
    /// Root mean square of ln measured about its mean over networks, divisor n − 1: the one rate is fitted.
    pub rms: Estimate,
    /// About the base network's ln measured, over all others; none without a base.
    pub base_rms: Option<Estimate>,
}

impl OneRate {
    /// By the predictions of [`crate::ParametricLaw::UNCHANGED`].
    pub(super) fn new(predictions: &Predictions<'_>, settings: &ScoreSettings) -> Self {
        Self { rms: predictions.rms(settings.level), base_rms: predictions.base_rms(settings) }
    }
}
