//! Lazy networks beside dense ones with the very same weights, and the settings that choose between them.
//!
//! False alarm of this file: at most 1.2e-9 (12 assertions at 1e-10).
use std::sync::Arc;

use crate::common::{activations, random_cell, random_program_of};
use archscale_model::{Activation, Architecture, ConvNetwork, Gain, InitRule, Lowering, Program, ProgramBuilder};
use archscale_nets::{DenseMatrix, Draw, Matrix, NetsError, Networks};
use archscale_sim::{
    Precision, Readout, Settings, StreamKey, Weights, block, gradient_step, kernel_sums, lazy_block_size, simulate,
};
use archscale_stats::{Moments, Outcome, Plan, decide_difference};
use candle_core::Tensor;

fn chain(text: &str) -> Program {
    Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap()
}

fn lazy(width: usize, samples: u64, case: &str) -> Settings {
    Settings { method: Weights::Lazy, ..Settings::new(width, samples, StreamKey::new("sim lazy", case, 1)) }
}

/// Width, device and precision of settings.
fn draw(settings: &Settings) -> Draw {
    Draw::new(settings.width, 1, settings.key.clone())
}

fn norm(x: &Tensor) -> f64 {
    x.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap().sqrt()
}

/// Networks of convolutions in one and two dimensions, with pooling, and every readout over positions.
fn over_images() -> impl Iterator<Item = Program> {
    let texts = [
        "conv:depth=2,kernel=3,size=5,padding=zero,readout=gap,input=iid",
        "conv:depth=3,kernel=3,dims=2,size=3x4,padding=zero,readout=flatten,input=smooth",
        "conv:kernel=3,size=4,padding=circular,readout=single:2,input=iid,net=complete:3",
        "conv:kernel=3,size=5,padding=zero,readout=gap,input=iid,net=nas:3_24_440",
    ];
    texts.into_iter().map(|text| ConvNetwork::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap())
}

/// Values, gradients of f, tangents, a true step and a second one after it agree with those of dense networks which hold the entries that
/// the lazy weights reveal afterwards, at every operation: 40 random programs of all operations and activations, 42 cells in every
/// convention and 4 networks of convolutions, n = 1, 2 and 5. So whatever the dense path is tested for (automatic differentiation, adjoints, differences) holds
/// lazily too. Allowed is 1e-10 of a field's norm over the block, for a program's own amplification of rounding (measured: 1e-13).
#[test]
fn lazy_networks_are_dense_ones_with_the_same_weights() {
    let random = (0..40).map(|seed| random_program_of(seed, 9, &activations(), true));
    let mut compared = 0;
    let mut largest = 0.0_f64;
    for (seed, program) in random.chain((0..42).map(random_cell)).chain(over_images()).enumerate() {
        for width in [1, 2, 5] {
            let settings = lazy(width, 6, &format!("same weights {seed}"));
            let batch = block(&program, &settings, 0).unwrap();
            let readout = batch.draw_readout(&settings.key, 0).unwrap();
            let seeds: Vec<_> = program.readout().iter().map(|term| term.source).zip(readout).collect();
            let factors = [0.1, -0.2, 0.3, 0.0, 0.05, -0.1];
            // Three batches, each a gradient step after the one before.
            let steps = |first: Networks| {
                let mut all = vec![first];
                for _ in 0..2 {
                    let last = all.last().unwrap();
                    let flow = last.gradients(&seeds).unwrap();
                    all.push(last.moved(&factors, &last.weight_gradients(&flow).unwrap()).unwrap());
                }
                all
            };
            let fields = |batch: &Networks| {
                let gradients = batch.gradients(&seeds).unwrap();
                let tangents = batch.tangents(&gradients).unwrap();
                let mut fields: Vec<Option<Tensor>> = Vec::new();
                for op in 0..program.ops().len() {
                    fields.push(Some(batch.value(op).clone()));
                    fields.push(gradients.at(op).cloned());
                    fields.push(tangents.at(op).cloned());
                }
                fields
            };
            let lazily = steps(batch);
            let of_lazy: Vec<_> = lazily.iter().map(fields).collect();
            let entries = (0..program.ops().len())
                .flat_map(|op| lazily[0].weights(op).iter())
                .map(|matrix| Arc::new(DenseMatrix::new(matrix.to_tensor().unwrap()).unwrap()) as Arc<dyn Matrix>);
            let densely = steps(Networks::with_weights(&program, &draw(&settings), entries.collect()).unwrap());
            let of_dense: Vec<_> = densely.iter().map(fields).collect();
            for (of_lazy, of_dense) in of_lazy.iter().flatten().zip(of_dense.iter().flatten()) {
                let (Some(of_lazy), Some(of_dense)) = (of_lazy, of_dense) else {
                    assert!(of_lazy.is_none() && of_dense.is_none());
                    continue;
                };
                let (error, scale) = (norm(&(of_lazy - of_dense).unwrap()), norm(of_dense));
                largest = largest.max(if error == 0.0 { 0.0 } else { error / scale });
                compared += 1;
            }
        }
    }
    println!("{compared} fields, largest relative error {largest:e}");
    assert!(compared > 10_000 && largest <= 1e-10, "{compared} {largest}");
}

