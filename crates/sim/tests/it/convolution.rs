//! Convolutions: values and gradients against products of explicit matrices over positions, tangents against gradients and true steps,
//! and the refusals.
use archscale_model::{
    Activation, ConvNetwork, Convention, Gain, Grid, Image, InitRule, Lowering, Op, Padding, PositionReadout, Program,
    ProgramBuilder, ops,
};
use archscale_nets::{Flow, Networks, TensorId};
use archscale_sim::{Readout, Settings, SimError, StreamKey, Weights, block, gradient_step, kernel_sums, simulate};
use candle_core::{DType, Device, Tensor, Var};
use num_traits::ToPrimitive;
use rand::Rng;
use rand_distr::StandardNormal;

/// Networks over images of every dimension, padding, readout and kind of edge: chains, skips and cells with pooling.
const NETWORKS: [&str; 12] = [
    "conv:depth=2,kernel=3,size=5,padding=zero,readout=gap,input=iid",
    "conv:depth=3,kernel=5,size=6,padding=circular,readout=flatten,input=smooth",
    "conv:depth=2,kernel=1,size=4,padding=zero,readout=single:2,input=iid",
    "conv:depth=3,kernel=3,dims=2,size=3x4,padding=zero,readout=flatten,input=smooth",
    "conv:depth=2,kernel=3,dims=2,size=3,padding=circular,readout=single:5,input=spectrum",
    "conv:depth=3,kernel=3,size=12,padding=zero,readout=single:0,input=constant",
    "conv:depth=2,kernel=3,size=5,padding=zero,readout=gap,input=iid,channels=7",
    "conv:kernel=3,size=5,padding=zero,readout=gap,input=mix:0.5,net=cell:2_12_112",
    "conv:kernel=3,size=4,padding=circular,readout=flatten,input=iid,net=complete:3",
    "conv:kernel=3,size=5,padding=zero,readout=gap,input=iid,net=nas:3_24_440",
    "conv:kernel=3,dims=2,size=3x4,padding=zero,readout=single:1,input=smooth,net=nas:4_23_314",
    "conv:kernel=3,dims=2,size=4,padding=circular,readout=gap,input=smooth,net=nas:2_34_143",
];

/// Every network with ReLU, tanh and GELU, in the pre-activation and the preact convention.
fn programs() -> Vec<(String, Program)> {
    let mut programs = Vec::new();
    for text in NETWORKS {
        let network = ConvNetwork::parse(text).unwrap();
        for (activation, convention) in [
            (Activation::RELU, Convention::Pre),
            (Activation::TANH, Convention::Pre),
            (Activation::GELU, Convention::Preact),
        ] {
            let how = Lowering::new(InitRule::Target).with_activation(activation).with_convention(convention);
            programs.push((format!("{text} {activation} {convention}"), network.lower(&how).unwrap()));
        }
    }
    programs
}

fn settings(width: usize, samples: u64, case: &str) -> Settings {
    Settings::new(width, samples, StreamKey::new("sim convolution", case, 1))
}

fn norm(x: &Tensor) -> f64 {
    x.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap().sqrt()
}

fn dot(x: &Tensor, y: &Tensor) -> f64 {
    (x * y).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap()
}

fn normal(shape: (usize, usize, usize), case: &str) -> Tensor {
    let mut rng = StreamKey::new("sim convolution", case, 2).rng(0, TensorId::Label);
    let entries: Vec<f64> = (0..shape.0 * shape.1 * shape.2).map(|_| rng.sample(StandardNormal)).collect();
    Tensor::from_vec(entries, shape, &Device::Cpu).unwrap()
}

/// x shifted by a tap, x(p + k) at p, as a product with a matrix of zeros and ones.
fn shift(targets: &[Option<usize>]) -> Tensor {
    let m = targets.len();
    let mut entries = vec![0.0; m * m];
    for (p, target) in targets.iter().enumerate() {
        if let Some(target) = target {
            entries[target * m + p] = 1.0;
        }
    }
    Tensor::from_vec(entries, (m, m), &Device::Cpu).unwrap()
}

