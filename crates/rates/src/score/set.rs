use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::LEAST;
use super::bootstrap::{Clusters, Resamples};
use super::fit::{Fit, outside};
use super::predictions::{Member, Predictions};
use super::report::{Base, Missing};
use super::{Estimate, LawComparison, Score};
use crate::{Ceiling, HeldOut, MeasuredNetwork, Measurement, OneRate, ParametricLaw, RatesError, ScoreSettings, Transfer};

/// Measured networks of one group.
#[derive(Debug, Clone)]
pub struct MeasuredGroup {
    name: String,
    networks: Vec<MeasuredNetwork>,
    /// Number of each network's architecture.
    architectures: Vec<usize>,
    /// Which networks are the base.
    base: Vec<bool>,
    declared: bool,
}

/// Measurements, ready to judge laws on them.
#[derive(Debug, Clone)]
pub struct EvaluationSet {
    groups: Vec<MeasuredGroup>,
    settings: ScoreSettings,
}

impl MeasuredGroup {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its networks, in the order of the measurements.
    #[must_use]
    pub fn networks(&self) -> &[MeasuredNetwork] {
        &self.networks
    }

    fn new(name: String, networks: Vec<MeasuredNetwork>) -> Result<Self, RatesError> {
        let mut seen = BTreeSet::new();
        for network in &networks {
            if !seen.insert(network.identity()) {
                return Err(RatesError::Duplicate { group: name, network: network.identity() });
            }
        }
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut architectures = Vec::with_capacity(networks.len());
        for network in &networks {
            let next = numbers.len();
            architectures.push(*numbers.entry(network.graph()).or_insert(next));
        }
        let declared = networks.iter().any(|network| network.measurement().base);
        let smallest = networks.iter().map(MeasuredNetwork::size).min();
        let is_base =
            |network: &MeasuredNetwork| if declared { network.measurement().base } else { Some(network.size()) == smallest };
        let base = networks.iter().map(is_base).collect();
        Ok(Self { name, architectures, base, declared, networks })
    }

    fn members(&self) -> Vec<Member<'_>> {
        self.networks
            .iter()
            .zip(&self.architectures)
            .zip(&self.base)
            .map(|((network, at), base)| (network, *at, *base))
            .collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.architectures.iter().max().map_or(0, |last| last + 1)
    }

    pub(crate) fn base_report(&self) -> Base {
        let own: Vec<&MeasuredNetwork> = self.members().iter().filter(|member| member.2).map(|member| member.0).collect();
        let variance: Option<f64> =
            own.iter().map(|network| Some(network.measurement().seed_variance()? * network.inverse_seeds())).sum();
        Base {
            architectures: own.iter().map(|network| network.measurement().architecture.clone()).collect(),
            declared: self.declared,
            standard_error: variance.map(|sum| sum.sqrt() / own.len() as f64),
        }
    }

    /// The networks for which a law predicts a rate, and the others with the reason.
    pub(crate) fn predicted_by(&self, law: &ParametricLaw) -> (Vec<Member<'_>>, Vec<Missing>) {
        let middle = law.middle();
        let (mut members, mut missing) = (Vec::new(), Vec::new());
        for member in self.members() {
            match law.ln_rate(member.0.features(), &middle) {
                Ok(_) => members.push(member),
                Err(gap) => missing
                    .push(Missing { architecture: member.0.measurement().architecture.clone(), reason: gap.to_string() }),
            }
        }
        (members, missing)
    }
}

impl EvaluationSet {
    /// Builds the measured networks.
    ///
    /// # Errors
    /// No measurement, one that cannot be used, two of one network in one group, or unusable settings. Groups that are too small
    /// to judge are no error here: their laws say so.
    pub fn new(measurements: Vec<Measurement>, settings: ScoreSettings) -> Result<Self, RatesError> {
        settings.check()?;
        if measurements.is_empty() {
            return Err(RatesError::Empty { least: LEAST });
        }
        let mut names: Vec<String> = Vec::new();
        let mut networks: HashMap<String, Vec<MeasuredNetwork>> = HashMap::new();
        let all: Vec<Result<MeasuredNetwork, RatesError>> =
            measurements.into_par_iter().map(|measurement| MeasuredNetwork::new(measurement, settings.at_width)).collect();
        for network in all {
            let network = network?;
            let name = network.measurement().group.clone();
            networks.entry(name.clone()).or_insert_with(|| {
                names.push(name);
                Vec::new()
            });
            if let Some(list) = networks.get_mut(&network.measurement().group) {
                list.push(network);
            }
        }
        let mut groups = Vec::with_capacity(names.len());
        for name in names {
            let list = networks.remove(&name).unwrap_or_default();
            groups.push(MeasuredGroup::new(name, list)?);
        }
        Ok(Self { groups, settings })
    }

    /// How it judges.
    pub(crate) fn settings(&self) -> &ScoreSettings {
        &self.settings
    }

    /// The groups, in the order in which the measurements first name them.
    #[must_use]
    pub fn groups(&self) -> &[MeasuredGroup] {
        &self.groups
    }

