//! What a law must beat: one rate for all.

use serde::Serialize;

use crate::Settings;
use crate::bench::Bench;
use crate::score::Estimate;

/// What one learning rate for all architectures scores: how far measured rates are spread.
///
/// A law whose root mean square is not below this one knows nothing about these networks that a single number does not, whatever
/// its correlation. Of a law with the right order of networks but twice their spread on the logarithmic scale that is true.
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
    /// On a bench of [`crate::Candidate::UNCHANGED`].
    pub(crate) fn new(bench: &Bench<'_>, settings: &Settings) -> Self {
        Self { rms: bench.rms(settings.level), base_rms: bench.base_rms(settings) }
    }
}
