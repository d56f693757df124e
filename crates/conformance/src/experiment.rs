//! A law against simulated networks: pilots size the run, the run decides, and the two share no random number.

use archscale_stats::{Decision, Moments, Outcome, Plan, decide_at_scale, decide_interval};
use archscale_text::{Progress, Refusal};
use archscale_theory::{Evaluation, Wide};
use rayon::prelude::*;
use serde::Serialize;

use crate::{Check, ConformanceError, Departure, Settings};

/// Below 1.02² − 1, by which a mutant's second moments are off; its squared changes are off by 1.02⁴ − 1 = 8.2 %.
pub(crate) const MARGIN: f64 = 0.04;
/// Scrambles of a law that is sampled.
const SCRAMBLES: usize = 16;
/// Quantile of Student's law with 15 degrees of freedom (16 scrambles) that is exceeded on either side with probability 5e-10
/// in all: standard errors of the law that a prediction is allowed where it is sampled.
const LAW_QUANTILE: f64 = 14.024;
/// That probability.
const LAW_FALSE_ALARM: f64 = 5e-10;
/// Groups of the first pilot.
const PILOT: u64 = 128;

/// How a law was held against simulated networks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// Seed of every random number.
    pub seed: u64,
    /// Widths of the networks, in the order of `networks`.
    pub widths: [usize; 3],
    /// Networks of one group at each width. A group is one value of every quantity.
    pub networks: [u64; 3],
    /// Groups of the run that was judged.
    pub groups: u64,
    /// Probability at most with which one right prediction is refuted, by the sample or by the law's own sampling.
    pub false_alarm: f64,
    /// Probability at least with which a prediction that is off by the margin is not supported.
    pub power: f64,
    /// The smallest relative error that must show.
    pub margin: f64,
    /// That of the rate, relative to the distance of the narrowest width to the limit; `None` where no rate is judged.
    pub rate_margin: Option<f64>,
    /// One decision for each quantity.
    pub decisions: Vec<Judged>,
}

/// A quantity of the law, judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// What was judged.
    pub quantity: String,
    /// The decision about the law's value.
    pub decision: Decision,
    /// Standard error of the law's value; 0 unless it is sampled.
    pub law_error: f64,
    /// The outcome for the mutant's value, which must be refuted.
    pub mutant: Outcome,
}

impl Agreement {
    /// Probability at most with which a right law is refuted in any of the decisions.
    #[must_use]
    pub fn error_probability(&self) -> f64 {
        self.false_alarm * self.decisions.len() as f64
    }
}

/// What a law says of a quantity.
pub(crate) struct Prediction {
    pub(crate) value: f64,
    /// Its standard error; 0 unless it is sampled.
    pub(crate) error: f64,
    /// What the margin is relative to.
    pub(crate) scale: f64,
    /// The value that a mutant predicts.
    pub(crate) mutant: f64,
}

/// A law with networks that it speaks of.
pub(crate) trait Experiment: Sync {
    /// The layer's name.
    fn layer(&self) -> String;

    /// Three widths, with the number of networks of each in one group.
    fn sizes(&self) -> [(usize, u64); 3];

    /// As [`Agreement::rate_margin`].
    fn rate_margin(&self) -> Option<f64>;

    /// The law and that of the mutant.
    fn laws(&self) -> Result<[Wide; 2], ConformanceError>;

    /// What is judged, in words.
    fn quantities(&self) -> Vec<String>;

    /// One group's value of every quantity, perhaps with more behind them, from streams that `part`, `index` and `seed` name.
    fn group(&self, part: &str, index: u64, seed: u64) -> Result<Vec<f64>, ConformanceError>;

    /// What the laws predict; a scale may come from an independent pilot.
    fn predictions(&self, laws: &[Wide; 2], pilot: &[Moments]) -> Vec<Prediction>;
}

/// The check of an experiment, with its evidence where it was made.
pub(crate) fn check(
    experiment: &dyn Experiment,
    settings: &Settings,
    progress: &dyn Progress,
) -> (Check, Option<Agreement>) {
    match held(experiment, settings, progress) {
        Ok(agreement) => (summary(&agreement), Some(agreement)),
        Err(error) => (Check::unmade("agreement", &error), None),
    }
}

