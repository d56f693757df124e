use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::bench::{Bench, Member};
use crate::bootstrap::{Clusters, Resamples};
use crate::fit::Fit;
use crate::report::{Base, Missing};
use crate::score::{Comparison, Estimate, Score};
use crate::{Candidate, Case, Ceiling, CourtError, HeldOut, LEAST, Measurement, OneRate, Settings, Transfer};

/// Measured networks of one group.
#[derive(Debug, Clone)]
pub struct Group {
    name: String,
    cases: Vec<Case>,
    /// Number of each network's architecture.
    architectures: Vec<usize>,
    /// Which networks are the base.
    base: Vec<bool>,
    declared: bool,
}

/// Measurements, ready to judge laws on them.
#[derive(Debug, Clone)]
pub struct Court {
    groups: Vec<Group>,
    settings: Settings,
}

impl Group {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its networks, in the order of the measurements.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    fn new(name: String, cases: Vec<Case>) -> Result<Self, CourtError> {
        let mut seen = BTreeSet::new();
        for case in &cases {
            let network = case.network();
            if !seen.insert(network) {
                return Err(CourtError::Duplicate { group: name, network: case.network() });
            }
        }
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut architectures = Vec::with_capacity(cases.len());
        for case in &cases {
            let next = numbers.len();
            architectures.push(*numbers.entry(case.graph()).or_insert(next));
        }
        let declared = cases.iter().any(|case| case.measurement().base);
        let smallest = cases.iter().map(Case::size).min();
        let is_base = |case: &Case| if declared { case.measurement().base } else { Some(case.size()) == smallest };
        let base = cases.iter().map(is_base).collect();
        Ok(Self { name, architectures, base, declared, cases })
    }

    fn members(&self) -> Vec<Member<'_>> {
        self.cases.iter().zip(&self.architectures).zip(&self.base).map(|((case, at), base)| (case, *at, *base)).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.architectures.iter().max().map_or(0, |last| last + 1)
    }

    pub(crate) fn base_report(&self) -> Base {
        let own: Vec<&Case> = self.members().iter().filter(|member| member.2).map(|member| member.0).collect();
        let variance: Option<f64> =
            own.iter().map(|case| Some(case.measurement().seed_variance()? * case.inverse_seeds())).sum();
        Base {
            architectures: own.iter().map(|case| case.measurement().architecture.clone()).collect(),
            declared: self.declared,
            standard_error: variance.map(|sum| sum.sqrt() / own.len() as f64),
        }
    }

    /// The networks for which a candidate predicts a rate, and the others with the reason.
    pub(crate) fn predicted_by(&self, candidate: &Candidate) -> (Vec<Member<'_>>, Vec<Missing>) {
        let middle = candidate.middle();
        let (mut members, mut missing) = (Vec::new(), Vec::new());
        for member in self.members() {
            match candidate.ln_rate(member.0.features(), &middle) {
                Ok(_) => members.push(member),
                Err(gap) => missing
                    .push(Missing { architecture: member.0.measurement().architecture.clone(), reason: gap.to_string() }),
            }
        }
        (members, missing)
    }
}

impl Court {
    /// Builds the measured networks.
    ///
    /// # Errors
    /// No measurement, one that cannot be used, two of one network in one group, or unusable settings. Groups that are too small
    /// to judge are no error here: their verdicts say so.
    pub fn open(measurements: Vec<Measurement>, settings: Settings) -> Result<Self, CourtError> {
        settings.check()?;
        if measurements.is_empty() {
            return Err(CourtError::Empty { least: LEAST });
        }
        let mut names: Vec<String> = Vec::new();
        let mut cases: HashMap<String, Vec<Case>> = HashMap::new();
        let all: Vec<Result<Case, CourtError>> =
            measurements.into_par_iter().map(|measurement| Case::new(measurement, settings.at_width)).collect();
        for case in all {
            let case = case?;
            let name = case.measurement().group.clone();
            cases.entry(name.clone()).or_insert_with(|| {
                names.push(name);
                Vec::new()
            });
            if let Some(list) = cases.get_mut(&case.measurement().group) {
                list.push(case);
            }
        }
        let mut groups = Vec::with_capacity(names.len());
        for name in names {
            let list = cases.remove(&name).unwrap_or_default();
            groups.push(Group::new(name, list)?);
        }
        Ok(Self { groups, settings })
    }

