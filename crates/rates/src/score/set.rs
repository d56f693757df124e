use std::collections::HashMap;

use rayon::prelude::*;

use super::comparison::{base_ratio, with_one_rate};
use super::fit::{Fit, outside};
use super::predictions::{Member, Predictions};
use super::{Estimate, LEAST, LawComparison, Score};
use crate::{
    Ceiling, HeldOut, MeasuredGroup, MeasuredNetwork, Measurement, OneRate, ParametricLaw, RatesError, ScoreSettings,
    Transfer,
};

/// Measurements, ready for laws to be scored on them.
///
/// ```
/// use archscale_rates::{EvaluationSet, Measurement, ParametricLaw, ScoreSettings};
/// // Rates of chains that follow the paper's law exactly.
/// let lines: Vec<String> = (1..=12)
///     .map(|depth: u32| {
///         let rate = -1.5 * f64::from(depth).ln();
///         format!(r#"{{"group":"depth","architecture":"chain:{depth}","init":"target","convention":"pre",
///             "activation":"relu","width":64,"log_rates":[{rate},{}],"base":{}}}"#, rate + 0.01, depth == 1)
///             .replace('\n', "")
///     })
///     .collect();
/// let settings = ScoreSettings { replicates: 199, ..ScoreSettings::default() };
/// let set = EvaluationSet::new(Measurement::parse_lines(&lines.join("\n"))?, settings)?;
/// let report = set.report(&[ParametricLaw::find("paper")?]);
/// let score = report.groups[0].laws[0].score.as_ref().expect("it predicts every chain");
/// assert!(score.correlation.value > 0.9999 && (score.slope.value - 1.0).abs() < 1e-9);
/// # Ok::<(), archscale_rates::RatesError>(())
/// ```
#[derive(Debug, Clone)]
pub struct EvaluationSet {
    groups: Vec<MeasuredGroup>,
    settings: ScoreSettings,
}

impl EvaluationSet {
    /// Builds the measured networks.
    ///
    /// # Errors
    /// No measurement, one that cannot be used, two of one network in one group, or unusable settings. Groups that are too
    /// small to score are no error here: the entries of their laws say so.
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

    /// The settings of its scores.
    pub(super) fn settings(&self) -> &ScoreSettings {
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
        self.groups.iter().find(|group| group.name() == name).ok_or_else(|| RatesError::UnknownGroup {
            found: name.into(),
            expected: self.groups.iter().map(MeasuredGroup::name).collect::<Vec<_>>().join(", "),
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
        let networks: Vec<&MeasuredNetwork> = group.networks().iter().collect();
        let settings = &self.settings;
        let (_, resamples) = settings.resamples(&group.architectures, "score", group.name());
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
    pub(super) fn score_of(
        &self,
        group: &MeasuredGroup,
        members: &[Member<'_>],
        law: &ParametricLaw,
        ceiling: Option<Ceiling>,
    ) -> Result<Score, RatesError> {
        let (predictions, theta) = self.predictions(group, members, law)?;
        Score::new(&predictions, theta, ceiling, &self.settings)
    }

    /// How much further a law is off than one rate for all: its root mean square minus that of [`EvaluationSet::one_rate`],
    /// each with a constant fitted on the networks for which the law predicts a rate. Where the interval of paired draws
    /// excludes 0, the measurements tell the two apart at its level.
    ///
    /// # Errors
    /// As [`EvaluationSet::score`].
    pub fn against_one_rate(&self, group: &MeasuredGroup, law: &ParametricLaw) -> Result<Estimate, RatesError> {
        let (members, _) = group.predicted_by(law);
        let (predictions, _) = self.predictions(group, &members, law)?;
        with_one_rate(&predictions, &self.settings)
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
    /// The ratio of [`Score::base_rms`] on the networks for which both predict a rate, with the interval of paired draws of
    /// its logarithm: where it lies below 1 the first is the better one at its level. A law may predict one rate for all
    /// networks here. The base's own measured rate is held fixed.
    ///
    /// # Errors
    /// Fewer than three such architectures that are not the base, no base among them, and a law that misses by nothing.
    pub fn base_ratio(
        &self,
        group: &MeasuredGroup,
        first: &ParametricLaw,
        second: &ParametricLaw,
    ) -> Result<Estimate, RatesError> {
        let both = Self::shared(group, first, second);
        let (a, _) = self.predictions(group, &both, first)?;
        let (b, _) = self.predictions(group, &both, second)?;
        base_ratio((first.id, second.id), (&a, &b), &self.settings)
    }

    /// Scores one law by cross-validation over the architectures of a group.
    ///
    /// # Errors
    /// Fewer architectures for which it predicts a rate than folds, or than three.
    pub fn held_out(&self, group: &MeasuredGroup, law: &ParametricLaw) -> Result<HeldOut, RatesError> {
        let (members, _) = group.predicted_by(law);
        HeldOut::new(group.name(), &members, group.count(), law, &self.settings)
    }

    /// Scores one law on the larger half of a group, fitted on the smaller.
    ///
    /// # Errors
    /// Fewer than three architectures in one of the halves.
    pub fn transfer(&self, group: &MeasuredGroup, law: &ParametricLaw) -> Result<Transfer, RatesError> {
        let (members, _) = group.predicted_by(law);
        Transfer::new(group.name(), &members, law, &self.settings)
    }

    /// The networks for which both predict a rate.
    fn shared<'a>(group: &'a MeasuredGroup, first: &ParametricLaw, second: &ParametricLaw) -> Vec<Member<'a>> {
        let (own, _) = group.predicted_by(first);
        let middle = second.middle();
        own.into_iter().filter(|member| second.ln_rate(member.network.features(), &middle).is_ok()).collect()
    }

    fn predictions<'a>(
        &self,
        group: &'a MeasuredGroup,
        members: &[Member<'a>],
        law: &ParametricLaw,
    ) -> Result<(Predictions<'a>, Vec<f64>), RatesError> {
        let networks: Vec<&MeasuredNetwork> = members.iter().map(|member| member.network).collect();
        if networks.is_empty() {
            return Err(RatesError::TooFew { found: 0, least: LEAST });
        }
        let fit = Fit::new(law, &networks).map_err(|gap| outside(&gap))?;
        let predictions =
            Predictions::new(group.name(), members, (law, &fit.theta), &self.settings).map_err(|gap| outside(&gap))?;
        Ok((predictions, fit.theta))
    }
}
