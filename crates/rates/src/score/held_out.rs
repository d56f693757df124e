//! Laws scored on networks that they were not fitted to.

use archscale_stats::{Pairs, Statistic, permutation};
use serde::Serialize;

use super::fit::{Fit, outside};
use super::predictions::{Member, architectures};
use super::statistic::{difference, exponential, ln_rms};
use super::{Estimate, LEAST};
use crate::{MeasuredNetwork, ParametricLaw, RatesError, ScoreSettings};

/// k-fold cross-validation over architectures.
///
/// **Statement.** The architectures of the group are split at random into folds, all networks of one architecture together;
/// the parameters and the constant are fitted on all folds but one and scored on that one, for each fold and for several
/// repeats. `rms` is the root mean square over networks and repeats of ln measured − ln predicted, `correlation` the mean
/// over repeats of r between measurements and held-out predictions. Every law is scored on the same folds.
///
/// The interval is a studentised bootstrap over architectures of the mean squares, given the fits. A constant prediction has
/// a correlation of about −1/(folds − 1) or less here, since each fold's constant moves against what it leaves out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldOut {
    /// Folds of one repeat.
    pub folds: usize,
    /// Repeats of the split.
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
/// the architectures and scored, without refitting anything, on the larger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transfer {
    /// Networks that were fitted.
    pub small: usize,
    /// Networks that were scored.
    pub large: usize,
    /// Root mean square of ln measured − ln predicted on the larger half.
    pub rms: Estimate,
    /// Mean of ln measured − ln predicted on the larger half: positive where the law is too cautious there.
    pub bias: Estimate,
    /// r on the larger half; none where predictions or measurements are constant.
    pub correlation: Option<f64>,
}

/// The fold of each architecture in each repeat: sizes differ by one at most.
fn folds(group: &str, architectures: usize, settings: &ScoreSettings) -> Vec<Vec<usize>> {
    let stream = settings.stream("folds", group);
    let repeat = |number: usize| {
        let mut fold = vec![0; architectures];
        for (place, architecture) in permutation(&mut stream.rng(number as u64), architectures).into_iter().enumerate() {
            fold[architecture] = place % settings.folds;
        }
        fold
    };
    (0..settings.repeats).map(repeat).collect()
}

/// What the folds of one law leave out of its fits.
struct LeftOut {
    /// ln measured − ln predicted of each network by the fit that left it out.
    deviations: Vec<f64>,
    /// Parameters of each fit.
    theta: Vec<Vec<f64>>,
}

