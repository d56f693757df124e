//! From the record of a job to its measurement.

use std::collections::BTreeMap;

use archscale_model::Network;
use archscale_train::{Record, SeedEstimate};
use serde::Serialize;

use crate::training_data::SampleCache;
use crate::{Job, Measurement, RatesError, TrainedStem};

/// Which learning rate is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The rate of smallest training loss, the paper's maximal learning rate.
    #[default]
    Best,
    /// The edge of stability, the largest rate that does not diverge.
    Edge,
}

impl Quantity {
    fn of(self, seed: &SeedEstimate) -> Option<f64> {
        match self {
            Self::Best => seed.log_rate.filter(|_| seed.at_end.is_none()),
            Self::Edge => seed.edge.and_then(|edge| Some(0.5 * (edge.stable.ln() + edge.unstable?.ln()))),
        }
    }

    /// Whether some seed of a record has it.
    pub(crate) fn is_known(self, record: &Record) -> bool {
        record.found.seeds.iter().any(|seed| self.of(seed).is_some())
    }

    /// The quantity in words.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Best => "the learning rate of smallest training loss",
            Self::Edge => "the largest learning rate that does not diverge",
        }
    }
}

/// The number of features, or over an image of channels, that a job's stem reads.
pub(crate) fn stem_inputs(job: &Job, record: &Record, cache: &mut SampleCache) -> Result<usize, RatesError> {
    Ok(match job.spec.network() {
        Network::Images(_) => record.protocol.stem.channels,
        Network::Vectors(_) => cache.get(&record.about.data, false)?.features(),
    })
}

/// The measurement of a job's record. `stem` is the number of features, or over an image of channels, that a stem reads.
pub(crate) fn rates(job: &Job, record: &Record, quantity: Quantity, stem: usize) -> Result<Measurement, String> {
    let log_rates: Vec<f64> = record.found.seeds.iter().filter_map(|seed| quantity.of(seed)).collect();
    if log_rates.is_empty() {
        let found = match quantity {
            Quantity::Best => {
                "from every seed training diverged or learnt nothing at all rates, or the best rate lay at an end of the \
                 grid; widen the grid"
            }
            Quantity::Edge => {
                "from no seed the edge lies between two rates that were tried; widen the grid or give the plan edge_halvings"
            }
        };
        return Err(found.into());
    }
    let protocol = &record.protocol;
    let (spec, width) = (job.spec.clone(), protocol.width as u64);
    // Σ x² of the standardised input over the width n, against the ½ of a hidden layer.
    let stem = protocol.stem.trained.then(|| TrainedStem::new(2.0 * stem as f64 / width as f64));
    let mut covariates = BTreeMap::from([("batch".to_string(), protocol.batch as f64)]);
    covariates.extend(protocol.optimiser.build().covariates().into_iter().map(|(name, value)| (name.to_string(), value)));
    Ok(Measurement { group: job.group.clone(), spec, width, log_rates, base: job.base, stem, covariates })
}
