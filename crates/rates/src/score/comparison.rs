//! Two laws on the same networks.

use archscale_stats::{Resamples, Statistic};
use serde::Serialize;

use super::predictions::Predictions;
use super::statistic::{correlation, difference, exponential, ln_rms};
use super::{Estimate, LEAST};
use crate::{RatesError, ScoreSettings};

/// Two laws on the same networks.
///
/// Differences are first minus second, with studentised bootstrap intervals of paired draws: where an interval excludes 0,
/// the laws differ at its level. The laws that are compared were picked by no test here; whoever picks the best of many
/// should expect its lead to shrink on new networks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LawComparison {
    /// The first law.
    pub first: String,
    /// The second law.
    pub second: String,
    /// Networks for which both predict a rate.
    pub networks: usize,
    /// r of the first minus r of the second.
    pub correlation: Estimate,
    /// rms of the first minus rms of the second, each with a constant fitted on these networks.
    pub rms: Estimate,
}

impl LawComparison {
    /// Compares predictions of two laws for the same networks.
    pub(super) fn new(
        names: (&str, &str),
        (first, second): (&Predictions<'_>, &Predictions<'_>),
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        first.enough()?;
        let constant = || RatesError::ConstantPrediction { architectures: first.architectures };
        let (a, b) = (first.deviations(), second.deviations());
        let gain = estimate(&first.resamples, settings.level, |draw| gain(first, second, draw)).ok_or_else(constant)?;
        let rms = estimate(&first.resamples, settings.level, |draw| excess(&a, &b, draw)).ok_or_else(constant)?;
        Ok(Self { first: names.0.into(), second: names.1.into(), networks: a.len(), correlation: gain, rms })
    }
}

/// [`EvaluationSet::against_one_rate`](crate::EvaluationSet::against_one_rate) by a law's predictions.
pub(super) fn with_one_rate(law: &Predictions<'_>, settings: &ScoreSettings) -> Result<Estimate, RatesError> {
    law.enough()?;
    let deviations = law.deviations();
    estimate(&law.resamples, settings.level, |draw| excess(&deviations, &law.measured, draw))
        .ok_or(RatesError::ConstantMeasurement { architectures: law.architectures })
}

/// [`EvaluationSet::base_ratio`](crate::EvaluationSet::base_ratio) by predictions of two laws for the same networks.
pub(super) fn base_ratio(
    names: (&str, &str),
    (first, second): (&Predictions<'_>, &Predictions<'_>),
    settings: &ScoreSettings,
) -> Result<Estimate, RatesError> {
    let (resamples, entries) = first.without_base(settings).ok_or(RatesError::TooFew { found: 0, least: LEAST })?;
    let (a, b) = (from_base(names.0, first, &entries)?, from_base(names.1, second, &entries)?);
    if entries.len() < LEAST {
        return Err(RatesError::TooFew { found: entries.len(), least: LEAST });
    }
    for (law, deviations) in [(names.0, &a), (names.1, &b)] {
        if ln_rms(deviations, resamples.sample(), false).is_none() {
            return Err(RatesError::Exact { law: law.into() });
        }
    }
    let ratio = |draw: &[usize]| Some(difference(ln_rms(&a, draw, false)?, &ln_rms(&b, draw, false)?));
    let found = estimate(&resamples, settings.level, ratio);
    let Estimate { value, interval } = found.unwrap_or(Estimate { value: f64::NAN, interval: None });
    Ok(Estimate { value: value.exp(), interval: interval.map(|(low, high)| (low.exp(), high.exp())) })
}

/// Deviations of these networks with the constant of the base.
fn from_base(law: &str, of: &Predictions<'_>, entries: &[usize]) -> Result<Vec<f64>, RatesError> {
    let constant = of.base_constant().ok_or_else(|| RatesError::NoBase { law: law.into() })?;
    let deviations = of.deviations();
    Ok(entries.iter().map(|i| deviations[*i] - constant).collect())
}

/// r of the first minus r of the second.
fn gain(first: &Predictions<'_>, second: &Predictions<'_>, draw: &[usize]) -> Option<Statistic> {
    let own = correlation(&first.predicted, &first.measured, draw)?;
    Some(difference(own, &correlation(&second.predicted, &second.measured, draw)?))
}

/// Root mean square of the first deviations minus that of the second, each about its mean.
fn excess(first: &[f64], second: &[f64], draw: &[usize]) -> Option<Statistic> {
    Some(difference(exponential(ln_rms(first, draw, true)?), &exponential(ln_rms(second, draw, true)?)))
}

/// A statistic with its studentised interval; none where the networks themselves have no value.
fn estimate(resamples: &Resamples, level: f64, of: impl Fn(&[usize]) -> Option<Statistic>) -> Option<Estimate> {
    let value = of(resamples.sample())?.value;
    Some(Estimate { value, interval: resamples.studentised(level, of) })
}
