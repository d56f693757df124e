use archscale_model::{ModelError, Program};
use archscale_records::{Part, digest};
use archscale_train::{About, Objective, Protocol, Search, SearchPlan};
use serde::Serialize;

use crate::{NetworkSpec, RatesError};

/// What all networks of a group share.
pub(crate) struct Settings {
    pub(crate) data: String,
    pub(crate) protocol: Protocol,
    pub(crate) plan: SearchPlan,
    pub(crate) objective: Objective,
}

/// One network whose maximal learning rate is to be measured.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its group.
    pub group: String,
    /// Whether it fixes the constants of laws.
    pub base: bool,
    /// The network.
    pub spec: NetworkSpec,
    /// How it is trained and searched.
    pub search: Search,
    /// SHA-256 of all that its result depends on, the group's name and `base` left out.
    pub key: String,
}

impl Job {
    pub(crate) fn new(group: &str, base: bool, spec: NetworkSpec, settings: &Settings) -> Result<Self, RatesError> {
        spec.program().map_err(|source| unbuilt(group, spec.architecture(), source))?;
        let about = About {
            architecture: spec.architecture().into(),
            init: spec.init.to_string(),
            convention: spec.convention.to_string(),
            activation: spec.activation.to_string(),
            data: settings.data.clone(),
        };
        // Networks of a suite start from weights of their own: common ones would make their errors move together.
        let protocol = Protocol { case: spec.to_string(), ..settings.protocol.clone() };
        let search = Search { about, protocol, objective: settings.objective, plan: settings.plan.clone() };
        let key = key(&search)?;
        Ok(Self { group: group.into(), base, spec, search, key })
    }

    /// The network as primitive operations.
    ///
    /// # Errors
    /// Never for a job of a suite, whose networks were lowered once.
    pub fn program(&self) -> Result<Program, RatesError> {
        self.spec.program().map_err(|source| unbuilt(&self.group, self.spec.architecture(), source))
    }
}

/// A network that cannot be built.
pub(crate) fn unbuilt(group: &str, architecture: &str, source: ModelError) -> RatesError {
    RatesError::Network { group: group.into(), architecture: architecture.into(), source: Box::new(source) }
}

/// The key of a search: the same words, protocol, objective and search give the same record.
pub(crate) fn key(of: &Search) -> Result<String, RatesError> {
    #[derive(Serialize)]
    struct All<'a>(&'a About, &'a Protocol, Objective, &'a SearchPlan);
    Ok(digest(&All(&of.about, &of.protocol, of.objective, &of.plan))?)
}

/// Which jobs of a suite a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Names of groups; all if empty.
    pub groups: &'a [String],
    /// The part of a divided run, by the job's number in the whole suite.
    pub part: Part,
}

impl Choice<'_> {
    /// Every job.
    pub const ALL: Choice<'static> = Choice { groups: &[], part: Part::WHOLE };

    /// Whether it takes the job of this number, from 0.
    #[must_use]
    pub fn takes(&self, number: usize, job: &Job) -> bool {
        self.part.holds(number as u64) && (self.groups.is_empty() || self.groups.contains(&job.group))
    }
}