fn summary(agreement: &Agreement) -> Check {
    let mut check = Check { required: agreement.decisions.len(), ..Check::new("agreement") };
    for Judged { quantity, decision, .. } in &agreement.decisions {
        if decision.outcome == Outcome::Undecided {
            check.problem = Some(format!("{quantity}: {}", decision.reason));
            continue;
        }
        // The end of the interval on the prediction's side is what the false alarm allows.
        let (low, high) = decision.interval;
        let (claimed, found) = (decision.prediction, decision.estimate);
        let allowed = if claimed < found { found - low } else { high - found };
        check.compare(f64::INFINITY, Departure { place: quantity.clone(), claimed, found, allowed });
    }
    check.mutant_refused = Some(agreement.decisions.iter().all(|judged| judged.mutant == Outcome::Refuted));
    check
}

fn held(experiment: &dyn Experiment, settings: &Settings, progress: &dyn Progress) -> Result<Agreement, ConformanceError> {
    let plan = Plan::new(settings.false_alarm - LAW_FALSE_ALARM, settings.power, MARGIN)?;
    let laws = experiment.laws()?;
    if let Evaluation::QuasiMonteCarlo { scrambles, .. } = laws[0].evaluation
        && scrambles != SCRAMBLES
    {
        return Err(Refusal::new("the number of scrambles", scrambles, "the law's error is bounded for 16").into());
    }
    let [pilot, samples] = planned(experiment, &laws, &plan, settings, progress)?;
    let judged = |(quantity, (sample, prediction)): (String, (&Moments, Prediction))| Judged {
        quantity,
        decision: judge(sample, prediction.value, &prediction, &plan),
        law_error: prediction.error,
        mutant: judge(sample, prediction.mutant, &prediction, &plan).outcome,
    };
    let predictions = experiment.predictions(&laws, &pilot);
    Ok(Agreement {
        seed: settings.seed,
        widths: experiment.sizes().map(|(width, _)| width),
        networks: experiment.sizes().map(|(_, networks)| networks),
        groups: samples.first().map_or(0, Moments::count),
        false_alarm: settings.false_alarm,
        power: settings.power,
        margin: MARGIN,
        rate_margin: experiment.rate_margin(),
        decisions: experiment.quantities().into_iter().zip(samples.iter().zip(predictions)).map(judged).collect(),
    })
}

fn judge(sample: &Moments, value: f64, prediction: &Prediction, plan: &Plan) -> Decision {
    if prediction.error == 0.0 {
        return decide_at_scale(sample, value, prediction.scale, plan);
    }
    let reach = LAW_QUANTILE * prediction.error;
    decide_interval(sample, value - reach, value + reach, plan)
}

/// Groups for a run that decides every quantity: pilots grow until one is at least half as large as what it asks for, since a
/// small one has not seen the tails; the run is twice what the last asks for, and shares no random number with any. Returns the
/// last pilot and the run.
fn planned(
    experiment: &dyn Experiment,
    laws: &[Wide; 2],
    plan: &Plan,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<[Vec<Moments>; 2], ConformanceError> {
    let mut size = PILOT;
    let mut stage = 1;
    loop {
        let pilot = simulate_groups(experiment, &format!("pilot {stage}"), size, settings.seed, progress)?;
        let wanted = pilot.iter().zip(experiment.predictions(laws, &pilot)).map(|(sample, prediction)| {
            plan.samples_from_pilot(sample, prediction.scale, u64::MAX).map_or(4 * size, |plan| plan.wanted)
        });
        let wanted = wanted.max().unwrap_or(size);
        if wanted > settings.largest {
            let found = format!("{wanted} after a pilot of {size}");
            let mend = format!(
                "at most {} are allowed; allow more, or take wider networks if the layer's tails are heavy, never a wider margin",
                settings.largest
            );
            return Err(Refusal::new("the number of groups wanted", found, mend).into());
        }
        if wanted <= 2 * size {
            return Ok([pilot, simulate_groups(experiment, "run", 2 * wanted, settings.seed, progress)?]);
        }
        size = wanted;
        stage += 1;
    }
}

/// Moments over groups, merged in order.
fn simulate_groups(
    experiment: &dyn Experiment,
    part: &str,
    groups: u64,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Moments>, ConformanceError> {
    progress.begin(&format!("{}: {part}", experiment.layer()), groups);
    let one = |index| {
        let values = experiment.group(part, index, seed);
        progress.advance(1);
        values
    };
    let values = (0..groups).into_par_iter().map(one).collect::<Result<Vec<Vec<f64>>, _>>()?;
    let count = values.first().map_or(0, Vec::len);
    Ok((0..count).map(|q| Moments::from_slice(&values.iter().map(|group| group[q]).collect::<Vec<_>>())).collect())
}
