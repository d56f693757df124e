use std::str::FromStr;

use archscale_model::{Activation, Convention, InitRule, Lowering, ModelError, Network, Program};
use archscale_train::{About, Measurement, Objective, Protocol, SearchPlan};
use serde::Serialize;

use crate::lines::digest;
use crate::{Part, RatesError};

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
    pub architecture: String,
    /// How it is made, trained and searched.
    pub measurement: Measurement,
    /// SHA-256 of all that its result depends on, the group's name and `base` left out.
    pub key: String,
    pub(crate) network: Network,
    pub(crate) how: Lowering,
}

impl Job {
    pub(crate) fn new(
        group: &str,
        [architecture, init, convention, activation]: [&str; 4],
        base: bool,
        settings: &Settings,
    ) -> Result<Self, RatesError> {
        let failed = |source: ModelError| RatesError::Network {
            group: group.into(),
            architecture: architecture.into(),
            source: Box::new(source),
        };
        let network = Network::parse(architecture).map_err(failed)?;
        let init = InitRule::from_str(init).map_err(failed)?;
        let convention = Convention::from_str(convention).map_err(failed)?;
        let activation = Activation::from_str(activation).map_err(failed)?;
        let how = network.lowering(init).with_convention(convention).with_activation(activation);
        network.lower(&how).map_err(failed)?;
        let about = About {
            architecture: architecture.into(),
            init: init.to_string(),
            convention: convention.to_string(),
            activation: activation.to_string(),
            data: settings.data.clone(),
        };
        // Networks of a suite start from weights of their own: common ones would make their errors move together.
        let case = format!("{architecture} {init} {convention} {activation}");
        let protocol = Protocol { case, ..settings.protocol.clone() };
        let measurement = Measurement { about, protocol, objective: settings.objective, plan: settings.plan.clone() };
        let key = key(&measurement)?;
        Ok(Self { group: group.into(), base, architecture: architecture.into(), measurement, key, network, how })
    }

    /// The network as primitive operations.
    ///
    /// # Errors
    /// Never for a job of a suite, whose networks were lowered once.
    pub fn program(&self) -> Result<Program, RatesError> {
        self.network.lower(&self.how).map_err(|source| RatesError::Network {
            group: self.group.clone(),
            architecture: self.architecture.clone(),
            source: Box::new(source),
        })
    }
}

/// The key of a measurement: the same words, protocol, objective and search give the same record.
pub(crate) fn key(of: &Measurement) -> Result<String, RatesError> {
    #[derive(Serialize)]
    struct All<'a>(&'a About, &'a Protocol, Objective, &'a SearchPlan);
    digest(&All(&of.about, &of.protocol, of.objective, &of.plan))
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