/// The step functions run lazily: the difference quotient's distance to the tangent falls as η.
#[test]
fn a_lazy_step_tends_to_its_tangent() {
    let program = chain("complete:3");
    let step = |eta: f64| gradient_step(&program, &lazy(6, 300, "step"), eta, &|_| ()).unwrap();
    let (first, second) = (step(1e-5), step(5e-6));
    assert_eq!(first.jumps.mean() + second.jumps.mean(), 0.0);
    for (first, second) in first.nodes.iter().zip(&second.nodes).skip(1) {
        let ratio = first.relative_distance() / second.relative_distance();
        assert!((ratio - 2.0).abs() < 2e-3, "{ratio}");
    }
    let simulation = simulate(&program, &Settings { readout: Readout::Sampled, ..lazy(6, 300, "step") }, &|_| ()).unwrap();
    assert_eq!(simulation.nodes[0].second_moment.count(), 300);
}

/// At width 1 with one readout term nothing is left to draw, so that projecting the readout is integrating it.
#[test]
fn a_projected_readout_of_one_weight_is_integrated() {
    for method in [Weights::Dense, Weights::Lazy] {
        let run = |readout| {
            let settings = Settings { readout, method, ..lazy(1, 3000, "one weight") };
            simulate(&chain("chain:3"), &settings, &|_| ()).unwrap()
        };
        let (projected, integrated) = (run(Readout::Projected), run(Readout::Integrated));
        for (projected, integrated) in projected.nodes.iter().zip(&integrated.nodes) {
            for (x, y) in [(&projected.a, &integrated.a), (&projected.b, &integrated.b)] {
                assert!(y.mean() > 0.0 && (x.mean() / y.mean() - 1.0).abs() < 1e-12, "{x:?} {y:?}");
                assert!((x.variance() / y.variance() - 1.0).abs() < 1e-9);
            }
        }
    }
}

/// Two readout terms of different gains: f = 2 w·h + w′·x, x before and h after a ReLU.
fn two_readouts() -> Program {
    let whole = |x: i32| Gain::from_integer(x.into());
    let mut builder = ProgramBuilder::new();
    let input = builder.input(whole(1)).unwrap();
    let z = builder.dense(vec![(whole(2), input)]).unwrap();
    let h = builder.act(Activation::RELU, z).unwrap();
    let last = builder.dense(vec![(whole(2), h)]).unwrap();
    builder.report_at(1, z, 1).unwrap();
    builder.report_at(2, last, 1).unwrap();
    builder.readout(vec![(whole(4), h), (whole(1), last)]).unwrap()
}

