//! The law of a layer against simulated networks, with stated error probabilities and no allowance for a bias.
//!
//! In the program of [`Layer::program`] three quantities do not depend on the width, and the fourth is L + c/n exactly. So
//!
//! - the three are compared with the law at widths 8, 16 and 32 as they are;
//! - L = (4 s(32) − s(8))/3 exactly, compared with the law's limit;
//! - s(8) − 3 s(16) + 2 s(32) = 0 exactly: doubling the width halves the distance to the limit, the rate 1/n.
//!
//! One value is one group of networks, simulated at all three widths from streams of its own: combinations of widths are then
//! means of independent values like any other.

use archscale_sim::{Readout, StreamKey, simulate};
use archscale_stats::{Decision, Moments, Outcome, Plan, decide_at_scale, decide_interval};
use archscale_text::{Progress, Refusal};
use archscale_theory::{Evaluation, Wide, WideNode};
use rayon::prelude::*;
use serde::Serialize;

use crate::{Check, ConformanceError, Departure, LAYER_VERTEX, Layer, READER_VERTEX, Settings};

const WIDTHS: [usize; 3] = [8, 16, 32];
/// Networks of one group at each width; more where they are cheap.
const NETWORKS: [u64; 3] = [256, 128, 64];
/// Quantities that do not depend on the width.
const EXACT: usize = 3;
/// These at each width, then the limit and the rate.
const QUANTITIES: usize = EXACT * WIDTHS.len() + 2;
const LIMIT: usize = QUANTITIES - 2;
const RATE: usize = QUANTITIES - 1;
/// s(8) itself, which gives the rate its scale.
const NARROWEST: usize = QUANTITIES;

/// Below 1.02² − 1, by which the mutant's second moments are off; its squared changes are off by 1.02⁴ − 1 = 8.2 %.
const MARGIN: f64 = 0.04;
/// The rate's margin, relative to the distance s(8) − L of the narrowest width. At a rate 1/n² the combination would be
/// 1 − 3/4 + 2/16 = 0.375 of that distance; at 1/√n, L would be missed by a third of it.
const RATE_MARGIN: f64 = 0.3;
const INVERSE_SQUARE: f64 = 0.375;
/// Scrambles of a law that is sampled.
const SCRAMBLES: usize = 16;
/// Quantile of Student's law with 15 degrees of freedom (16 scrambles) that is exceeded on either side with probability 5e-10
/// in all: standard errors of the law that a prediction is allowed where it is sampled.
const LAW_QUANTILE: f64 = 14.024;
/// That probability.
const LAW_FALSE_ALARM: f64 = 5e-10;
/// Groups of the first pilot.
const PILOT: u64 = 128;

/// How the law was held against simulated networks.
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
    /// The smallest relative error that must show; of the rate, relative to the distance of the narrowest width to the limit.
    pub margin: f64,
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

