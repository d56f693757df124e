//! The networks of a group on which a law predicts a rate, ready to be scored.

use super::Estimate;
use super::bootstrap::{Clusters, Resamples};
use super::statistic::ln_rms;
use crate::{Gap, MeasuredNetwork, ParametricLaw, ScoreSettings};

/// Networks, predictions, and resamples that are the same for every law on the same networks.
pub(crate) struct Predictions<'a> {
    pub(crate) networks: Vec<&'a MeasuredNetwork>,
    pub(crate) predicted: Vec<f64>,
    pub(crate) measured: Vec<f64>,
    pub(crate) clusters: Clusters,
    pub(crate) resamples: Resamples,
    /// Architecture of each network, as a number.
    architectures: Vec<usize>,
    /// Which of the networks are the base.
    base: Vec<bool>,
    group: &'a str,
}

/// One network of a group: the network, the number of its architecture, whether it is the base.
pub(crate) type Member<'a> = (&'a MeasuredNetwork, usize, bool);

impl<'a> Predictions<'a> {
    /// The networks among `members`, with the law's predictions at `theta`.
    ///
    /// # Errors
    /// When the law predicts nothing for one of them.
    pub(crate) fn new(
        group: &'a str,
        members: &[Member<'a>],
        (law, theta): (&ParametricLaw, &[f64]),
        settings: &ScoreSettings,
    ) -> Result<Self, Gap> {
        let mut predicted = Vec::with_capacity(members.len());
        for (network, _, _) in members {
            predicted.push(law.ln_rate(network.features(), theta)?);
        }
        let architectures: Vec<usize> = members.iter().map(|(_, architecture, _)| *architecture).collect();
        let clusters = Clusters::new(&architectures);
        let resamples = Resamples::new(&clusters, settings.replicates, &["score", group], settings.seed);
        Ok(Self {
            networks: members.iter().map(|(network, _, _)| *network).collect(),
            predicted,
            measured: members.iter().map(|(network, _, _)| network.log_rate()).collect(),
            clusters,
            resamples,
            architectures,
            base: members.iter().map(|(_, _, base)| *base).collect(),
            group,
        })
    }

    /// ln measured − ln predicted, without constant.
    pub(crate) fn deviations(&self) -> Vec<f64> {
        self.measured.iter().zip(&self.predicted).map(|(measured, predicted)| measured - predicted).collect()
    }

    /// Mean of ln measured − ln predicted over base networks.
    pub(crate) fn base_constant(&self) -> Option<f64> {
        let own: Vec<f64> = self
            .deviations()
            .into_iter()
            .zip(&self.base)
            .filter(|(_, base)| **base)
            .map(|(deviation, _)| deviation)
            .collect();
        (!own.is_empty()).then(|| own.iter().sum::<f64>() / own.len() as f64)
    }

    /// Root mean square of ln measured − ln predicted about its mean, divisor n − 1.
    pub(crate) fn rms(&self, level: f64) -> Estimate {
        root_mean_square(&self.deviations(), &self.resamples, level, true)
    }

    /// Root mean square of ln measured − ln predicted over all networks but the base, with the constant of the base; none where
    /// the predictions holds no base, or nothing else.
    pub(crate) fn base_rms(&self, settings: &ScoreSettings) -> Option<Estimate> {
        let constant = self.base_constant()?;
        let (resamples, entries) = self.without_base(settings)?;
        let deviations = self.deviations();
        let own: Vec<f64> = entries.iter().map(|i| deviations[*i] - constant).collect();
        Some(root_mean_square(&own, &resamples, settings.level, false))
    }

    /// Resamples of all networks but the base, and their places on the predictions; none where no other is left.
    pub(crate) fn without_base(&self, settings: &ScoreSettings) -> Option<(Resamples, Vec<usize>)> {
        let rest: Vec<usize> = (0..self.base.len()).filter(|i| !self.base[*i]).collect();
        let architectures: Vec<usize> = rest.iter().map(|i| self.architectures[*i]).collect();
        let clusters = Clusters::new(&architectures);
        let purpose = ["base", self.group];
        (!rest.is_empty()).then(|| (Resamples::new(&clusters, settings.replicates, &purpose, settings.seed), rest))
    }
}

/// With its interval, on the scale of the logarithm; 0 without deviations.
fn root_mean_square(values: &[f64], resamples: &Resamples, level: f64, centred: bool) -> Estimate {
    let value = ln_rms(values, &resamples.identity().entries, centred).map_or(0.0, |value| value.theta.exp());
    let interval = resamples.interval(level, |draw| ln_rms(values, draw, centred));
    Estimate { value, interval: interval.map(|(low, high)| (low.exp(), high.exp())) }
}