/// Projected and integrated readouts have one mean, dense and lazy, with one readout term and with two: 12 decisions at 1e-10 each, which
/// must end supported; an error of 10 % would do so with probability at most 0.01. The projected one must have less variance than the
/// sampled one. 60 000 networks of width 12 each.
#[test]
fn projected_and_integrated_readouts_agree() {
    let plan = Plan::new(1e-10, 0.99, 0.1).unwrap();
    let mut compared = 0;
    for (name, program) in [("chain:1", chain("chain:1")), ("two", two_readouts())] {
        let run = |readout, method, samples| {
            let key = StreamKey::new("sim lazy readouts", format!("{name} {readout:?} {method}"), 1);
            simulate(&program, &Settings { readout, method, ..Settings::new(12, samples, key) }, &|_| ()).unwrap()
        };
        let integrated = run(Readout::Integrated, Weights::Dense, 60_000);
        for method in [Weights::Dense, Weights::Lazy] {
            let (projected, sampled) = (run(Readout::Projected, method, 60_000), run(Readout::Sampled, method, 60_000));
            for (k, node) in projected.nodes.iter().enumerate() {
                let (sampled, integrated) = (&sampled.nodes[k], &integrated.nodes[k]);
                for (x, loose, y) in [(&node.a, &sampled.a, &integrated.a), (&node.b, &sampled.b, &integrated.b)] {
                    let decision = decide_difference(x, y, &plan);
                    assert_eq!(decision.outcome, Outcome::Supported, "{name} {method}: {decision:?}");
                    assert!(x.variance() < loose.variance(), "{name} {method}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 12);
}

#[test]
fn the_method_chosen_is_recorded() {
    let run = |width, method, readout| {
        let settings = Settings { method, readout, ..lazy(width, 2, "chosen") };
        let simulation = simulate(&chain("chain:2"), &settings, &|_| ()).unwrap();
        (simulation.method, simulation.readout)
    };
    assert_eq!(run(3, Weights::Auto, Readout::Sampled), (Weights::Dense, Readout::Sampled));
    assert_eq!(run(300, Weights::Auto, Readout::Sampled), (Weights::Lazy, Readout::Sampled));
    assert_eq!(run(3, Weights::Auto, Readout::Integrated), (Weights::Dense, Readout::Integrated));
    assert_eq!(run(300, Weights::Auto, Readout::Integrated), (Weights::Lazy, Readout::Projected));
    assert_eq!(run(3, Weights::Lazy, Readout::Integrated), (Weights::Lazy, Readout::Integrated));
    // What is chosen is what is run.
    let of = |method| simulate(&chain("chain:2"), &Settings { method, ..lazy(300, 2, "chosen") }, &|_| ()).unwrap();
    assert_eq!(of(Weights::Auto), of(Weights::Lazy));
}

/// A width of 10⁶ fits where its weights would take 10¹² numbers; what does not fit says what to change.
#[test]
fn memory_is_that_of_vectors() {
    let wide = Settings { precision: Precision::F32, ..lazy(1 << 20, 1, "wide") };
    assert!(simulate(&chain("chain:1"), &wide, &|_| ()).is_ok());
    let dense = Settings { method: Weights::Dense, ..wide.clone() };
    let error = simulate(&chain("chain:1"), &dense, &|_| ()).unwrap_err();
    assert!(error.to_string().contains("take lazy weights with a sampled readout"), "{error}");
    // All n columns, and so all entries.
    let integrated = Settings { readout: Readout::Integrated, ..wide };
    let error = simulate(&chain("chain:1"), &integrated, &|_| ()).unwrap_err();
    assert!(error.to_string().contains("take lazy weights with a projected readout"), "{error}");
}

/// The draws are the same, rounded, so each sum agrees to single precision.
#[test]
fn single_precision_rounds_the_same_networks() {
    let program = chain("complete:3");
    for width in [8, 2000] {
        let double = lazy(width, 60, "precision");
        let single = Settings { precision: Precision::F32, ..double.clone() };
        let (double, single) =
            (simulate(&program, &double, &|_| ()).unwrap(), simulate(&program, &single, &|_| ()).unwrap());
        for (double, single) in double.nodes.iter().zip(&single.nodes) {
            for (x, y) in [(&double.a, &single.a), (&double.b, &single.b), (&double.second_moment, &single.second_moment)] {
                assert!((x.mean() / y.mean() - 1.0).abs() < 1e-4, "{x:?} {y:?}");
                assert!(x.mean().to_bits() != y.mean().to_bits());
            }
        }
    }
}

/// A longer run begins with the networks of a shorter one, also when the shorter ends inside a block: what later queries draw does
/// not depend on how many networks are beside.
#[test]
fn more_samples_extend_a_run() {
    let program = chain("chain:2");
    let size = lazy_block_size(64) as u64;
    let changes = |samples: u64| -> Vec<f64> {
        let settings = lazy(64, samples, "extend");
        let batch = block(&program, &settings, 1).unwrap();
        let source = program.readout()[0].source;
        let flow = batch.gradients(&[(source, batch.value(source).clone())]).unwrap();
        let change = batch.tangents(&flow).unwrap().at(program.nodes()[1].op).unwrap().clone();
        change.sum(1).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    };
    assert_eq!(changes(size + 3), changes(2 * size)[..3]);
}

/// At width 1 a network of depth 6 is dead with probability 1 − 2⁻⁶; nothing turns into NaN.
#[test]
fn dead_networks_change_nothing() {
    for (width, readout) in
        [(1, Readout::Sampled), (2, Readout::Projected), (1, Readout::Projected), (2, Readout::Integrated)]
    {
        let settings = Settings { readout, ..lazy(width, 3000, "dead") };
        let simulation = simulate(&chain("chain:6"), &settings, &|_| ()).unwrap();
        let moments = |node: &archscale_sim::NodeEstimate| -> [Moments; 4] {
            [node.second_moment.clone(), node.a.clone(), node.b.clone(), node.squared_change.clone()]
        };
        assert!(simulation.nodes.iter().flat_map(moments).all(|m| m.non_finite() == 0));
    }
}

/// As for dense networks: the run calls all that an overflow reaches NaN.
#[test]
fn overflow_is_not_averaged_away() {
    let whole = |x: i32| Gain::from_integer(x.into());
    let mut builder = ProgramBuilder::new();
    let mut h = builder.input(whole(1)).unwrap();
    for v in 1..=5 {
        let z = builder.dense(vec![(whole(10).pow(300), h)]).unwrap();
        builder.report_at(v, z, 1).unwrap();
        h = builder.act(Activation::RELU, z).unwrap();
    }
    let program = builder.readout(vec![(whole(2), h)]).unwrap();
    for readout in [Readout::Sampled, Readout::Projected, Readout::Integrated] {
        let simulation = simulate(&program, &Settings { readout, ..lazy(8, 50, "overflow") }, &|_| ()).unwrap();
        assert!(simulation.nodes[0].second_moment.mean() > 1e299);
        for node in &simulation.nodes {
            for moments in [&node.a, &node.b, &node.squared_change] {
                assert_eq!(moments.non_finite(), 50, "{readout:?} {node:?}");
            }
        }
        assert!(simulation.nodes[1..].iter().all(|node| node.second_moment.non_finite() == 50));
    }
    assert_eq!(kernel_sums(&program, 3, &lazy(8, 50, "overflow"), &|_| ()).unwrap().b.non_finite(), 50);
}

/// The kernel's sums come lazily too, as the draw of all entries: K of the first vertex is (n/2) I whatever the weights.
#[test]
fn kernel_of_the_first_vertex() {
    let sums = kernel_sums(&chain("chain:2"), 0, &lazy(7, 40, "kernel"), &|_| ()).unwrap();
    assert!((sums.b.mean() - 0.25).abs() < 1e-12 && (sums.b_tilde.mean() - 7.0 / 4.0).abs() < 1e-12);
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let (program, settings) = (chain("chain:2"), lazy(4, 2, "refused"));
    let batch = block(&program, &settings, 0).unwrap();
    let one: Vec<Arc<dyn Matrix>> = batch.weights(1).to_vec();
    assert!(matches!(Networks::with_weights(&program, &draw(&settings), one), Err(NetsError::Shape { .. })));
}
