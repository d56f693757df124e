//! The same small networks on every device that this build and machine have, against loops in plain Rust.
//!
//! Random numbers come from the host, so all devices simulate the same networks and may differ by rounding alone. The bound
//! on that is derived, not fitted: f and G are sums of products of weights along paths, every operation multiplies a product
//! by a factor within 1 ± δ, so the error is at most (1 + δ)^m − 1 times the same sum with all terms positive, m factors a
//! product. A network with a neuron within its own rounding of a kink is not judged; seeds are fixed, so nothing is left to
//! chance.
use archscale_model::{Architecture, InitRule, Program};
use archscale_nets::{DeviceChoice, Draw, Networks, Precision, StreamKey};

const WIDTH: usize = 8;
const DEPTH: usize = 2;
const NETWORKS: usize = 64;

fn program() -> Program {
    Architecture::parse(&format!("chain:{DEPTH}")).unwrap().graph().lower(InitRule::Target).unwrap()
}

/// A network's matrices, row by row, and its readout.
struct Drawn {
    matrices: Vec<Vec<f64>>,
    readout: Vec<f64>,
}

/// f, and the mean square of G over the last vertex.
struct Found {
    f: f64,
    square: f64,
    /// Every pre-activation.
    z: Vec<f64>,
}

fn of_batch(batch: &Networks, settings: &Draw) -> (Vec<Drawn>, Vec<(f64, f64)>) {
    let program = program();
    let readout = batch.draw_readout(&settings.key, 0).unwrap();
    let source = program.readout()[0].source;
    let f = batch.output(&readout).unwrap();
    let tangents = batch.tangents(&batch.gradients(&[(source, readout[0].clone())]).unwrap()).unwrap();
    let rows = |x: &candle_core::Tensor| {
        x.flatten_from(1).unwrap().to_dtype(candle_core::DType::F64).unwrap().to_vec2::<f64>().unwrap()
    };
    let last = rows(tangents.at(program.nodes().last().unwrap().op).unwrap());
    let ops = program.nodes().iter().map(|node| rows(&batch.weights(node.op)[0].to_tensor().unwrap()));
    let weights: Vec<Vec<Vec<f64>>> = ops.collect();
    let readout = rows(&readout[0]);
    let drawn = (0..batch.networks())
        .map(|r| Drawn { matrices: weights.iter().map(|of_op| of_op[r].clone()).collect(), readout: readout[r].clone() });
    let square = |g: &Vec<f64>| g.iter().map(|g| g * g).sum::<f64>() / WIDTH as f64;
    (drawn.collect(), f.into_iter().zip(last.iter().map(square)).collect())
}

fn apply(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    matrix.chunks_exact(WIDTH).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
}

/// One network by loops: forward, backward and tangent.
fn by_loops(network: &Drawn) -> Found {
    let mut values = vec![vec![0.5_f64.sqrt(); WIDTH]];
    let mut gates: Vec<Vec<f64>> = Vec::new();
    let mut all = Vec::new();
    for matrix in &network.matrices {
        let z = apply(matrix, values.last().unwrap());
        all.extend_from_slice(&z);
        gates.push(z.iter().map(|z| f64::from(*z > 0.0)).collect());
        values.push(z.iter().map(|z| z.max(0.0)).collect());
    }
    let times = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).collect::<Vec<f64>>();
    let f = times(&network.readout, &values[DEPTH]).iter().sum();
    let mut deltas = vec![times(&network.readout, &gates[DEPTH - 1])];
    for layer in (1..DEPTH).rev() {
        let matrix = &network.matrices[layer];
        let back: Vec<f64> = (0..WIDTH).map(|j| (0..WIDTH).map(|i| matrix[i * WIDTH + j] * deltas[0][i]).sum()).collect();
        deltas.insert(0, times(&back, &gates[layer - 1]));
    }
    let mut change = vec![0.0; WIDTH];
    for layer in 0..DEPTH {
        let norm: f64 = values[layer].iter().map(|x| x * x).sum();
        let moved = if layer == 0 { change } else { apply(&network.matrices[layer], &times(&change, &gates[layer - 1])) };
        change = moved.iter().zip(&deltas[layer]).map(|(moved, delta)| moved + delta * norm).collect();
    }
    Found { f, square: change.iter().map(|g| g * g).sum::<f64>() / WIDTH as f64, z: all }
}

