//! Laws judged on networks that they were not fitted to.

use serde::Serialize;

use super::Estimate;
use super::LEAST;
use super::bootstrap::{Clusters, Resamples, below, generator};
use super::fit::{Fit, outside};
use super::predictions::Member;
use super::statistic::{Value, difference, ln_rms};
use crate::{MeasuredNetwork, ParametricLaw, RatesError, ScoreSettings};

/// k-fold cross-validation over architectures.
///
/// **Statement.** The architectures of the group are dealt at random into folds, all networks of one architecture together; the
/// parameters and the constant are fitted on all folds but one and judged on that one, for each fold and for several repeats.
/// `rms` is the root mean square over networks and repeats of ln measured − ln predicted, `correlation` the mean over repeats
/// of r between measurements and held-out predictions. Every law meets the same folds.
///
/// The interval is a studentised bootstrap over architectures of the mean squares, given the fits. A constant prediction has a
/// correlation of about −1/(folds − 1) or less here, since each fold's constant moves against what it leaves out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldOut {
    /// Folds of one dealing.
    pub folds: usize,
    /// Dealings.
    pub repeats: usize,
    /// Root mean square on networks that were left out of the fit.
    pub rms: Estimate,
    /// Mean of r over repeats; none where predictions or measurements are constant.
    pub correlation: Option<f64>,
    /// Smallest and largest value of each parameter over the fits.
    pub theta: Vec<(f64, f64)>,
    /// Mean square of each network over repeats, for comparisons.
    #[serde(skip)]
    pub(crate) squares: Vec<f64>,
}

/// Transfer from small to large networks.
///
/// The networks are ordered by number of edges, then longest path; parameters and constant are fitted on the smaller half of
/// the architectures and judged, without refitting anything, on the larger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transfer {
    /// Networks that were fitted.
    pub small: usize,
    /// Networks that were judged.
    pub large: usize,
    /// Root mean square of ln measured − ln predicted on the larger half.
    pub rms: Estimate,
    /// Mean of ln measured − ln predicted on the larger half: positive where the law is too cautious there.
    pub bias: Estimate,
    /// r on the larger half; none where predictions or measurements are constant.
    pub correlation: Option<f64>,
}

/// The fold of each architecture in each dealing: sizes differ by one at most.
fn deal(group: &str, architectures: usize, settings: &ScoreSettings) -> Vec<Vec<usize>> {
    let dealing = |number: usize| {
        let mut rng = generator(&["folds", group], settings.seed);
        rng.set_stream(number as u64);
        let mut order: Vec<usize> = (0..architectures).collect();
        for last in (1..architectures).rev() {
            order.swap(last, below(&mut rng, last + 1));
        }
        let mut fold = vec![0; architectures];
        for (place, architecture) in order.into_iter().enumerate() {
            fold[architecture] = place % settings.folds;
        }
        fold
    };
    (0..settings.repeats).map(dealing).collect()
}