    /// The group of this name.
    ///
    /// # Errors
    /// When none is; the message lists those that are.
    pub fn group(&self, name: &str) -> Result<&MeasuredGroup, RatesError> {
        self.groups.iter().find(|group| group.name == name).ok_or_else(|| RatesError::UnknownGroup {
            found: name.into(),
            expected: self.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// What a perfect law would score on all networks of a group.
    ///
    /// # Errors
    /// When no network has two seeds, when all rates are equal, or with fewer than three architectures.
    pub fn ceiling(&self, group: &MeasuredGroup) -> Result<Ceiling, RatesError> {
        if group.count() < LEAST {
            return Err(RatesError::TooFew { found: group.count(), least: LEAST });
        }
        let networks: Vec<&MeasuredNetwork> = group.networks.iter().collect();
        let settings = &self.settings;
        let clusters = Clusters::new(&group.architectures);
        let resamples = Resamples::new(&clusters, settings.replicates, &["score", &group.name], settings.seed);
        Ceiling::new(&networks, &resamples, settings.level)
    }

    /// What one rate for all networks of a group would score.
    ///
    /// # Errors
    /// With fewer than three architectures.
    pub fn one_rate(&self, group: &MeasuredGroup) -> Result<OneRate, RatesError> {
        if group.count() < LEAST {
            return Err(RatesError::TooFew { found: group.count(), least: LEAST });
        }
        let (predictions, _) = self.predictions(group, &group.members(), &ParametricLaw::UNCHANGED)?;
        Ok(OneRate::new(&predictions, &self.settings))
    }

    /// Scores one law on one group.
    ///
    /// # Errors
    /// Fewer than three architectures for which it predicts a rate, and predictions or measurements without spread.
    pub fn score(&self, group: &MeasuredGroup, law: &ParametricLaw) -> Result<Score, RatesError> {
        let (members, _) = group.predicted_by(law);
        self.score_of(group, &members, law, None)
    }

    /// Scores a law on the networks for which it predicts a rate; their ceiling, where it is known already.
    pub(crate) fn score_of(
        &self,
        group: &MeasuredGroup,
        members: &[Member<'_>],
        law: &ParametricLaw,
        ceiling: Option<Ceiling>,
    ) -> Result<Score, RatesError> {
        let (predictions, theta) = self.predictions(group, members, law)?;
        Score::new(&predictions, theta, ceiling, &self.settings)
    }

    /// How much further a law is off than one rate for all: its root mean square minus that of [`EvaluationSet::one_rate`], each with a
    /// constant fitted on the networks for which the law predicts a rate. Where the interval of paired draws excludes 0, the
    /// measurements tell the two apart at its level.
    ///
    /// # Errors
    /// As [`EvaluationSet::score`].
    pub fn against_one_rate(&self, group: &MeasuredGroup, law: &ParametricLaw) -> Result<Estimate, RatesError> {
        let (members, _) = group.predicted_by(law);
        let (predictions, _) = self.predictions(group, &members, law)?;
        LawComparison::with_one_rate(&predictions, &self.settings)
    }

    /// Compares two laws on the networks of a group for which both predict a rate.
    ///
    /// # Errors
    /// As [`EvaluationSet::score`].
    pub fn compare(
        &self,
        group: &MeasuredGroup,
        first: &ParametricLaw,
        second: &ParametricLaw,
    ) -> Result<LawComparison, RatesError> {
        let both = Self::shared(group, first, second);
        let (a, _) = self.predictions(group, &both, first)?;
        let (b, _) = self.predictions(group, &both, second)?;
        LawComparison::new((first.id, second.id), (&a, &b), &self.settings)
    }

    /// How far one law is off, in parts of another, when both take their constant from the base network.
    ///
    /// The ratio of [`Score::base_rms`] on the networks for which both predict a rate, with the interval of paired draws of its
    /// logarithm: where it lies below 1 the first is the better one at its level. A law may predict one rate for all networks
    /// here. The base's own measured rate is held fixed.
    ///
    /// # Errors
    /// Fewer than three such architectures beside the base, no base among them, and a law that misses by nothing.
    pub fn base_ratio(
        &self,
        group: &MeasuredGroup,
        first: &ParametricLaw,
        second: &ParametricLaw,
    ) -> Result<Estimate, RatesError> {
        let both = Self::shared(group, first, second);
        let (a, _) = self.predictions(group, &both, first)?;
        let (b, _) = self.predictions(group, &both, second)?;
        LawComparison::base_ratio((first.id, second.id), (&a, &b), &self.settings)
    }

    /// Judges one law by cross-validation over the architectures of a group.
    ///
    /// # Errors
    /// Fewer architectures for which it predicts a rate than folds, or than three.
    pub fn held_out(&self, group: &MeasuredGroup, law: &ParametricLaw) -> Result<HeldOut, RatesError> {
        let (members, _) = group.predicted_by(law);
        HeldOut::new(&group.name, &members, group.count(), law, &self.settings)
    }

    /// Judges one law on the larger half of a group, fitted on the smaller.
    ///
    /// # Errors
    /// Fewer than three architectures in one of the halves.
    pub fn transfer(&self, group: &MeasuredGroup, law: &ParametricLaw) -> Result<Transfer, RatesError> {
        let (members, _) = group.predicted_by(law);
        Transfer::new(&group.name, &members, law, &self.settings)
    }

    /// The networks for which both predict a rate.
    fn shared<'a>(group: &'a MeasuredGroup, first: &ParametricLaw, second: &ParametricLaw) -> Vec<Member<'a>> {
        let (own, _) = group.predicted_by(first);
        let middle = second.middle();
        own.into_iter().filter(|member| second.ln_rate(member.0.features(), &middle).is_ok()).collect()
    }

    fn predictions<'a>(
        &self,
        group: &'a MeasuredGroup,
        members: &[Member<'a>],
        law: &ParametricLaw,
    ) -> Result<(Predictions<'a>, Vec<f64>), RatesError> {
        let networks: Vec<&MeasuredNetwork> = members.iter().map(|member| member.0).collect();
        if networks.is_empty() {
            return Err(RatesError::TooFew { found: 0, least: LEAST });
        }
        let fit = Fit::new(law, &networks).map_err(|gap| outside(&gap))?;
        let predictions =
            Predictions::new(&group.name, members, (law, &fit.theta), &self.settings).map_err(|gap| outside(&gap))?;
        Ok((predictions, fit.theta))
    }
}