/// Networks judged, and those of them outside the bound, on one device.
fn outside(device: DeviceChoice, precision: Precision, reference: &[Drawn]) -> (usize, usize) {
    let key = StreamKey::new("devices", "chain", 1);
    let settings = Draw { device, precision, ..Draw::new(WIDTH, NETWORKS, key) };
    let (_, found) = of_batch(&Networks::draw(&program(), &settings, 0).unwrap(), &settings);
    assert_eq!(found.len(), reference.len());
    let unit = 0.5 * if precision == Precision::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    // A layer: a weight rounded, n products summed, a gate, and a sum over at most L terms; the loops round once more.
    let delta = (WIDTH + DEPTH + 4) as f64 * (unit + 0.5 * f64::EPSILON);
    let growth = |factors: usize| (factors as f64 * delta.ln_1p()).exp_m1();
    let absolute = |x: &Vec<f64>| x.iter().map(|x| x.abs()).collect::<Vec<f64>>();
    let far = |(network, &(f, square)): (&Drawn, &(f64, f64))| {
        let exact = by_loops(network);
        // All terms positive: every weight by its size, so that every gate is open.
        let positive =
            Drawn { matrices: network.matrices.iter().map(absolute).collect(), readout: absolute(&network.readout) };
        let largest = by_loops(&positive);
        let clear = |(z, largest): (&f64, &f64)| z.abs() > growth(DEPTH + 2) * largest;
        if !exact.z.iter().zip(&largest.z).all(clear) {
            return None;
        }
        // f: a factor a layer, the input and the readout. G: 2L − 2 layers, a squared norm, input twice, readout; squared.
        let bounds = [growth(DEPTH + 3) * largest.f, growth(2 * (2 * DEPTH + 3) + 1) * largest.square];
        let errors = [(f - exact.f).abs(), (square - exact.square).abs()];
        // Not `>`, which NaN passes.
        Some(!errors.iter().zip(bounds).all(|(error, bound)| *error <= bound))
    };
    let judged: Vec<bool> = reference.iter().zip(&found).filter_map(far).collect();
    (judged.len(), judged.into_iter().filter(|far| *far).count())
}

fn reference() -> Vec<Drawn> {
    let settings = Draw::new(WIDTH, NETWORKS, StreamKey::new("devices", "chain", 1));
    of_batch(&Networks::draw(&program(), &settings, 0).unwrap(), &settings).0
}

#[test]
fn every_device_agrees_with_loops_within_rounding() {
    let reference = reference();
    let mut covered = Vec::new();
    for precision in [Precision::F32, Precision::F64] {
        for device in [DeviceChoice::Cpu, DeviceChoice::Cuda(0), DeviceChoice::Metal] {
            // A build without the feature, a machine without the device, a device without the precision.
            if let Err(reason) = device.open(precision) {
                assert_ne!(device, DeviceChoice::Cpu, "{reason}");
                println!("not covered, {device} in {precision}: {reason}");
                continue;
            }
            let (judged, outside) = outside(device, precision, &reference);
            assert!(judged >= reference.len() - 4, "{device} in {precision} judges {judged} networks only");
            assert_eq!(outside, 0, "{device} in {precision}");
            covered.push(format!("{device} in {precision}"));
        }
    }
    println!("covered: {}", covered.join(", "));
    assert!(covered.len() >= 2);
}

#[test]
fn networks_off_by_one_per_cent_are_refused() {
    let mut reference = reference();
    for network in &mut reference {
        network.matrices[1].iter_mut().for_each(|weight| *weight *= 1.01);
    }
    for precision in [Precision::F32, Precision::F64] {
        // A dead network is the same whatever its weights, and in single precision the bound of some is wider than this.
        let (judged, outside) = outside(DeviceChoice::Cpu, precision, &reference);
        println!("refused in {precision}: {outside} of {judged}");
        assert!(4 * outside > 3 * judged, "{precision}: {outside} of {judged}");
    }
}