/// Average pooling from its definition, as a matrix that multiplies fields from the right.
fn pooling(grid: &Grid, kernel: usize) -> Tensor {
    let taps = grid.taps(kernel).unwrap();
    let m = grid.positions();
    let total = taps.iter().map(|targets| shift(targets)).reduce(|a, b| (a + b).unwrap()).unwrap();
    let counts = total.sum_keepdim(0).unwrap();
    total.broadcast_div(&counts).unwrap().reshape((m, m)).unwrap()
}

/// Each field (R, c, m) times one matrix over positions.
fn along_positions(x: &Tensor, matrix: &Tensor) -> Tensor {
    x.matmul(
        &matrix
            .broadcast_as((x.dim(0).unwrap(), matrix.dim(0).unwrap(), matrix.dim(1).unwrap()))
            .unwrap()
            .contiguous()
            .unwrap(),
    )
    .unwrap()
}

/// Σ_k W_k x(p + k), where W (R, n, q·c) holds tap after tap.
fn convolve(weights: &Tensor, x: &Tensor, taps: &[Vec<Option<usize>>]) -> Tensor {
    let c = x.dim(1).unwrap();
    let term = |(tap, targets): (usize, &Vec<Option<usize>>)| {
        let matrix = weights.narrow(2, tap * c, c).unwrap().contiguous().unwrap();
        matrix.matmul(&along_positions(x, &shift(targets))).unwrap()
    };
    taps.iter().enumerate().map(term).reduce(|a, b| (a + b).unwrap()).unwrap()
}

fn gate(z: &Tensor) -> Tensor {
    z.detach().gt(0.0).unwrap().to_dtype(DType::F64).unwrap()
}

fn activate(activation: &Activation, z: &Tensor) -> Tensor {
    match activation.to_string().as_str() {
        "relu" => (gate(z) * z).unwrap(),
        "tanh" => z.tanh().unwrap(),
        "gelu" => {
            let cdf = ((z * std::f64::consts::FRAC_1_SQRT_2).unwrap().erf().unwrap() + 1.0).unwrap();
            (z * (cdf * 0.5).unwrap()).unwrap()
        }
        other => panic!("{other}"),
    }
}

/// The same program written against candle's differentiable operations.
fn forward_with_variables(program: &Program, batch: &Networks) -> (Vec<Vec<Var>>, Vec<Tensor>) {
    let grid = program.readout_grid().unwrap();
    let (mut variables, mut values): (Vec<Vec<Var>>, Vec<Tensor>) = (Vec::new(), Vec::new());
    for (op, what) in program.ops().iter().enumerate() {
        let own: Vec<Var> =
            batch.weights(op).iter().map(|matrix| Var::from_tensor(&matrix.to_tensor().unwrap()).unwrap()).collect();
        values.push(match what {
            Op::Image(_) => batch.value(op).contiguous().unwrap(),
            Op::Conv(ops::Conv { terms, .. }) => terms
                .iter()
                .zip(&own)
                .map(|(term, matrix)| convolve(matrix.as_tensor(), &values[term.source], &grid.taps(term.kernel).unwrap()))
                .reduce(|a, b| (a + b).unwrap())
                .unwrap(),
            Op::Pool(ops::Pool { kernel, source, .. }) => along_positions(&values[*source], &pooling(grid, *kernel)),
            Op::Act(ops::Act { activation, source }) => activate(activation, &values[*source]),
            Op::Sum(ops::Sum { terms }) => terms
                .iter()
                .map(|term| (&values[term.source] * term.gain.to_f64().unwrap()).unwrap())
                .reduce(|a, b| (a + b).unwrap())
                .unwrap(),
            other => panic!("{other:?}"),
        });
        variables.push(own);
    }
    (variables, values)
}

fn output_gradient(program: &Program, batch: &Networks, settings: &Settings) -> (Vec<Tensor>, Flow) {
    let readout = batch.draw_readout(&settings.key, 0).unwrap();
    let seeds: Vec<_> = program.readout().iter().map(|term| term.source).zip(readout.iter().cloned()).collect();
    let flow = batch.gradients(&seeds).unwrap();
    (readout, flow)
}

