//! What a law scores on the networks of a group.

use serde::Serialize;

use super::bootstrap::Resamples;
use super::ceiling::Ceiling;
use super::predictions::Predictions;
use super::statistic::{Value, correlation, difference, exponential, fisher, ln_rms, slope};
use super::{Estimate, LEAST};
use crate::{RatesError, ScoreSettings};

/// What a law scores on the networks for which it predicts a rate.
///
/// **Statement.** With x the predicted and y the measured log-rate (mean over seeds) of n networks: r is Pearson's; `slope` that
/// of y on x by least squares; `rms` the root mean square of y − x about its mean (divisor n − 1), the law's one constant being
/// fitted; `base_rms` that of y − x − c (divisor n) over all networks but the base, with c taken from the base network alone.
///
/// **Intervals.** Studentised bootstrap over architectures; an architecture is drawn with all its networks and seeds, whose
/// noise is in y already (drawing seeds again would count it twice). r is treated on Fisher's scale, root mean squares in the
/// logarithm. At level 0.95 on 30 planted networks 92 to 95 % of them cover (tests/it/coverage.rs). The base's measured rate and fitted parameters are held fixed: see [`Base::standard_error`](crate::Base), and
/// [`HeldOut`](crate::HeldOut) for what fitting costs.
///
/// **Source.** proofs/law-set.md.
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
    /// Scores predictions on a predictions; `ceiling` is that of its networks, where it is known already.
    pub(crate) fn new(
        predictions: &Predictions<'_>,
        theta: Vec<f64>,
        ceiling: Option<Ceiling>,
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        let (x, y) = (&predictions.predicted, &predictions.measured);
        let networks = y.len();
        let found = predictions.clusters.len();
        if found < LEAST {
            return Err(RatesError::TooFew { found, least: LEAST });
        }
        let all = predictions.resamples.identity().entries.clone();
        let deviations = predictions.deviations();
        let constant = deviations.iter().sum::<f64>() / networks as f64;
        let constant_side = |values: &[f64]| ln_rms(values, &all, true).is_none();
        if constant_side(x) {
            return Err(RatesError::ConstantPrediction { architectures: found });
        }
        if constant_side(y) {
            return Err(RatesError::ConstantMeasurement { architectures: found });
        }
        let level = settings.level;
        let on = |resamples: &Resamples, statistic: &dyn Fn(&[usize]) -> Option<Value>| resamples.interval(level, statistic);
        let r = correlation(x, y, &all).map_or(f64::NAN, |value| value.theta);
        let r_interval = on(&predictions.resamples, &|draw| fisher(x, y, draw)).map(|(low, high)| (low.tanh(), high.tanh()));
        let line = slope(x, y, &all).map_or(f64::NAN, |value| value.theta);
        let base_constant = predictions.base_constant();
        Ok(Self {
            networks,
            theta,
            constant,
            correlation: Estimate { value: r, interval: r_interval },
            slope: Estimate { value: line, interval: on(&predictions.resamples, &|draw| slope(x, y, draw)) },
            rms: predictions.rms(level),
            base_constant,
            base_rms: predictions.base_rms(settings),
            ceiling: ceiling.or_else(|| Ceiling::new(&predictions.networks, &predictions.resamples, level).ok()),
        })
    }
}