/// Holds the infinite-width law of [`Layer::program`] against simulated networks of widths 8, 16 and 32.
///
/// **Statement.** E|h|²/n, E(Δh_i)² and E|y|²/n agree with the law at every width, E(Δy_i)² extrapolated in 1/n agrees with its
/// limit, and approaches it at the rate 1/n. Pilots size the run: each right prediction is refuted with probability at most the
/// settings' false alarm, and one that is off by 4 % is supported with probability at most one less the power.
#[must_use]
pub fn agreement(layer: &Layer, settings: &Settings, progress: &dyn Progress) -> (Check, Option<Agreement>) {
    match held(layer, settings, progress) {
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

fn held(layer: &Layer, settings: &Settings, progress: &dyn Progress) -> Result<Agreement, ConformanceError> {
    let sampled = settings.false_alarm - LAW_FALSE_ALARM;
    let plan = Plan::new(sampled, settings.power, MARGIN)?;
    let (law, mutant) = (layer.law()?, layer.mutant().law()?);
    if let Evaluation::QuasiMonteCarlo { scrambles, .. } = law.evaluation
        && scrambles != SCRAMBLES
    {
        return Err(Refusal::new("the number of scrambles", scrambles, "the law's error is bounded for 16").into());
    }
    let [pilot, samples] = planned(layer, &law, &plan, settings, progress)?;
    let distance = pilot[NARROWEST].mean() / law.nodes[1].mean_squared_change - 1.0;
    let (right, mut wrong) = (predictions(&law, &pilot), predictions(&mutant, &pilot));
    wrong[RATE].0 = INVERSE_SQUARE * distance * law.nodes[1].mean_squared_change;
    let judged = |q: usize| Judged {
        quantity: name(q),
        decision: judge(&samples[q], right[q], &plan),
        law_error: right[q].1,
        mutant: judge(&samples[q], wrong[q], &plan).outcome,
    };
    Ok(Agreement {
        seed: settings.seed,
        widths: WIDTHS,
        networks: NETWORKS,
        groups: samples[0].count(),
        false_alarm: settings.false_alarm,
        power: settings.power,
        margin: MARGIN,
        decisions: (0..QUANTITIES).map(judged).collect(),
    })
}

/// One group's value of every quantity.
fn group(layer: &Layer, part: &str, index: u64, seed: u64) -> Result<[f64; QUANTITIES + 1], ConformanceError> {
    let program = layer.program()?;
    let mut values = [0.0; QUANTITIES + 1];
    let mut change = [0.0; WIDTHS.len()];
    for (k, (&width, &networks)) in WIDTHS.iter().zip(&NETWORKS).enumerate() {
        let key = StreamKey::new("layer agreement", format!("{layer}, {part} {index}, width {width}"), seed);
        let settings =
            archscale_sim::Settings { readout: Readout::Integrated, ..archscale_sim::Settings::new(width, networks, key) };
        let nodes = simulate(&program, &settings, &|_| ())?.nodes;
        debug_assert_eq!(nodes.iter().map(|node| node.id).collect::<Vec<_>>(), [LAYER_VERTEX, READER_VERTEX]);
        let [layer, reader] = [&nodes[0], &nodes[1]];
        let exact = [layer.second_moment.mean(), layer.b.mean(), reader.second_moment.mean()];
        values[EXACT * k..EXACT * (k + 1)].copy_from_slice(&exact);
        change[k] = reader.b.mean();
    }
    values[LIMIT] = (4.0 * change[2] - change[0]) / 3.0;
    values[RATE] = change[0] - 3.0 * change[1] + 2.0 * change[2];
    values[NARROWEST] = change[0];
    Ok(values)
}

/// Moments over groups, merged in order.
fn simulate_groups(
    layer: &Layer,
    part: &str,
    groups: u64,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Moments>, ConformanceError> {
    progress.begin(&format!("{layer}: {part}"), groups);
    let one = |index| {
        let values = group(layer, part, index, seed);
        progress.advance(1);
        values
    };
    let values = (0..groups).into_par_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let of = |q| Moments::from_slice(&values.iter().map(|group: &[f64; QUANTITIES + 1]| group[q]).collect::<Vec<_>>());
    Ok((0..=NARROWEST).map(of).collect())
}

/// What the law says of a quantity: the value, its error, and the scale of the margin; that of the rate from an independent pilot.
fn predictions(law: &Wide, pilot: &[Moments]) -> [(f64, f64, f64); QUANTITIES] {
    let [layer, reader]: [&WideNode; 2] = [&law.nodes[0], &law.nodes[1]];
    let exact = |of: usize| match of {
        0 => (layer.second_moment, layer.second_moment_error),
        1 => (layer.mean_squared_change, layer.change_error),
        _ => (reader.second_moment, reader.second_moment_error),
    };
    let limit = (reader.mean_squared_change, reader.change_error);
    std::array::from_fn(|q| match q {
        RATE => (0.0, 0.0, RATE_MARGIN / MARGIN * (pilot[NARROWEST].mean() - limit.0).abs()),
        LIMIT => (limit.0, limit.1, limit.0),
        _ => (exact(q % EXACT).0, exact(q % EXACT).1, exact(q % EXACT).0),
    })
}

fn name(quantity: usize) -> String {
    let what = ["second moment of the layer", "squared change of the layer", "second moment of its reader"];
    match quantity {
        RATE => "reader's distance to the limit, rate 1/n".into(),
        LIMIT => "squared change of its reader, n → ∞".into(),
        _ => format!("{}, n = {}", what[quantity % EXACT], WIDTHS[quantity / EXACT]),
    }
}

fn judge(sample: &Moments, (value, error, scale): (f64, f64, f64), plan: &Plan) -> Decision {
    if error == 0.0 {
        return decide_at_scale(sample, value, scale, plan);
    }
    decide_interval(sample, value - LAW_QUANTILE * error, value + LAW_QUANTILE * error, plan)
}

/// Groups for a run that decides every quantity: pilots grow until one is at least half as large as what it asks for, since a
/// small one has not seen the tails; the run is twice what the last asks for, and shares no random number with any. Returns the
/// last pilot and the run.
fn planned(
    layer: &Layer,
    law: &Wide,
    plan: &Plan,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<[Vec<Moments>; 2], ConformanceError> {
    let mut size = PILOT;
    let mut stage = 1;
    loop {
        let pilot = simulate_groups(layer, &format!("pilot {stage}"), size, settings.seed, progress)?;
        let wanted = pilot.iter().zip(predictions(law, &pilot)).map(|(sample, (_, _, scale))| {
            plan.samples_from_pilot(sample, scale, u64::MAX).map_or(4 * size, |plan| plan.wanted)
        });
        let wanted = wanted.max().unwrap_or(size);
        if wanted > settings.largest {
            let (found, mend) =
                (format!("{wanted} after a pilot of {size}"), format!("at most {} are allowed", settings.largest));
            let mend =
                format!("{mend}; allow more, or take wider networks if the layer's tails are heavy, never a wider margin");
            return Err(Refusal::new("the number of groups wanted", found, mend).into());
        }
        if wanted <= 2 * size {
            return Ok([pilot, simulate_groups(layer, "run", 2 * wanted, settings.seed, progress)?]);
        }
        size = wanted;
        stage += 1;
    }
}
