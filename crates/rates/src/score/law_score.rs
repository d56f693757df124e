//! What a law scores on the networks of a group.

use serde::Serialize;

use super::predictions::Predictions;
use super::statistic::{correlation, fisher, ln_rms, slope};
use super::{Ceiling, Estimate};
use crate::{RatesError, ScoreSettings};

/// What a law scores on the networks for which it predicts a rate.
///
/// **Statement.** With x the predicted and y the measured log-rate (mean over seeds) of n networks: r is Pearson's; `slope`
/// that of y on x by least squares; `rms` the root mean square of y − x about its mean (divisor n − 1), the law's one
/// constant being fitted; `base_rms` that of y − x − c (divisor n) over all networks but the base, with c taken from the
/// base network alone.
///
/// **Intervals.** Studentised bootstrap over architectures; an architecture is drawn with all its networks and seeds, whose
/// noise is in y already (drawing seeds again would count it twice). r is treated on Fisher's scale, root mean squares in
/// the logarithm. At level 0.95 on 30 planted networks 92 to 95 % of them cover (tests/it/coverage.rs). The base's measured
/// rate and fitted parameters are held fixed: see [`Base::standard_error`](crate::Base), and [`HeldOut`](crate::HeldOut) for
/// what fitting costs.
///
/// **Source.** proofs/law-court.md.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Networks for which the law predicts a rate.
    pub networks: usize,
    /// Values of the fitted parameters, on all these networks.
    pub theta: Vec<f64>,
    /// The fitted constant: mean of ln measured − ln predicted.
    pub constant: f64,
    /// Pearson correlation of measured and predicted log-rates.
    pub correlation: Estimate,
    /// Slope of ln measured on ln predicted.
    pub slope: Estimate,
    /// Root mean square of ln measured − ln predicted with one fitted constant.
    pub rms: Estimate,
    /// ln measured − ln predicted of the base network; none where the law says nothing about it.
    pub base_constant: Option<f64>,
    /// Root mean square over all other networks with the constant of the base network.
    pub base_rms: Option<Estimate>,
    /// What a perfect law would score on these networks; none without repeated seeds.
    pub ceiling: Option<Ceiling>,
}

impl Score {
    /// Scores predictions; `ceiling` is that of their networks, where it is known already.
    pub(super) fn new(
        predictions: &Predictions<'_>,
        theta: Vec<f64>,
        ceiling: Option<Ceiling>,
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        predictions.enough()?;
        let (x, y, resamples) = (&predictions.predicted, &predictions.measured, &predictions.resamples);
        let (all, level, architectures) = (resamples.sample(), settings.level, predictions.architectures);
        if ln_rms(x, all, true).is_none() {
            return Err(RatesError::ConstantPrediction { architectures });
        }
        if ln_rms(y, all, true).is_none() {
            return Err(RatesError::ConstantMeasurement { architectures });
        }
        let r = correlation(x, y, all).map_or(f64::NAN, |found| found.value);
        let r_interval = resamples.studentised(level, |draw| fisher(x, y, draw));
        let line = slope(x, y, all).map_or(f64::NAN, |found| found.value);
        Ok(Self {
            networks: y.len(),
            theta,
            constant: predictions.deviations().iter().sum::<f64>() / y.len() as f64,
            correlation: Estimate { value: r, interval: r_interval.map(|(low, high)| (low.tanh(), high.tanh())) },
            slope: Estimate { value: line, interval: resamples.studentised(level, |draw| slope(x, y, draw)) },
            rms: predictions.rms(level),
            base_constant: predictions.base_constant(),
            base_rms: predictions.base_rms(settings),
            ceiling: ceiling.or_else(|| Ceiling::new(&predictions.networks(), resamples, level).ok()),
        })
    }
}
