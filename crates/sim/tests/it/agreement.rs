//! The readout sampled against the readout integrated out, and column chunks against whole kernels.
//!
//! False alarm of this file: at most 5e-8 (fewer than fifty assertions at 1e-9).
use crate::common::random_program;
use archscale_model::{Architecture, InitRule, Program};
use archscale_sim::{Readout, Settings, StreamKey, block, kernel_sums, simulate};
use archscale_stats::{Moments, Outcome, Plan, decide_difference};

fn run(program: &Program, width: usize, samples: u64, readout: Readout, case: &str) -> archscale_sim::Simulation {
    let settings = Settings { readout, ..Settings::new(width, samples, StreamKey::new("sim agreement", case, 1)) };
    simulate(program, &settings, &|_| ()).unwrap()
}

/// Independent runs of both estimators have one mean: B at every vertex of three networks, A and the squared change where their
/// tails are light enough for a decision at this size, at one hidden vertex (deeper ones: see the next test).
///
/// Each of the 9 assertions has false-alarm probability 1e-9 and must end supported, which a difference of the margin (10 %, for A
/// and the squared change 25 %) would do with probability at most 0.01. The integrated estimator must also have the smaller variance.
/// Seed 1.
#[test]
fn sampled_and_integrated_readouts_agree() {
    let branches = "edges:0-1,1-2,0-3,2-4,3-4,1-5,4-5";
    let mut compared = 0;
    let cases = [
        ("chain:1", 16, (60_000, 30_000), true),
        ("chain:2", 8, (80_000, 40_000), false),
        (branches, 8, (100_000, 50_000), false),
    ];
    for (text, width, samples, light_tails) in cases {
        let program = Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap();
        let sampled = run(&program, width, samples.0, Readout::Sampled, &format!("{text} sampled"));
        let integrated = run(&program, width, samples.1, Readout::Integrated, &format!("{text} integrated"));
        for (sampled, integrated) in sampled.nodes.iter().zip(&integrated.nodes) {
            let always = [("B", &sampled.b, &integrated.b, 0.1)];
            let others = [
                ("A", &sampled.a, &integrated.a, 0.25),
                ("squared change", &sampled.squared_change, &integrated.squared_change, 0.25),
            ];
            for (name, sampled, integrated, margin) in always.into_iter().chain(others.into_iter().filter(|_| light_tails)) {
                let decision = decide_difference(sampled, integrated, &Plan::new(1e-9, 0.99, margin).unwrap());
                assert_eq!(decision.outcome, Outcome::Supported, "{text} {name}: {decision:?}");
                assert!(integrated.variance() < sampled.variance(), "{text} {name}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 3 + 2 + 4);
}

/// The integrated readout as an average over many drawn readouts of one and the same network, skips and two readouts included:
/// per network, so that a formula that is right only on average over networks would show.
///
/// 20 000 readouts per network and z-scores within 6.5 (two-sided 8e-11 each, 80 or fewer; the summands are products of four or eight
/// Gaussians, so the score is only roughly normal and 6.5 leaves room). Seed 1.
#[test]
fn integration_is_the_average_over_readouts() {
    use candle_core::Tensor;
    use rand::Rng;
    use rand_distr::StandardNormal;
    let mut compared = 0;
    for seed in 0..12 {
        let program = random_program(seed, 7);
        let settings =
            Settings { readout: Readout::Integrated, ..Settings::new(3, 1, StreamKey::new("sim average", "one", seed)) };
        let exact = simulate(&program, &settings, &|_| ()).unwrap();
        let batch = block(&program, &settings, 0).unwrap();
        // All draws at once as columns: G for J readouts.
        let draws = 20_000;
        let mut rng = StreamKey::new("sim average", "readouts", seed).rng(0, archscale_nets::TensorId::Readout(0));
        let device = batch.value(0).device();
        let mut seeds = Vec::new();
        let mut f = vec![0.0; draws];
        for term in program.readout() {
            let gain = num_traits::ToPrimitive::to_f64(&term.gain).unwrap();
            let w: Vec<f64> = (0..3 * draws).map(|_| gain.sqrt() / 3.0 * rng.sample::<f64, _>(StandardNormal)).collect();
            let x: Vec<f64> = batch.value(term.source).flatten_all().unwrap().to_vec1().unwrap();
            for (j, f) in f.iter_mut().enumerate() {
                *f += (0..3).map(|i| x[i] * w[i * draws + j]).sum::<f64>();
            }
            seeds.push((term.source, Tensor::from_vec(w, (1, 3, draws), device).unwrap()));
        }
        let tangents = batch.tangents(&batch.gradients(&seeds).unwrap()).unwrap();
        for (node, estimate) in program.nodes().iter().zip(&exact.nodes) {
            let Some(change) = tangents.at(node.op) else {
                assert_eq!(estimate.b.mean(), 0.0);
                continue;
            };
            let b: Vec<f64> = change.sqr().unwrap().sum(1).unwrap().flatten_all().unwrap().to_vec1().unwrap();
            let b: Vec<f64> = b.into_iter().map(|sum| sum / 3.0).collect();
            let a: Vec<f64> = b.iter().zip(&f).map(|(b, f)| b * f * f).collect();
            for (name, draws, exact) in [("B", b, &estimate.b), ("A", a, &estimate.a)] {
                let draws = Moments::from_slice(&draws);
                if exact.mean() == 0.0 {
                    assert_eq!(draws.max_abs(), 0.0);
                    continue;
                }
                let z = (draws.mean() - exact.mean()) / draws.standard_error();
                assert!(z.abs() < 6.5, "{name} at {} seed {seed}: z = {z}", node.id);
                assert!(draws.standard_error() < 0.06 * exact.mean(), "{name} seed {seed}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 60, "{compared}");
}

/// The kernel's entries from explicit weight gradients of each z_i, against the column passes.
#[test]
fn kernel_sums_are_those_of_explicit_gradients() {
    use candle_core::Tensor;
    let n = 4;
    for seed in [1, 4, 7] {
        let program = random_program(seed, 8);
        for (index, node) in program.nodes().iter().enumerate() {
            let settings = Settings::new(n, 1, StreamKey::new("sim kernel", "explicit", seed));
            let batch = block(&program, &settings, 0).unwrap();
            let rows: Vec<Vec<Tensor>> = (0..n)
                .map(|i| {
                    let mut unit = vec![0.0; n];
                    unit[i] = 1.0;
                    let unit = Tensor::from_vec(unit, (1, n, 1), batch.value(0).device()).unwrap();
                    let flow = batch.gradients(&[(node.op, unit)]).unwrap();
                    batch
                        .weight_gradients(&flow)
                        .unwrap()
                        .iter()
                        .flatten()
                        .map(|update| update.to_tensor().unwrap())
                        .collect()
                })
                .collect();
            let dot = |a: &Tensor, b: &Tensor| (a * b).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
            let kernel = |i: usize, j: usize| rows[i].iter().zip(&rows[j]).map(|(a, b)| dot(a, b)).sum::<f64>();
            let z: Vec<f64> = batch.value(node.op).flatten_all().unwrap().to_vec1().unwrap();
            let over = |f: &dyn Fn(usize, usize) -> f64| {
                (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| f(i, j)).sum::<f64>()
            };
            let trace: f64 = (0..n).map(|i| kernel(i, i)).sum();
            let square: f64 = z.iter().map(|z| z * z).sum();
            let positive: f64 = z.iter().map(|z| z.max(0.0).powi(2)).sum();
            let cube = (n * n * n) as f64;
            let sums = kernel_sums(&program, index, &settings, &|_| ()).unwrap();
            let expected = [
                (&sums.s, positive * positive / (n * n) as f64),
                (&sums.b, over(&|i, j| kernel(i, j).powi(2)) / cube),
                (&sums.b_tilde, trace * trace / cube),
                (&sums.c, square * trace / cube),
                (&sums.c_tilde, over(&|i, j| z[i] * kernel(i, j) * z[j]) / cube),
                (&sums.d, (0..n).map(|i| kernel(i, i).powi(2)).sum::<f64>() / cube),
                (&sums.e, (0..n).map(|i| z[i] * z[i] * kernel(i, i)).sum::<f64>() / cube),
            ];
            for (k, (moments, expected)) in expected.into_iter().enumerate() {
                let scale = expected.abs() + 1e-3 * square * trace / cube;
                assert!(
                    (moments.mean() - expected).abs() <= 1e-11 * scale,
                    "sum {k} at {}: {moments:?} {expected}",
                    node.id
                );
            }
        }
    }
}

/// At width 200 columns are carried in two parts. One pass with all columns gives the same kernel, from which A, B and the kernel's
/// sums follow by their definitions, to rounding.
#[test]
fn parts_of_columns_make_the_whole() {
    use candle_core::{DType, Device, Tensor};
    let n = 200;
    let program = Architecture::parse("chain:2").unwrap().graph().lower(InitRule::Target).unwrap();
    let settings =
        Settings { readout: Readout::Integrated, ..Settings::new(n, 1, StreamKey::new("sim parts", "chain:2", 1)) };
    let batch = block(&program, &settings, 0).unwrap();
    let identity = Tensor::eye(n, DType::F64, &Device::Cpu).unwrap().reshape((1, n, n)).unwrap();
    let kernel_to = |op: usize, to: usize| -> Vec<Vec<f64>> {
        let flow = batch.gradients(&[(op, identity.clone())]).unwrap();
        let tangents = batch.tangents(&flow).unwrap();
        tangents.at(to).unwrap().squeeze(0).unwrap().to_vec2().unwrap()
    };
    let entries = |op: usize| -> Vec<f64> { batch.value(op).flatten_all().unwrap().to_vec1().unwrap() };
    let near = |moments: &Moments, expected: f64| {
        assert!((moments.mean() / expected - 1.0).abs() < 1e-10, "{moments:?} {expected}");
    };

    let simulation = simulate(&program, &settings, &|_| ()).unwrap();
    let source = program.readout()[0].source;
    let (h, variance) = (entries(source), 2.0 / (n * n) as f64);
    for (node, estimate) in program.nodes().iter().zip(&simulation.nodes) {
        let k = kernel_to(source, node.op);
        let dot = |a: &[f64], b: &[f64]| variance * a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        near(&estimate.b, k.iter().map(|k| dot(k, k)).sum::<f64>() / n as f64);
        let a = k.iter().map(|k| dot(&h, &h) * dot(k, k) + 2.0 * dot(&h, k).powi(2)).sum::<f64>();
        near(&estimate.a, a / n as f64);
    }

    let op = program.nodes()[1].op;
    let (z, k, cube) = (entries(op), kernel_to(op, op), (n * n * n) as f64);
    let sums = kernel_sums(&program, 1, &settings, &|_| ()).unwrap();
    near(&sums.b, k.iter().flatten().map(|k| k * k).sum::<f64>() / cube);
    near(&sums.d, (0..n).map(|i| k[i][i] * k[i][i]).sum::<f64>() / cube);
    near(&sums.e, (0..n).map(|i| z[i] * z[i] * k[i][i]).sum::<f64>() / cube);
    near(&sums.c_tilde, (0..n).map(|i| z[i] * (0..n).map(|j| k[i][j] * z[j]).sum::<f64>()).sum::<f64>() / cube);
}
