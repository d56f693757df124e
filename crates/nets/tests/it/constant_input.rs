//! Networks of convolutions that are vector networks in disguise, over several true steps, to rounding.
//!
//! On a torus with a constant input every field is constant: z(p) = W_eff x with W_eff = Σ_k W_k. Each of the q taps has the
//! gradient that the one matrix of a vector network has, so a step of rate η moves W_eff as a step of rate qη moves that
//! matrix: at every width and every size of the step. And with kernel 1 the position that a single-position readout reads is
//! a vector network at rate η, whatever the other positions hold.
use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering, Op, PositionReadout, Program};
use archscale_nets::{Draw, Networks, StreamKey, Update};
use candle_core::{DType, Device, Tensor};

const NETWORKS: usize = 3;
const WIDTH: usize = 7;
const STEPS: usize = 3;

fn settings(case: &str) -> Draw {
    Draw::new(WIDTH, NETWORKS, StreamKey::new("sim constant input", case, 1))
}

fn largest(x: &Tensor) -> f64 {
    x.abs().unwrap().max_all().unwrap().to_scalar::<f64>().unwrap()
}

/// The vector network whose matrices are these, (R, n, n), by operation.
fn with_matrices(program: &Program, matrices: &[Tensor], settings: &Draw) -> Networks {
    let drawn = Networks::draw(program, settings, 0).unwrap();
    let identity = Tensor::eye(WIDTH, DType::F64, &Device::Cpu).unwrap().reshape((1, WIDTH, WIDTH)).unwrap();
    let identity = identity.broadcast_as((NETWORKS, WIDTH, WIDTH)).unwrap().contiguous().unwrap();
    let mut wanted = matrices.iter();
    let direction: Vec<Vec<Update>> = (0..program.ops().len())
        .map(|op| {
            let toward = |matrix: &std::sync::Arc<dyn archscale_nets::Matrix>| {
                let change = (wanted.next().unwrap() - matrix.to_tensor().unwrap()).unwrap();
                Update::new(change, identity.clone()).unwrap()
            };
            drawn.weights(op).iter().map(toward).collect()
        })
        .collect();
    assert!(wanted.next().is_none());
    drawn.moved(&[1.0; NETWORKS], &direction).unwrap()
}

/// One step of ½(f − y)² at rate η on the hidden weights.
fn step(batch: &Networks, source: usize, readout: &Tensor, labels: &[f64], eta: f64) -> Networks {
    let f = batch.output(std::slice::from_ref(readout)).unwrap();
    let factors: Vec<f64> = f.iter().zip(labels).map(|(f, y)| -eta * (f - y)).collect();
    let gradients = batch.gradients(&[(source, readout.clone())]).unwrap();
    batch.moved(&factors, &batch.weight_gradients(&gradients).unwrap()).unwrap()
}

/// Σ_k W_k of a convolution's matrix, (R, n, q·c).
fn sum_of_taps(weights: &Tensor, taps: usize) -> Tensor {
    let (networks, n, columns) = weights.dims3().unwrap();
    weights.reshape((networks, n, taps, columns / taps)).unwrap().sum(2).unwrap()
}

/// What one comparison came to.
struct Outcome {
    /// Largest difference of a pre-activation between the two networks after any step, relative to the largest.
    distance: f64,
    /// The least that a step changed the deepest pre-activation by, relative to its largest.
    change: f64,
}