/// The programs hold what the tests claim to cover.
#[test]
fn programs_hold_every_operation() {
    let programs = programs();
    let count =
        |wanted: &dyn Fn(&Op) -> bool| programs.iter().filter(|(_, program)| program.ops().iter().any(wanted)).count();
    assert_eq!(programs.len(), 36);
    assert!(count(&|op| matches!(op, Op::Pool(_))) >= 9, "{}", count(&|op| matches!(op, Op::Pool(_))));
    assert!(count(&|op| matches!(op, Op::Sum(_))) >= 12);
    assert!(count(&|op| matches!(op, Op::Conv(ops::Conv { terms, .. }) if terms.len() > 1)) >= 6);
    let mixed =
        |op: &Op| matches!(op, Op::Conv(ops::Conv { terms, .. }) if terms.iter().any(|term| term.kernel != terms[0].kernel));
    assert!(count(&mixed) >= 3);
}

/// Values agree with explicit sums over taps to 1e-12 of their norm and every gradient of f with candle's to 1e-10 of its norm
/// (double precision, sums of at most a few hundred terms).
#[test]
fn gradients_are_those_of_automatic_differentiation() {
    let mut matrices = 0;
    for (name, program) in programs() {
        let settings = settings(4, 3, &name);
        let batch = block(&program, &settings, 0).unwrap();
        let (readout, flow) = output_gradient(&program, &batch, &settings);
        let ours = batch.weight_gradients(&flow).unwrap();
        let (variables, values) = forward_with_variables(&program, &batch);
        for (op, value) in values.iter().enumerate() {
            assert!(norm(&(value - batch.value(op)).unwrap()) <= 1e-12 * norm(value), "value of {op} in {name}");
        }
        let f = program
            .readout()
            .iter()
            .zip(&readout)
            .map(|(term, vector)| (&values[term.source] * vector).unwrap().sum_all().unwrap())
            .reduce(|a, b| (a + b).unwrap())
            .unwrap();
        let outputs: f64 = batch.output(&readout).unwrap().iter().sum();
        assert!((f.to_scalar::<f64>().unwrap() - outputs).abs() <= 1e-12 * (1.0 + outputs.abs()));
        let store = f.backward().unwrap();
        for (op, own) in variables.iter().enumerate() {
            for (term, variable) in own.iter().enumerate() {
                let Some(candle) = store.get(variable) else {
                    assert!(ours[op].is_empty(), "candle finds no path from operation {op} to f in {name}");
                    continue;
                };
                let scale = norm(candle);
                let distance = norm(&(ours[op][term].to_tensor().unwrap() - candle).unwrap());
                assert!(distance <= 1e-10 * scale, "operation {op} term {term} in {name}: {distance} of {scale}");
                matrices += u32::from(scale > 0.0);
            }
        }
    }
    assert!(matrices > 100, "{matrices}");
}

/// ⟨tangent along D, u⟩ = ⟨D, gradient of ⟨x_op, u⟩⟩ where D is the weight gradient of f.
#[test]
fn tangent_is_the_adjoint_of_the_gradient() {
    let mut nonzero = 0;
    for (name, program) in programs() {
        // Both orders of the product that moves a convolution along its gradient: few and many positions beside the width.
        // Lazy weights, which are slow at so small a width, with ReLU alone.
        let lazy = name.contains("relu").then_some((3, Weights::Lazy));
        for (width, method) in [(2, Weights::Dense), (7, Weights::Dense)].into_iter().chain(lazy) {
            let settings = Settings { method, ..settings(width, 3, &name) };
            let batch = block(&program, &settings, 0).unwrap();
            let (_, flow) = output_gradient(&program, &batch, &settings);
            let direction = batch.weight_gradients(&flow).unwrap();
            let tangents = batch.tangents(&flow).unwrap();
            for op in 1..=program.nodes().iter().map(|node| node.op).max().unwrap() {
                let probe = normal((3, width, batch.positions()), &format!("{name} {op}"));
                let gradient = batch.weight_gradients(&batch.gradients(&[(op, probe.clone())]).unwrap()).unwrap();
                let (mut right, mut scale) = (0.0, 0.0);
                let pairs = direction.iter().zip(&gradient).flat_map(|(direction, gradient)| direction.iter().zip(gradient));
                for (direction, gradient) in pairs {
                    let (direction, gradient) = (direction.to_tensor().unwrap(), gradient.to_tensor().unwrap());
                    right += dot(&direction, &gradient);
                    scale += norm(&direction) * norm(&gradient);
                }
                let left = tangents.at(op).map_or(0.0, |tangent| dot(tangent, &probe));
                assert!(
                    (left - right).abs() <= 1e-11 * scale,
                    "{left} {right} at operation {op} of {name}, {method} at width {width}"
                );
                nonzero += u32::from(left != 0.0);
            }
        }
    }
    assert!(nonzero > 200, "{nonzero}");
}

