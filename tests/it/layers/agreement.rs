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
//!
//! False alarm of this file: at most 5e-8 (33 decisions at 1e-9).

use archscale_sim::{Readout, Settings, StreamKey, simulate};
use archscale_stats::{Decision, Moments, Outcome, Plan, decide_at_scale, decide_interval};
use archscale_testkit::conformance::{LAYER_VERTEX, Layer, READER_VERTEX};
use archscale_theory::{Evaluation, Wide, WideNode};
use rayon::prelude::*;

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

/// Seed of every stream; the layer, the part, the group and the width name the rest.
const SEED: u64 = 20_240_612;
/// Half of the false-alarm probability 1e-9 of each decision; the other half is for the law's own error.
const FALSE_ALARM: f64 = 5e-10;
const POWER: f64 = 0.99;
/// Below 1.02² − 1, by which the twin's second moments are off; its squared changes are off by 1.02⁴ − 1 = 8.2 %.
const MARGIN: f64 = 0.04;
/// The rate's margin, relative to the distance s(8) − L of the narrowest width. At a rate 1/n² the combination would be
/// 1 − 3/4 + 2/16 = 0.375 of that distance; at 1/√n, L would be missed by a third of it.
const RATE_MARGIN: f64 = 0.3;
const INVERSE_SQUARE: f64 = 0.375;
/// Quantile of Student's law with 15 degrees of freedom (16 scrambles) that is exceeded on either side with probability 5e-10
/// in all: standard errors of the law that a prediction is allowed where it is sampled.
const LAW_QUANTILE: f64 = 14.024;
/// Groups of the first pilot, and of a run at most.
const PILOT: u64 = 128;
const LARGEST: u64 = 8_192;

/// One group's value of every quantity.
fn group(layer: &Layer, part: &str, index: u64) -> [f64; QUANTITIES + 1] {
    let program = layer.program().unwrap();
    let mut values = [0.0; QUANTITIES + 1];
    let mut change = [0.0; WIDTHS.len()];
    for (k, (&width, &networks)) in WIDTHS.iter().zip(&NETWORKS).enumerate() {
        let key = StreamKey::new("layer agreement", format!("{layer}, {part} {index}, width {width}"), SEED);
        let settings = Settings { readout: Readout::Integrated, ..Settings::new(width, networks, key) };
        let nodes = simulate(&program, &settings, &|_| ()).unwrap().nodes;
        assert_eq!(nodes.iter().map(|node| node.id).collect::<Vec<_>>(), [LAYER_VERTEX, READER_VERTEX]);
        let [layer, reader] = [&nodes[0], &nodes[1]];
        let exact = [layer.second_moment.mean(), layer.b.mean(), reader.second_moment.mean()];
        values[EXACT * k..EXACT * (k + 1)].copy_from_slice(&exact);
        change[k] = reader.b.mean();
    }
    values[LIMIT] = (4.0 * change[2] - change[0]) / 3.0;
    values[RATE] = change[0] - 3.0 * change[1] + 2.0 * change[2];
    values[NARROWEST] = change[0];
    values
}

/// Moments over groups, merged in order.
fn simulate_groups(layer: &Layer, part: &str, groups: u64) -> Vec<Moments> {
    let values: Vec<_> = (0..groups).into_par_iter().map(|index| group(layer, part, index)).collect();
    (0..=NARROWEST).map(|q| Moments::from_slice(&values.iter().map(|group| group[q]).collect::<Vec<_>>())).collect()
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
        RATE => "rate 1/n".into(),
        LIMIT => "squared change of its reader in the limit".into(),
        _ => format!("{} at n = {}", what[quantity % EXACT], WIDTHS[quantity / EXACT]),
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
fn planned(layer: &Layer, law: &Wide, plan: &Plan) -> [Vec<Moments>; 2] {
    let mut size = PILOT;
    for stage in 1.. {
        let pilot = simulate_groups(layer, &format!("pilot {stage}"), size);
        let wanted = pilot.iter().zip(predictions(law, &pilot)).map(|(sample, (_, _, scale))| {
            plan.samples_from_pilot(sample, scale, u64::MAX).map_or(4 * size, |plan| plan.wanted)
        });
        let wanted = wanted.max().unwrap();
        assert!(wanted <= LARGEST, "{layer}: {wanted} groups after a pilot of {size}");
        if wanted <= 2 * size {
            return [pilot, simulate_groups(layer, "run", 2 * wanted)];
        }
        size = wanted;
    }
    unreachable!("pilots end at the largest size");
}

/// 33 decisions, each with a false-alarm probability of at most 1e-9 (half by the sample, half by a sampled law) and an error of
/// 4 % supported with probability at most 0.01.
#[test]
fn laws_agree_with_simulation_and_twins_do_not() {
    let plan = Plan::new(FALSE_ALARM, POWER, MARGIN).unwrap();
    let gelu = Layer::activation(archscale_model::Activation::GELU, None).unwrap();
    let mut decided = 0;
    for layer in crate::layers::examples().into_iter().chain([gelu]) {
        let (law, twin) = (layer.law().unwrap(), layer.twin().law().unwrap());
        if let Evaluation::QuasiMonteCarlo { scrambles, .. } = law.evaluation {
            assert_eq!(scrambles, 16, "the quantile is that of 16 scrambles");
        }
        let [pilot, samples] = planned(&layer, &law, &plan);
        let distance = pilot[NARROWEST].mean() / law.nodes[1].mean_squared_change - 1.0;
        println!("{layer}: at n = 8 the squared change is off its limit by {distance:.3}");
        for (q, sample) in samples.iter().enumerate().take(QUANTITIES) {
            let (right, mut wrong) = (predictions(&law, &pilot)[q], predictions(&twin, &pilot)[q]);
            if q == RATE {
                wrong.0 = INVERSE_SQUARE * distance * law.nodes[1].mean_squared_change;
            }
            let decision = judge(sample, right, &plan);
            println!(
                "{layer}, {}: {:.5} ± {:.5} for {:.5} ± {:.0e}, z = {:.2}, {} groups",
                name(q),
                decision.estimate,
                decision.standard_error,
                right.0,
                right.1,
                decision.z,
                decision.samples
            );
            assert_eq!(decision.outcome, Outcome::Supported, "{layer}, {}: {decision:?}", name(q));
            let decision = judge(sample, wrong, &plan);
            assert_eq!(decision.outcome, Outcome::Refuted, "twin of {layer}, {}: {decision:?}", name(q));
            decided += 1;
        }
    }
    assert_eq!(decided, 3 * QUANTITIES);
}
