//! The networks of a group on which a law predicts a rate, ready to be scored.

use archscale_stats::Resamples;

use super::statistic::ln_rms;
use super::{Estimate, LEAST};
use crate::{Gap, MeasuredNetwork, ParametricLaw, RatesError, ScoreSettings};

/// One network of a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) network: &'a MeasuredNetwork,
    /// Number of its architecture.
    pub(super) architecture: usize,
    /// Whether it is the base.
    pub(super) base: bool,
}

/// The numbers of the members' architectures.
pub(super) fn architectures(members: &[Member<'_>]) -> Vec<usize> {
    members.iter().map(|member| member.architecture).collect()
}

/// Members, predictions, and resamples that are the same for every law on the same networks.
pub(super) struct Predictions<'a> {
    pub(super) members: Vec<Member<'a>>,
    pub(super) predicted: Vec<f64>,
    pub(super) measured: Vec<f64>,
    /// How many architectures there are.
    pub(super) architectures: usize,
    pub(super) resamples: Resamples,
    group: &'a str,
}

impl<'a> Predictions<'a> {
    /// The law's predictions for `members` at `theta`.
    ///
    /// # Errors
    /// When the law predicts nothing for one of them.
    pub(super) fn new(
        group: &'a str,
        members: &[Member<'a>],
        (law, theta): (&ParametricLaw, &[f64]),
        settings: &ScoreSettings,
    ) -> Result<Self, Gap> {
        let predicted = members.iter().map(|member| law.ln_rate(member.network.features(), theta));
        let (architectures, resamples) = settings.resamples(&architectures(members), "score", group);
        Ok(Self {
            predicted: predicted.collect::<Result<_, _>>()?,
            measured: members.iter().map(|member| member.network.log_rate()).collect(),
            members: members.to_vec(),
            architectures,
            resamples,
            group,
        })
    }

    /// Refuses fewer than three architectures.
    pub(super) fn enough(&self) -> Result<(), RatesError> {
        let found = self.architectures;
        if found < LEAST { Err(RatesError::TooFew { found, least: LEAST }) } else { Ok(()) }
    }

    /// The networks.
    pub(super) fn networks(&self) -> Vec<&'a MeasuredNetwork> {
        self.members.iter().map(|member| member.network).collect()
    }

    /// ln measured − ln predicted, without constant.
    pub(super) fn deviations(&self) -> Vec<f64> {
        self.measured.iter().zip(&self.predicted).map(|(measured, predicted)| measured - predicted).collect()
    }

    /// Mean of ln measured − ln predicted over base networks.
    pub(super) fn base_constant(&self) -> Option<f64> {
        let deviations = self.deviations();
        let own: Vec<f64> =
            deviations.iter().zip(&self.members).filter(|(_, member)| member.base).map(|(one, _)| *one).collect();
        (!own.is_empty()).then(|| own.iter().sum::<f64>() / own.len() as f64)
    }

    /// Root mean square of ln measured − ln predicted about its mean, divisor n − 1.
    pub(super) fn rms(&self, level: f64) -> Estimate {
        root_mean_square(&self.deviations(), &self.resamples, level, true)
    }

    /// Root mean square of ln measured − ln predicted over all networks but the base, with the constant of the base; none
    /// where there is no base, or nothing else.
    pub(super) fn base_rms(&self, settings: &ScoreSettings) -> Option<Estimate> {
        let constant = self.base_constant()?;
        let (resamples, entries) = self.without_base(settings)?;
        let deviations = self.deviations();
        let own: Vec<f64> = entries.iter().map(|i| deviations[*i] - constant).collect();
        Some(root_mean_square(&own, &resamples, settings.level, false))
    }

    /// Resamples of all networks but the base, and their places among the members; none where no other is left.
    pub(super) fn without_base(&self, settings: &ScoreSettings) -> Option<(Resamples, Vec<usize>)> {
        let rest: Vec<usize> = (0..self.members.len()).filter(|i| !self.members[*i].base).collect();
        let architectures: Vec<usize> = rest.iter().map(|i| self.members[*i].architecture).collect();
        (!rest.is_empty()).then(|| (settings.resamples(&architectures, "base", self.group).1, rest))
    }
}

/// With its interval, on the scale of the logarithm; 0 without deviations.
fn root_mean_square(values: &[f64], resamples: &Resamples, level: f64, centred: bool) -> Estimate {
    let value = ln_rms(values, resamples.sample(), centred).map_or(0.0, |found| found.value.exp());
    let interval = resamples.studentised(level, |draw| ln_rms(values, draw, centred));
    Estimate { value, interval: interval.map(|(low, high)| (low.exp(), high.exp())) }
}