/// Runs both networks at rate `eta`, which for the vector network is multiplied by `rate`.
fn compare(text: &str, eta: f64, rate: f64) -> Outcome {
    let network = ConvNetwork::parse(text).unwrap();
    let program = network.lower(&Lowering::new(InitRule::Target)).unwrap();
    let vectors = Architecture::parse("chain:3").unwrap().graph().lower(InitRule::Target).unwrap();
    let settings = settings(text);
    let mut convolutions = Networks::draw(&program, &settings, 0).unwrap();
    let m = convolutions.positions();
    let taps = network.grid().tap_count(network.kernel()).unwrap();
    let place = match network.readout() {
        PositionReadout::Single(at) => at,
        _ => 0,
    };
    // The first matrix meets the image's rows at `place`; the vector network's input has entries √½.
    let image = convolutions.value(0).narrow(2, place, 1).unwrap().contiguous().unwrap();
    let ones = Tensor::ones((NETWORKS, 1, WIDTH), DType::F64, &Device::Cpu).unwrap();
    let ones = (ones * (1.0 / (WIDTH as f64 * 0.5_f64.sqrt()))).unwrap();
    let mut matrices = Vec::new();
    for op in 0..program.ops().len() {
        for weights in convolutions.weights(op) {
            let effective = sum_of_taps(&weights.to_tensor().unwrap(), taps);
            matrices.push(if matrices.is_empty() {
                effective.matmul(&image).unwrap().matmul(&ones).unwrap()
            } else {
                effective
            });
        }
    }
    let mut vector = with_matrices(&vectors, &matrices, &settings);
    let readout = convolutions.draw_readout(&settings.key, 0).unwrap().remove(0);
    let joined = readout.sum_keepdim(2).unwrap();
    let sources = (program.readout()[0].source, vectors.readout()[0].source);
    let labels = [1.0, -1.0, 1.0];
    let mut outcome = Outcome { distance: 0.0, change: f64::INFINITY };
    for _ in 0..STEPS {
        let before = convolutions.value(program.nodes()[2].op).clone();
        convolutions = step(&convolutions, sources.0, &readout, &labels, eta);
        vector = step(&vector, sources.1, &joined, &labels, eta * rate);
        for (node, twin) in program.nodes().iter().zip(vectors.nodes()) {
            assert!(matches!(program.ops()[node.op], Op::Conv(_)));
            let (fields, expected) = (convolutions.value(node.op), vector.value(twin.op));
            let places = if network.kernel() == 1 { place..place + 1 } else { 0..m };
            for p in places {
                let distance = largest(&(fields.narrow(2, p, 1).unwrap() - expected).unwrap()) / largest(expected);
                outcome.distance = outcome.distance.max(distance);
            }
        }
        let after = convolutions.value(program.nodes()[2].op);
        outcome.change = outcome.change.min(largest(&(after - &before).unwrap()) / largest(&before));
    }
    outcome
}

/// Rounding: three steps through three layers with sums of fewer than 25 · 7 terms, so a relative 1e-12 is some 40 times the
/// rounding of one sum added up over all of them.
const ROUNDING: f64 = 1e-12;

/// 1-D and 2-D, kernels of side 3 and 5, three readouts. The twins take q for the side of the kernel (two dimensions), for 1
/// and for q²; each misses by more than a thousandth.
#[test]
fn a_constant_input_makes_a_vector_network_of_rate_q_eta() {
    let mut cases = 0;
    for (dims, size) in [(1, "5"), (2, "5"), (2, "5x6")] {
        for kernel in [3_u32, 5] {
            for readout in ["gap", "flatten", "single:3"] {
                let text = format!("conv:depth=3,kernel={kernel},dims={dims},size={size},readout={readout},input=constant");
                let q = f64::from(kernel.pow(dims));
                let outcome = compare(&text, 0.3 / q, q);
                assert!(outcome.distance <= ROUNDING, "{text}: {}", outcome.distance);
                assert!(outcome.change > 1e-2, "{text}: a step changes z by {} only", outcome.change);
                let side = f64::from(kernel);
                for wrong in [1.0, side, q * q].into_iter().filter(|wrong| *wrong != q) {
                    // Neither network's step grows beyond that of the right pair.
                    let distance = compare(&text, 0.3 / q.max(wrong), wrong).distance;
                    assert!(distance > 1e-3, "{text} with q = {wrong}: {distance}");
                }
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 18);
}

/// With zero padding the border reads fewer taps, and the identity must fail.
#[test]
fn zero_padding_breaks_the_identity() {
    let outcome = compare("conv:depth=3,kernel=3,size=5,padding=zero,readout=gap,input=constant", 0.1, 3.0);
    assert!(outcome.distance > 1e-2, "{}", outcome.distance);
}

/// Kernel 1, independent or correlated positions, either padding: at the position that is read, the vector network at the
/// same rate.
#[test]
fn kernel_one_read_at_a_position_is_a_vector_network() {
    for (padding, input) in [("circular", "iid"), ("zero", "iid"), ("zero", "smooth")] {
        for place in [0, 4] {
            let text = format!("conv:depth=3,kernel=1,dims=2,size=3,padding={padding},readout=single:{place},input={input}");
            let outcome = compare(&text, 0.3, 1.0);
            assert!(outcome.distance <= ROUNDING, "{text}: {}", outcome.distance);
            assert!(outcome.change > 1e-2, "{text}: {}", outcome.change);
        }
    }
}
