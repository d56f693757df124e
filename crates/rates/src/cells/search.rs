//! The networks of a study, and the search for the base cell's learning rate.

use archscale_model::{ModelError, Network, Program};
use archscale_records::{Records, digest};
use archscale_train::{About, Protocol, Search, TrainError};

use super::{Plan, Start, Tuned};
use crate::training_data::Parts;
use crate::{Line, RatesError, job};

/// What a study trains, on which data, and how.
pub(super) struct Setup {
    pub(super) plan: Plan,
    pub(super) parts: Parts,
    /// Digests of the samples trained on and tested on.
    pub(super) digests: [String; 2],
    pub(super) base: Network,
    pub(super) cells: Vec<Network>,
    /// The plan's, with the channels of the data.
    protocol: Protocol,
}

/// The search for the base cell's rate under one start.
pub(super) struct BaseSearch {
    pub(super) start: Start,
    pub(super) key: String,
    pub(super) search: Search,
}

impl Setup {
    pub(super) fn new(plan: Plan) -> Result<Self, RatesError> {
        plan.check()?;
        let parts = Parts::of(&plan.data)?;
        let base = plan.network(&plan.base, &parts.shape)?;
        let cells = plan.cells.iter().map(|cell| plan.network(cell, &parts.shape)).collect::<Result<Vec<_>, _>>()?;
        let digests = [parts.train.digest(), parts.test.digest()];
        let mut protocol = plan.protocol.clone();
        protocol.stem.channels = parts.shape.channels();
        Ok(Self { plan, parts, digests, base, cells, protocol })
    }

    /// The width, which a plan keeps within 32 bits.
    pub(super) fn width(&self) -> u32 {
        self.protocol.width as u32
    }

    /// Different starts of the recipes, in their order.
    fn starts(&self) -> Vec<Start> {
        let mut starts = Vec::new();
        for recipe in &self.plan.recipes {
            if !starts.contains(&recipe.start) {
                starts.push(recipe.start);
            }
        }
        starts
    }

    pub(super) fn program(&self, network: &Network, start: Start) -> Result<Program, ModelError> {
        network.lower(&start.lowering(network, self.width()))
    }

    /// Recipes share a cell's draws of weights, up to their scale, and its minibatches: their differences are paired.
    pub(super) fn protocol_of(&self, network: &Network) -> Protocol {
        Protocol { case: format!("cell {}", network.text()), ..self.protocol.clone() }
    }

    /// One search for each start.
    pub(super) fn searches(&self) -> Result<Vec<BaseSearch>, RatesError> {
        self.starts().into_iter().map(|start| self.search(start)).collect()
    }

    /// Starts that give the base the same program share a search.
    fn search(&self, start: Start) -> Result<BaseSearch, RatesError> {
        let network = self.base.text();
        let program = |start| self.program(&self.base, start).map_err(|error| unbuilt(&network, error));
        let own = program(start)?;
        let mut first = start;
        for other in self.starts() {
            if program(other)? == own {
                first = other;
                break;
            }
        }
        let about = About {
            architecture: network.clone(),
            init: first.to_string(),
            convention: "pre".into(),
            activation: "relu".into(),
            data: self.parts.names.0.clone(),
        };
        let protocol = Protocol { case: format!("search {network}"), ..self.protocol.clone() };
        let search = Search { about, protocol, objective: self.plan.objective, plan: self.plan.search.clone() };
        let key = digest(&(job::key(&search)?, &self.digests[0]))?;
        Ok(BaseSearch { start, key, search })
    }

    /// Refuses what a search or training would refuse, without training.
    pub(super) fn check(&self, base: &BaseSearch) -> Result<(), RatesError> {
        for network in std::iter::once(&self.base).chain(&self.cells) {
            let place = format!("{}, {}", network.text(), base.start);
            let program = self.program(network, base.start).map_err(|error| unbuilt(&place, error))?;
            base.search.check(&program, &self.parts.train).map_err(|error| untrained(&place, error))?;
        }
        Ok(())
    }

    /// The rates of the base cell.
    pub(super) fn tuned(&self, found: &Records<Line>) -> Result<Vec<Tuned>, RatesError> {
        self.searches()?.iter().map(|base| self.tuned_by(base, found)).collect()
    }

    fn tuned_by(&self, base: &BaseSearch, found: &Records<Line>) -> Result<Tuned, RatesError> {
        let refuse = |problem: &str| {
            Err(RatesError::Cells { place: format!("base {}, {}", self.plan.base, base.start), problem: problem.into() })
        };
        let Some(line) = found.get(&base.key) else {
            return refuse("its learning rate was not searched yet; run the study first");
        };
        let found = &line.record.found;
        match &found.log_rate {
            Some(rate) => Ok(Tuned { start: base.start, learning_rate: rate.mean.exp(), at_an_end: found.is_at_an_end() }),
            None => refuse("some seed trains at no rate of the grid; widen the grid, or train for longer"),
        }
    }
}

pub(super) fn unbuilt(place: &str, error: ModelError) -> RatesError {
    job::unbuilt("cells", place, error)
}

pub(super) fn untrained(place: &str, error: TrainError) -> RatesError {
    RatesError::Training { group: "cells".into(), architecture: place.into(), source: Box::new(error) }
}
