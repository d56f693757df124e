use std::sync::Arc;

use archscale_model::Network;
use archscale_train::{Record, Samples, TrainError};

use crate::quantity::{rates, stem_inputs};
use crate::training_data::SampleCache;
use crate::{Job, Measurement, Progress, Quantity, RatesError, Unusable};

/// Rates that were measured without a folder.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// The measurements, in the order of the jobs.
    pub rates: Vec<Measurement>,
    /// Networks that were trained but give no rate in any seed.
    pub unusable: Vec<Unusable>,
}

/// Measures jobs one after the other and keeps nothing on disk; each is trained, also where two of them share a network.
///
/// # Errors
/// Data that cannot be read, and networks that cannot be trained.
///
/// ```
/// use archscale_rates::{Quantity, Suite, measure};
/// let suite = Suite::parse("an example", r#"{ "name": "example",
///     "protocol": { "width": 8, "budget": { "steps": 8 } }, "plan": { "points": 8, "seeds": [1], "edge_halvings": 0 },
///     "groups": [{ "name": "depth", "architectures": ["chain:1"] }] }"#)?;
/// let measured = measure(&suite.jobs()?, Quantity::Best, &|_| {})?;
/// assert_eq!(measured.rates.len() + measured.unusable.len(), 1);
/// # Ok::<(), archscale_rates::RatesError>(())
/// ```
pub fn measure(jobs: &[Job], quantity: Quantity, progress: &dyn Fn(&Progress<'_>)) -> Result<Measured, RatesError> {
    let mut measured = Measured::default();
    let mut cache = SampleCache::default();
    jobs.iter().try_for_each(|job| check(job, &mut cache))?;
    for (number, job) in (1..).zip(jobs) {
        let record = train(job, &mut cache, (number, jobs.len()), progress)?;
        match rates(job, &record, quantity, stem_inputs(job, &record, &mut cache)?) {
            Ok(found) => measured.rates.push(found),
            Err(reason) => {
                measured.unusable.push(Unusable {
                    group: job.group.clone(),
                    architecture: job.spec.architecture().into(),
                    reason,
                });
            }
        }
    }
    Ok(measured)
}

/// The record of one job.
pub(crate) fn train(
    job: &Job,
    cache: &mut SampleCache,
    number: (usize, usize),
    progress: &dyn Fn(&Progress<'_>),
) -> Result<Record, RatesError> {
    let samples = samples(job, cache)?;
    let report = |round, training| progress(&Progress { job, number, round, training });
    job.search.run(&job.program()?, &samples, &report).map_err(|source| untrained(job, source))
}

/// Refuses what [`train`] would refuse, without training.
pub(crate) fn check(job: &Job, cache: &mut SampleCache) -> Result<(), RatesError> {
    let samples = samples(job, cache)?;
    job.search.check(&job.program()?, &samples).map_err(|source| untrained(job, source))
}

fn samples(job: &Job, cache: &mut SampleCache) -> Result<Arc<Samples>, RatesError> {
    cache.get(&job.search.about.data, matches!(job.spec.network(), Network::Images(_)))
}

fn untrained(job: &Job, source: TrainError) -> RatesError {
    RatesError::Training { group: job.group.clone(), architecture: job.spec.architecture().into(), source: Box::new(source) }
}