/// Two laws on the same networks.
///
/// Differences are first minus second, with studentised bootstrap intervals of paired draws: where an interval excludes 0, the
/// laws differ at its level. The laws that are compared were picked by no test here; whoever picks the best of many should
/// expect its lead to shrink on new networks.
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
    /// Compares predictions of two laws, whose both hold the same networks.
    pub(crate) fn new(
        names: (&str, &str),
        both: (&Predictions<'_>, &Predictions<'_>),
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        let (first, second) = both;
        let found = first.clusters.len();
        if found < LEAST {
            return Err(RatesError::TooFew { found, least: LEAST });
        }
        let all = &first.resamples.identity().entries;
        let (a, b) = (first.deviations(), second.deviations());
        let gain = |draw: &[usize]| {
            let of = |predictions: &Predictions<'_>| correlation(&predictions.predicted, &predictions.measured, draw);
            Some(difference(of(first)?, &of(second)?))
        };
        let loss = |draw: &[usize]| {
            let of = |deviations: &[f64]| Some(exponential(ln_rms(deviations, draw, true)?));
            Some(difference(of(&a)?, &of(&b)?))
        };
        let value = |statistic: &dyn Fn(&[usize]) -> Option<Value>| {
            statistic(all).map(|value| value.theta).ok_or(RatesError::ConstantPrediction { architectures: found })
        };
        let estimate = |statistic: &dyn Fn(&[usize]) -> Option<Value>| {
            let interval = first.resamples.interval(settings.level, statistic);
            Ok::<_, RatesError>(Estimate { value: value(statistic)?, interval })
        };
        Ok(Self {
            first: names.0.into(),
            second: names.1.into(),
            networks: first.measured.len(),
            correlation: estimate(&gain)?,
            rms: estimate(&loss)?,
        })
    }

    /// [`EvaluationSet::against_one_rate`](crate::EvaluationSet::against_one_rate) of a predictions.
    pub(crate) fn with_one_rate(predictions: &Predictions<'_>, settings: &ScoreSettings) -> Result<Estimate, RatesError> {
        let found = predictions.clusters.len();
        if found < LEAST {
            return Err(RatesError::TooFew { found, least: LEAST });
        }
        let deviations = predictions.deviations();
        let loss = |draw: &[usize]| {
            let of = |deviations: &[f64]| Some(exponential(ln_rms(deviations, draw, true)?));
            Some(difference(of(&deviations)?, &of(&predictions.measured)?))
        };
        let value = loss(&predictions.resamples.identity().entries).map(|value| value.theta);
        Ok(Estimate {
            value: value.ok_or(RatesError::ConstantMeasurement { architectures: found })?,
            interval: predictions.resamples.interval(settings.level, loss),
        })
    }

    /// [`EvaluationSet::base_ratio`](crate::EvaluationSet::base_ratio) of two both that hold the same networks.
    pub(crate) fn base_ratio(
        names: (&str, &str),
        both: (&Predictions<'_>, &Predictions<'_>),
        settings: &ScoreSettings,
    ) -> Result<Estimate, RatesError> {
        let (first, second) = both;
        let missing = |law: &str| RatesError::NoBase { law: law.into() };
        let (own, others) = (
            first.base_constant().ok_or_else(|| missing(names.0))?,
            second.base_constant().ok_or_else(|| missing(names.1))?,
        );
        let (resamples, entries) = first.without_base(settings).ok_or(RatesError::TooFew { found: 0, least: LEAST })?;
        if entries.len() < LEAST {
            return Err(RatesError::TooFew { found: entries.len(), least: LEAST });
        }
        let about = |predictions: &Predictions<'_>, constant: f64| -> Vec<f64> {
            let deviations = predictions.deviations();
            entries.iter().map(|i| deviations[*i] - constant).collect()
        };
        let (a, b) = (about(first, own), about(second, others));
        let ratio = |draw: &[usize]| Some(difference(ln_rms(&a, draw, false)?, &ln_rms(&b, draw, false)?));
        let all = &resamples.identity().entries;
        for (law, deviations) in [(names.0, &a), (names.1, &b)] {
            if ln_rms(deviations, all, false).is_none() {
                return Err(RatesError::Exact { law: law.into() });
            }
        }
        let value = ratio(all).map_or(f64::NAN, |value| value.theta);
        let interval = resamples.interval(settings.level, ratio).map(|(low, high)| (low.exp(), high.exp()));
        Ok(Estimate { value: value.exp(), interval })
    }
}