    /// How it judges.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The groups, in the order in which the measurements first name them.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group of this name.
    ///
    /// # Errors
    /// When none is; the message lists those that are.
    pub fn group(&self, name: &str) -> Result<&Group, CourtError> {
        self.groups.iter().find(|group| group.name == name).ok_or_else(|| CourtError::UnknownGroup {
            found: name.into(),
            expected: self.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// What a perfect law would score on all networks of a group.
    ///
    /// # Errors
    /// When no network has two seeds, when all rates are equal, or with fewer than three architectures.
    pub fn ceiling(&self, group: &Group) -> Result<Ceiling, CourtError> {
        if group.count() < LEAST {
            return Err(CourtError::TooFew { found: group.count(), least: LEAST });
        }
        let cases: Vec<&Case> = group.cases.iter().collect();
        let settings = &self.settings;
        let clusters = Clusters::new(&group.architectures);
        let resamples = Resamples::new(&clusters, settings.replicates, &["score", &group.name], settings.seed);
        Ceiling::new(&cases, &resamples, settings.level)
    }

    /// What one rate for all networks of a group would score.
    ///
    /// # Errors
    /// With fewer than three architectures.
    pub fn one_rate(&self, group: &Group) -> Result<OneRate, CourtError> {
        if group.count() < LEAST {
            return Err(CourtError::TooFew { found: group.count(), least: LEAST });
        }
        let (bench, _) = self.bench(group, &group.members(), &Candidate::UNCHANGED)?;
        Ok(OneRate::new(&bench, &self.settings))
    }

    /// Scores one candidate on one group.
    ///
    /// # Errors
    /// Fewer than three architectures for which it predicts a rate, and predictions or measurements without spread.
    pub fn score(&self, group: &Group, candidate: &Candidate) -> Result<Score, CourtError> {
        let (members, _) = group.predicted_by(candidate);
        self.score_of(group, &members, candidate, None)
    }

    /// Scores a candidate on the networks for which it predicts a rate; their ceiling, where it is known already.
    pub(crate) fn score_of(
        &self,
        group: &Group,
        members: &[Member<'_>],
        candidate: &Candidate,
        ceiling: Option<Ceiling>,
    ) -> Result<Score, CourtError> {
        let (bench, theta) = self.bench(group, members, candidate)?;
        Score::new(&bench, theta, ceiling, &self.settings)
    }

    /// How much further a candidate is off than one rate for all: its root mean square minus that of [`Court::one_rate`], each with a
    /// constant fitted on the networks for which the candidate predicts a rate. Where the interval of paired draws excludes 0, the
    /// measurements tell the two apart at its level.
    ///
    /// # Errors
    /// As [`Court::score`].
    pub fn against_one_rate(&self, group: &Group, candidate: &Candidate) -> Result<Estimate, CourtError> {
        let (members, _) = group.predicted_by(candidate);
        let (bench, _) = self.bench(group, &members, candidate)?;
        Comparison::with_one_rate(&bench, &self.settings)
    }

    /// Compares two candidates on the networks of a group for which both predict a rate.
    ///
    /// # Errors
    /// As [`Court::score`].
    pub fn compare(&self, group: &Group, first: &Candidate, second: &Candidate) -> Result<Comparison, CourtError> {
        let both = Self::shared(group, first, second);
        let (a, _) = self.bench(group, &both, first)?;
        let (b, _) = self.bench(group, &both, second)?;
        Comparison::new((first.id, second.id), (&a, &b), &self.settings)
    }

    /// How far one candidate is off, in parts of another, when both take their constant from the base network.
    ///
    /// The ratio of [`Score::base_rms`] on the networks for which both predict a rate, with the interval of paired draws of its
    /// logarithm: where it lies below 1 the first is the better one at its level. A candidate may predict one rate for all networks
    /// here. The base's own measured rate is held fixed.
    ///
    /// # Errors
    /// Fewer than three such architectures beside the base, no base among them, and a candidate that misses by nothing.
    pub fn base_ratio(&self, group: &Group, first: &Candidate, second: &Candidate) -> Result<Estimate, CourtError> {
        let both = Self::shared(group, first, second);
        let (a, _) = self.bench(group, &both, first)?;
        let (b, _) = self.bench(group, &both, second)?;
        Comparison::base_ratio((first.id, second.id), (&a, &b), &self.settings)
    }

    /// Judges one candidate by cross-validation over the architectures of a group.
    ///
    /// # Errors
    /// Fewer architectures for which it predicts a rate than folds, or than three.
    pub fn held_out(&self, group: &Group, candidate: &Candidate) -> Result<HeldOut, CourtError> {
        let (members, _) = group.predicted_by(candidate);
        HeldOut::new(&group.name, &members, group.count(), candidate, &self.settings)
    }

    /// Judges one candidate on the larger half of a group, fitted on the smaller.
    ///
    /// # Errors
    /// Fewer than three architectures in one of the halves.
    pub fn transfer(&self, group: &Group, candidate: &Candidate) -> Result<Transfer, CourtError> {
        let (members, _) = group.predicted_by(candidate);
        Transfer::new(&group.name, &members, candidate, &self.settings)
    }

    /// The networks for which both predict a rate.
    fn shared<'a>(group: &'a Group, first: &Candidate, second: &Candidate) -> Vec<Member<'a>> {
        let (own, _) = group.predicted_by(first);
        let middle = second.middle();
        own.into_iter().filter(|member| second.ln_rate(member.0.features(), &middle).is_ok()).collect()
    }

    fn bench<'a>(
        &self,
        group: &'a Group,
        members: &[Member<'a>],
        candidate: &Candidate,
    ) -> Result<(Bench<'a>, Vec<f64>), CourtError> {
        let cases: Vec<&Case> = members.iter().map(|member| member.0).collect();
        if cases.is_empty() {
            return Err(CourtError::TooFew { found: 0, least: LEAST });
        }
        let failed = |gap: crate::Gap| CourtError::Setting {
            name: "a parameter's range",
            found: gap.to_string(),
            mend: "narrow it to values at which the candidate predicts a rate for every network",
        };
        let fit = Fit::new(candidate, &cases).map_err(failed)?;
        let bench = Bench::new(&group.name, members, (candidate, &fit.theta), &self.settings).map_err(failed)?;
        Ok((bench, fit.theta))
    }
}