/// Lazy weights over an image are one matrix for all that asks of them: values, gradients and the entries drawn at last agree.
#[test]
fn lazy_weights_answer_as_their_entries_do() {
    for (name, program) in programs().into_iter().step_by(3) {
        let settings = Settings { method: Weights::Lazy, ..settings(4, 2, &name) };
        let batch = block(&program, &settings, 0).unwrap();
        let (_, flow) = output_gradient(&program, &batch, &settings);
        let tangents = batch.tangents(&flow).unwrap();
        let (_, values) = forward_with_variables(&program, &batch);
        for (op, value) in values.iter().enumerate() {
            assert!(norm(&(value - batch.value(op)).unwrap()) <= 1e-11 * norm(value), "value of {op} in {name}");
        }
        let last = program.nodes().last().unwrap().op;
        assert!(norm(tangents.at(last).unwrap()) > 0.0);
        let auto = Settings { method: Weights::Auto, readout: Readout::Integrated, ..settings.clone() };
        let simulation = simulate(&program, &auto, &|_| ()).unwrap();
        assert_eq!((simulation.method, simulation.readout), (Weights::Dense, Readout::Integrated));
    }
}

/// Several functions at once are each of them alone: gradients and tangents of three probes side by side.
#[test]
fn functions_side_by_side_are_each_of_them_alone() {
    let mut compared = 0;
    for (name, program) in programs() {
        for width in [2, 5] {
            let batch = block(&program, &settings(width, 2, &name), 0).unwrap();
            let (m, source) = (batch.positions(), program.readout()[0].source);
            let probes = normal((2, width, 3 * m), &name);
            let together = batch.gradients(&[(source, probes.clone())]).unwrap();
            let tangents = batch.tangents(&together).unwrap();
            for function in 0..3 {
                let part = |x: &Tensor| x.narrow(2, function * m, m).unwrap().contiguous().unwrap();
                let alone = batch.gradients(&[(source, part(&probes))]).unwrap();
                let alone_tangents = batch.tangents(&alone).unwrap();
                for op in 0..program.ops().len() {
                    for (both, alone) in [(together.at(op), alone.at(op)), (tangents.at(op), alone_tangents.at(op))] {
                        let (Some(both), Some(alone)) = (both, alone) else { continue };
                        let distance = norm(&(part(both) - alone).unwrap());
                        assert!(distance <= 1e-12 * norm(alone), "{distance} at operation {op} of {name}");
                        compared += u32::from(norm(alone) > 0.0);
                    }
                }
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
}

/// The distance between a true step's quotient and the tangent falls in proportion to η, to a relative 2e-3, for smooth activations.
#[test]
fn a_true_step_tends_to_its_tangent_at_rate_eta() {
    let mut compared = 0;
    for (name, program) in programs().into_iter().filter(|(name, _)| name.contains("tanh")) {
        let settings = settings(3, 40, &name);
        let step = |eta: f64| gradient_step(&program, &settings, eta, &|_| ()).unwrap();
        let (first, second) = (step(2e-5), step(1e-5));
        let reported = first.nodes.iter().zip(&second.nodes);
        for (first, second) in reported.skip(1).filter(|(first, _)| first.relative_distance() > 1e-8) {
            let ratio = first.relative_distance() / second.relative_distance();
            assert!((ratio - 2.0).abs() < 2e-3, "{name} vertex {}: {ratio}", first.id);
            compared += 1;
        }
        assert!(first.nodes[0].relative_distance() < 1e-8, "{name}: the first vertex is linear in its weights");
        let simulation = simulate(&program, &settings, &|_| ()).unwrap();
        for (node, step) in simulation.nodes.iter().zip(&first.nodes) {
            let (left, right) = (node.squared_change.mean(), step.squared_tangent.mean());
            assert!((left - right).abs() <= 1e-12 * left.abs(), "{left} {right}");
        }
    }
    assert!(compared > 20, "{compared}");
}

/// ⟨W x, δ⟩ = ⟨x, Wᵀδ⟩ holds for the gradient, which reads δ through every tap turned around, and not for the twin that forgets the turn.
#[test]
fn a_gradient_that_forgets_to_turn_the_taps_is_caught() {
    let (networks, n) = (2, 3);
    for (grid, kernel) in [
        (Grid::new(vec![5], Padding::Zero).unwrap(), 3),
        (Grid::new(vec![3, 4], Padding::Zero).unwrap(), 3),
        (Grid::new(vec![5], Padding::Circular).unwrap(), 3),
    ] {
        let m = grid.positions();
        let one = || Gain::from_integer(1.into());
        let mut builder = ProgramBuilder::new();
        let gram = (0..m * m).map(|index| if index / m == index % m { 0.5 } else { 0.0 }).collect();
        let x = builder.image(Image::new(grid.clone(), gram, None).unwrap()).unwrap();
        let y = builder.conv(vec![(one(), kernel, x)]).unwrap();
        let z = builder.conv(vec![(one(), kernel, y)]).unwrap();
        builder.report_at(1, z, 1).unwrap();
        let program = builder.readout(vec![(one(), z)]).unwrap();
        let batch = block(&program, &settings(n, networks as u64, "turn"), 0).unwrap();
        let (field, delta) = (batch.value(y), normal((networks, n, m), "turn"));
        let left = dot(batch.value(z), &delta);
        let scale = norm(batch.value(z)) * norm(&delta);
        let flow = batch.gradients(&[(z, delta.clone())]).unwrap();
        assert!((left - dot(field, flow.at(y).unwrap())).abs() <= 1e-13 * scale);
        let taps = grid.taps(kernel).unwrap();
        let weights = batch.weights(z)[0].to_tensor().unwrap();
        let transposed = |tap: usize| weights.narrow(2, tap * n, n).unwrap().t().unwrap().contiguous().unwrap();
        let wrong = taps
            .iter()
            .enumerate()
            .map(|(tap, targets)| transposed(tap).matmul(&along_positions(&delta, &shift(targets))).unwrap())
            .reduce(|a, b| (a + b).unwrap())
            .unwrap();
        // A millionth is far above the rounding that the right one is allowed.
        assert!((left - dot(field, &wrong)).abs() > 1e-6 * scale, "{left} {}", dot(field, &wrong));
    }
}

/// A convolution that reads two images beside a field moves along its gradient by the sum of the three.
#[test]
fn images_and_fields_meet_in_one_convolution() {
    let grid = Grid::new(vec![4], Padding::Zero).unwrap();
    let gain = |c: i32| Gain::from_integer(c.into());
    let image = |scale: f64, channels| {
        let gram = (0..16).map(|index| scale * 0.5_f64.powi((index / 4 - index % 4_i32).abs())).collect();
        Image::new(grid.clone(), gram, channels).unwrap()
    };
    let mut builder = ProgramBuilder::new();
    let (x, y) = (builder.image(image(0.5, None)).unwrap(), builder.image(image(2.0, Some(6))).unwrap());
    let z = builder.conv(vec![(gain(2), 3, x)]).unwrap();
    let h = builder.act(Activation::TANH, z).unwrap();
    let last = builder.conv(vec![(gain(1), 3, y), (gain(2), 1, h), (gain(1), 3, x)]).unwrap();
    builder.report_at(1, last, 1).unwrap();
    let program = builder.readout_over(vec![(gain(1), last)], PositionReadout::Flatten).unwrap();
    let settings = settings(3, 20, "meet");
    let batch = block(&program, &settings, 0).unwrap();
    assert_eq!(batch.weights(last)[0].to_tensor().unwrap().dims(), [20, 3, 3 * 4]);
    let step = gradient_step(&program, &settings, 1e-7, &|_| ()).unwrap();
    assert!(step.nodes[0].relative_distance() < 1e-5, "{}", step.nodes[0].relative_distance());
    // Column c of tap k reads row c of √N U.
    let direct =
        convolve(&batch.weights(z)[0].to_tensor().unwrap(), &batch.value(x).contiguous().unwrap(), &grid.taps(3).unwrap());
    assert!(norm(&(direct - batch.value(z)).unwrap()) < 1e-13);
    let gram = |op: usize| {
        batch
            .value(op)
            .get(0)
            .unwrap()
            .t()
            .unwrap()
            .contiguous()
            .unwrap()
            .matmul(&batch.value(op).get(0).unwrap().contiguous().unwrap())
            .unwrap()
    };
    for (op, channels, scale) in [(x, 3.0, 0.5), (y, 6.0, 2.0)] {
        let found: Vec<f64> = gram(op).flatten_all().unwrap().to_vec1().unwrap();
        for (index, entry) in found.iter().enumerate() {
            let expected = channels * scale * 0.5_f64.powi(((index / 4) as i32 - (index % 4) as i32).abs());
            assert!((entry - expected).abs() < 1e-13);
        }
    }
}

#[test]
fn what_has_no_meaning_over_an_image_is_refused() {
    let network = ConvNetwork::parse("conv:depth=2,kernel=3,size=4,input=iid").unwrap();
    let program = network.lower(&Lowering::new(InitRule::Target)).unwrap();
    let error = kernel_sums(&program, 0, &settings(3, 5, "refused"), &|_| ()).unwrap_err();
    assert!(matches!(&error, SimError::OverImages { grid, .. } if grid == "4×4" || grid == "4"), "{error}");
    assert!(error.to_string().contains("use a program over vectors"), "{error}");
    let huge = simulate(&program, &settings(1 << 20, 5, "refused"), &|_| ()).unwrap_err();
    assert!(matches!(huge, SimError::Memory { .. }), "{huge}");
    assert!(matches!(simulate(&program, &settings(usize::MAX, 5, "refused"), &|_| ()), Err(SimError::Work { .. })));

    let grid = Grid::new(vec![2], Padding::Zero).unwrap();
    let image = || Image::new(grid.clone(), vec![0.5, 0.0, 0.0, 0.5], None).unwrap();
    let two = || Gain::from_integer(2.into());
    type Reader = fn(&mut ProgramBuilder, usize) -> usize;
    let readers: [Reader; 4] = [
        |builder, x| builder.act(Activation::RELU, x).unwrap(),
        |builder, x| builder.pool(1, x).unwrap(),
        |builder, x| builder.sum(vec![(Gain::from_integer(1.into()), x)]).unwrap(),
        |builder, x| builder.pointwise(crate::common::gated(), vec![x, x]).unwrap(),
    ];
    for reader in readers {
        let mut builder = ProgramBuilder::new();
        let x = builder.image(image()).unwrap();
        let y = reader(&mut builder, x);
        let z = builder.conv(vec![(two(), 1, y)]).unwrap();
        let program = builder.readout(vec![(two(), z)]).unwrap();
        let error = block(&program, &settings(2, 3, "refused"), 0).err().unwrap();
        assert!(error.to_string().starts_with("operation 1 reads the image at operation 0"), "{error}");
    }
    let mut builder = ProgramBuilder::new();
    let x = builder.image(image()).unwrap();
    builder.report_at(7, x, 1).unwrap();
    let z = builder.conv(vec![(two(), 1, x)]).unwrap();
    let program = builder.readout(vec![(two(), z)]).unwrap();
    assert!(simulate(&program, &settings(2, 3, "refused"), &|_| ()).unwrap_err().to_string().starts_with("vertex 7"));
}

/// Per-position means average to the means over positions, with the readout drawn and integrated out, and a vertex over vectors has none.
#[test]
fn positions_average_to_the_vertex() {
    for (name, program) in programs() {
        for readout in [Readout::Sampled, Readout::Projected, Readout::Integrated] {
            let settings = Settings { readout, ..settings(3, 30, &name) };
            let simulation = simulate(&program, &settings, &|_| ()).unwrap();
            for node in &simulation.nodes {
                let m = node.per_position.len() as f64;
                assert_eq!(node.per_position.len(), program.readout_grid().unwrap().positions());
                let sums = node.per_position.iter().fold([0.0; 4], |sums, position| {
                    let [a, b, c, d] = sums;
                    let means = [&position.second_moment, &position.a, &position.b, &position.squared_change];
                    let [e, f, g, h] = means.map(archscale_stats::Moments::mean);
                    [a + e, b + f, c + g, d + h]
                });
                let whole = [&node.second_moment, &node.a, &node.b, &node.squared_change];
                for (sum, whole) in sums.iter().zip(whole) {
                    assert!((sum / m - whole.mean()).abs() <= 1e-12 * whole.mean(), "{name} {readout:?}");
                }
            }
        }
    }
}