impl HeldOut {
    /// Judges a law on networks for all of which it predicts a rate; `architectures` counts those of the whole group.
    pub(crate) fn new(
        group: &str,
        members: &[Member<'_>],
        architectures: usize,
        law: &ParametricLaw,
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        let clusters = clusters(members);
        let least = LEAST.max(settings.folds);
        if clusters.len() < least {
            return Err(RatesError::TooFew { found: clusters.len(), least });
        }
        let repeats = deal(group, architectures, settings);
        let mut squares = vec![0.0; members.len()];
        let mut theta = vec![(f64::INFINITY, f64::NEG_INFINITY); law.parameters.len()];
        let mut correlations = Vec::new();
        for folds in &repeats {
            let mut deviations = vec![0.0; members.len()];
            for fold in 0..settings.folds {
                let part = |out: bool| members.iter().filter(move |(_, at, _)| (folds[*at] == fold) == out);
                let train: Vec<&MeasuredNetwork> = part(false).map(|(network, _, _)| *network).collect();
                if part(true).next().is_none() || train.is_empty() {
                    continue;
                }
                let fit = Fit::new(law, &train).map_err(|gap| outside(&gap))?;
                for (range, value) in theta.iter_mut().zip(&fit.theta) {
                    *range = (range.0.min(*value), range.1.max(*value));
                }
                for (i, (network, at, _)) in members.iter().enumerate() {
                    if folds[*at] == fold {
                        deviations[i] = fit.deviation(law, network).map_err(|gap| outside(&gap))?;
                    }
                }
            }
            correlations.extend(correlation(members, &deviations));
            for (square, deviation) in squares.iter_mut().zip(&deviations) {
                *square += deviation * deviation / repeats.len() as f64;
            }
        }
        let resamples = Resamples::new(&clusters, settings.replicates, &["held-out", group], settings.seed);
        let rms = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
        let interval = resamples.interval(settings.level, |draw| ln_root_mean(&squares, draw));
        let complete = !correlations.is_empty() && correlations.len() == repeats.len();
        Ok(Self {
            folds: settings.folds,
            repeats: settings.repeats,
            rms: Estimate { value: rms, interval: interval.map(|(low, high)| (low.exp(), high.exp())) },
            correlation: complete.then(|| correlations.iter().sum::<f64>() / correlations.len() as f64),
            theta,
            squares,
        })
    }

    /// Held-out rms of the first minus that of the second, on the same networks.
    pub(crate) fn difference(
        &self,
        other: &Self,
        group: &str,
        members: &[Member<'_>],
        settings: &ScoreSettings,
    ) -> Estimate {
        let resamples = Resamples::new(&clusters(members), settings.replicates, &["held-out", group], settings.seed);
        let statistic = |draw: &[usize]| {
            let of = |squares: &[f64]| ln_root_mean(squares, draw).map(super::statistic::exponential);
            Some(difference(of(&self.squares)?, &of(&other.squares)?))
        };
        Estimate { value: self.rms.value - other.rms.value, interval: resamples.interval(settings.level, statistic) }
    }
}

impl Transfer {
    /// Fits on the smaller half of the networks and judges on the larger.
    pub(crate) fn new(
        group: &str,
        members: &[Member<'_>],
        law: &ParametricLaw,
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        let mut ordered: Vec<Member<'_>> = members.to_vec();
        ordered.sort_by(|(a, _, _), (b, _, _)| a.size().cmp(&b.size()));
        let mut middle = ordered.len() / 2;
        // An architecture stays on one side.
        while middle > 0 && middle < ordered.len() && ordered[middle].1 == ordered[middle - 1].1 {
            middle += 1;
        }
        let (small, large) = ordered.split_at(middle);
        for half in [small, large] {
            let found = clusters(half).len();
            if found < LEAST {
                return Err(RatesError::TooFew { found, least: LEAST });
            }
        }
        let train: Vec<&MeasuredNetwork> = small.iter().map(|(network, _, _)| *network).collect();
        let fit = Fit::new(law, &train).map_err(|gap| outside(&gap))?;
        let mut deviations = Vec::with_capacity(large.len());
        for (network, _, _) in large {
            deviations.push(fit.deviation(law, network).map_err(|gap| outside(&gap))?);
        }
        let resamples = Resamples::new(&clusters(large), settings.replicates, &["transfer", group], settings.seed);
        let count = deviations.len() as f64;
        let rms = (deviations.iter().map(|one| one * one).sum::<f64>() / count).sqrt();
        let interval = resamples.interval(settings.level, |draw| ln_rms(&deviations, draw, false));
        let shift = |draw: &[usize]| {
            let theta = draw.iter().map(|i| deviations[*i]).sum::<f64>() / draw.len() as f64;
            Some(Value { theta, influence: draw.iter().map(|i| deviations[*i] - theta).collect() })
        };
        Ok(Self {
            small: small.len(),
            large: large.len(),
            rms: Estimate { value: rms, interval: interval.map(|(low, high)| (low.exp(), high.exp())) },
            bias: Estimate {
                value: deviations.iter().sum::<f64>() / count,
                interval: resamples.interval(settings.level, shift),
            },
            correlation: correlation(large, &deviations),
        })
    }
}

fn clusters(members: &[Member<'_>]) -> Clusters {
    Clusters::new(&members.iter().map(|(_, architecture, _)| *architecture).collect::<Vec<_>>())
}

/// r of measurements with predictions, from the deviations between them.
fn correlation(members: &[Member<'_>], deviations: &[f64]) -> Option<f64> {
    let measured: Vec<f64> = members.iter().map(|(network, _, _)| network.log_rate()).collect();
    let predicted: Vec<f64> = measured.iter().zip(deviations).map(|(measured, deviation)| measured - deviation).collect();
    let all: Vec<usize> = (0..members.len()).collect();
    super::statistic::correlation(&predicted, &measured, &all).map(|value| value.theta)
}

/// ½ ln of the mean of squares.
fn ln_root_mean(squares: &[f64], draw: &[usize]) -> Option<Value> {
    let mean = draw.iter().map(|i| squares[*i]).sum::<f64>() / draw.len() as f64;
    let influence = draw.iter().map(|i| 0.5 * (squares[*i] / mean - 1.0)).collect();
    (mean > 0.0).then(|| Value { theta: 0.5 * mean.ln(), influence })
}