impl LeftOut {
    /// By the fold of each architecture.
    fn new(members: &[Member<'_>], fold_of: &[usize], folds: usize, law: &ParametricLaw) -> Result<Self, RatesError> {
        let mut found = Self { deviations: vec![0.0; members.len()], theta: Vec::new() };
        for fold in 0..folds {
            let is_out = |member: &&Member<'_>| fold_of[member.architecture] == fold;
            let kept: Vec<&MeasuredNetwork> =
                members.iter().filter(|member| !is_out(member)).map(|member| member.network).collect();
            if kept.is_empty() || kept.len() == members.len() {
                continue;
            }
            let fit = Fit::new(law, &kept).map_err(|gap| outside(&gap))?;
            for (place, member) in members.iter().enumerate().filter(|(_, member)| is_out(member)) {
                found.deviations[place] = fit.deviation(law, member.network).map_err(|gap| outside(&gap))?;
            }
            found.theta.push(fit.theta);
        }
        Ok(found)
    }
}

impl HeldOut {
    /// Scores a law on networks for all of which it predicts a rate; `count` is that of the architectures of the whole
    /// group.
    pub(super) fn new(
        group: &str,
        members: &[Member<'_>],
        count: usize,
        law: &ParametricLaw,
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        let (found, resamples) = settings.resamples(&architectures(members), "held-out", group);
        let least = LEAST.max(settings.folds);
        if found < least {
            return Err(RatesError::TooFew { found, least });
        }
        let mut squares = vec![0.0; members.len()];
        let mut theta = vec![(f64::INFINITY, f64::NEG_INFINITY); law.parameters.len()];
        let mut correlations = Vec::new();
        for fold_of in folds(group, count, settings) {
            let left_out = LeftOut::new(members, &fold_of, settings.folds, law)?;
            for fit in &left_out.theta {
                for (range, value) in theta.iter_mut().zip(fit) {
                    *range = (range.0.min(*value), range.1.max(*value));
                }
            }
            correlations.extend(correlation(members, &left_out.deviations));
            for (square, deviation) in squares.iter_mut().zip(&left_out.deviations) {
                *square += deviation * deviation / settings.repeats as f64;
            }
        }
        let rms = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
        let interval = resamples.studentised(settings.level, |draw| ln_root_mean(&squares, draw));
        let complete = !correlations.is_empty() && correlations.len() == settings.repeats;
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
    pub(super) fn difference(
        &self,
        other: &Self,
        group: &str,
        members: &[Member<'_>],
        settings: &ScoreSettings,
    ) -> Estimate {
        let (_, resamples) = settings.resamples(&architectures(members), "held-out", group);
        let statistic = |draw: &[usize]| {
            let own = exponential(ln_root_mean(&self.squares, draw)?);
            Some(difference(own, &exponential(ln_root_mean(&other.squares, draw)?)))
        };
        Estimate { value: self.rms.value - other.rms.value, interval: resamples.studentised(settings.level, statistic) }
    }
}

impl Transfer {
    /// Fits on the smaller half of the networks and scores on the larger.
    pub(super) fn new(
        group: &str,
        members: &[Member<'_>],
        law: &ParametricLaw,
        settings: &ScoreSettings,
    ) -> Result<Self, RatesError> {
        let mut ordered: Vec<Member<'_>> = members.to_vec();
        ordered.sort_by(|a, b| a.network.size().cmp(&b.network.size()));
        let mut middle = ordered.len() / 2;
        // An architecture stays on one side.
        while middle > 0 && middle < ordered.len() && ordered[middle].architecture == ordered[middle - 1].architecture {
            middle += 1;
        }
        let (small, large) = ordered.split_at(middle);
        let (fitted, _) = settings.resamples(&architectures(small), "transfer", group);
        let (scored, resamples) = settings.resamples(&architectures(large), "transfer", group);
        for found in [fitted, scored] {
            if found < LEAST {
                return Err(RatesError::TooFew { found, least: LEAST });
            }
        }
        let train: Vec<&MeasuredNetwork> = small.iter().map(|member| member.network).collect();
        let fit = Fit::new(law, &train).map_err(|gap| outside(&gap))?;
        let deviations = large.iter().map(|member| fit.deviation(law, member.network));
        let deviations: Vec<f64> = deviations.collect::<Result<_, _>>().map_err(|gap| outside(&gap))?;
        let count = deviations.len() as f64;
        let rms = (deviations.iter().map(|one| one * one).sum::<f64>() / count).sqrt();
        let interval = resamples.studentised(settings.level, |draw| ln_rms(&deviations, draw, false));
        Ok(Self {
            small: small.len(),
            large: large.len(),
            rms: Estimate { value: rms, interval: interval.map(|(low, high)| (low.exp(), high.exp())) },
            bias: Estimate {
                value: deviations.iter().sum::<f64>() / count,
                interval: resamples.studentised(settings.level, |draw| Statistic::mean(&deviations, draw)),
            },
            correlation: correlation(large, &deviations),
        })
    }
}

/// r of measurements with predictions, from the deviations between them.
fn correlation(members: &[Member<'_>], deviations: &[f64]) -> Option<f64> {
    let measured: Vec<f64> = members.iter().map(|member| member.network.log_rate()).collect();
    let predicted: Vec<f64> = measured.iter().zip(deviations).map(|(measured, deviation)| measured - deviation).collect();
    Some(Pairs::new(&predicted, &measured)?.correlation())
}

/// ½ ln of the mean of squares.
fn ln_root_mean(squares: &[f64], draw: &[usize]) -> Option<Statistic> {
    let mean = draw.iter().map(|i| squares[*i]).sum::<f64>() / draw.len() as f64;
    let influence = draw.iter().map(|i| 0.5 * (squares[*i] / mean - 1.0)).collect();
    (mean > 0.0).then(|| Statistic { value: 0.5 * mean.ln(), influence })
}
