use std::collections::{BTreeSet, HashMap};

use super::predictions::Member;
use super::report::{Base, Missing};
use crate::{MeasuredNetwork, ParametricLaw, RatesError};

/// Measured networks of one group.
#[derive(Debug, Clone)]
pub struct MeasuredGroup {
    name: String,
    networks: Vec<MeasuredNetwork>,
    /// Number of each network's architecture.
    pub(super) architectures: Vec<usize>,
    /// Which networks are the base.
    base: Vec<bool>,
    declared: bool,
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

    pub(super) fn new(name: String, networks: Vec<MeasuredNetwork>) -> Result<Self, RatesError> {
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

    pub(super) fn members(&self) -> Vec<Member<'_>> {
        let numbered = self.networks.iter().zip(&self.architectures).zip(&self.base);
        numbered.map(|((network, &architecture), &base)| Member { network, architecture, base }).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.architectures.iter().max().map_or(0, |last| last + 1)
    }

    pub(super) fn base_report(&self) -> Base {
        let own: Vec<&MeasuredNetwork> =
            self.members().iter().filter(|member| member.base).map(|member| member.network).collect();
        let variance: Option<f64> =
            own.iter().map(|network| Some(network.measurement().seed_variance()? * network.inverse_seeds())).sum();
        Base {
            architectures: own.iter().map(|network| network.measurement().spec.architecture().into()).collect(),
            declared: self.declared,
            standard_error: variance.map(|sum| sum.sqrt() / own.len() as f64),
        }
    }

    /// The networks for which a law predicts a rate, and the others with the reason.
    pub(super) fn predicted_by(&self, law: &ParametricLaw) -> (Vec<Member<'_>>, Vec<Missing>) {
        let middle = law.middle();
        let (mut members, mut missing) = (Vec::new(), Vec::new());
        for member in self.members() {
            match law.ln_rate(member.network.features(), &middle) {
                Ok(_) => members.push(member),
                Err(gap) => missing.push(Missing {
                    architecture: member.network.measurement().spec.architecture().into(),
                    reason: gap.to_string(),
                }),
            }
        }
        (members, missing)
    }
}
