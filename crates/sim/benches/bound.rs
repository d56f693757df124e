//! How near the simulator comes to what its networks must cost: drawing their normals and, where weights are dense, multiplying.
//!
//! All parts take turns on one thread, and the shortest of their times count, so that what else the machine does falls on none of
//! them alone. Without `--bench` (as a test) every part runs once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use archscale_model::{Architecture, InitRule};
use archscale_nets::TensorId;
use archscale_sim::{Precision, Settings, StreamKey, Weights, block_size, lazy_block_size, simulate};
use candle_core::{DType, Device, Tensor};

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds for each part: the shortest over the rounds.
fn shortest<const N: usize>(rounds: usize, parts: [&dyn Fn(); N]) -> [f64; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..rounds {
        for (best, part) in best.iter_mut().zip(parts) {
            let start = Instant::now();
            part();
            *best = start.elapsed().min(*best);
        }
    }
    best.map(|time| time.as_secs_f64())
}

/// Draws what a simulation draws, rounded and stored as it stores them, in tensors of `count`.
fn draw(key: &StreamKey, precision: Precision, tensors: usize, count: usize) {
    for k in 0..tensors {
        let tensor = TensorId::Weight(k as u32);
        match precision {
            Precision::F64 => drop(black_box(key.normals(0, tensor, count, |x| 0.5 * x))),
            Precision::F32 => drop(black_box(key.normals(0, tensor, count, |x| (0.5 * x) as f32))),
        }
    }
}

/// The matrix products of a block: forward at every layer, gradient and tangent at all but the first.
fn multiply(matrices: &[Tensor], vector: &Tensor) {
    for matrix in matrices {
        black_box(matrix.matmul(vector).unwrap());
    }
    for matrix in matrices[1..].iter().rev() {
        black_box(matrix.t().unwrap().matmul(vector).unwrap());
    }
    for matrix in &matrices[1..] {
        black_box(matrix.matmul(vector).unwrap());
    }
}

/// Prints a row: times per network in microseconds, and shares.
fn measure(depth: usize, width: usize, precision: Precision, rounds: usize) {
    let text = format!("chain:{depth}");
    let program = Architecture::parse(&text).unwrap().graph().lower(InitRule::Target).unwrap();
    let key = StreamKey::new("bound", format!("{text} at width {width}"), 1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // Several lazy blocks, which are short, so that a call is not spent on setting up.
    let (dense, lazy) = (block_size(width), 8 * lazy_block_size(width));
    let run = |method, networks: usize| {
        let settings = Settings { method, precision, ..Settings::new(width, networks as u64, key.clone()) };
        pool.install(|| simulate(&program, &settings, &|_| ()).unwrap());
    };
    let random = |shape: (usize, usize, usize)| {
        let dtype = if precision == Precision::F32 { DType::F32 } else { DType::F64 };
        Tensor::randn(0.0, 1.0, shape, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
    };
    let matrices: Vec<Tensor> = (0..depth).map(|_| random((dense, width, width))).collect();
    let vector = random((dense, width, 1));
    // What a lazy matrix answers: forward, gradient and tangent, but for the last two at the first layer; and a readout.
    let answers = 3 * depth - 1;
    let times = shortest(
        rounds,
        [
            &|| draw(&key, precision, depth, dense * width * width),
            &|| pool.install(|| multiply(&matrices, &vector)),
            &|| run(Weights::Dense, dense),
            &|| (0..8).for_each(|_| draw(&key, precision, answers, lazy / 8 * width)),
            &|| run(Weights::Lazy, lazy),
        ],
    );
    let counts = [dense, dense, dense, lazy, lazy];
    let [normals, products, of_dense, few_normals, of_lazy] = std::array::from_fn(|k| 1e6 * times[k] / counts[k] as f64);
    println!(
        "{text:>8} {width:>6} {precision:>4} | {normals:>9.1} {products:>9.1} {of_dense:>9.1} {:>5.0} % | {few_normals:>8.2} {of_lazy:>8.2} \
         {:>5.0} % | {:>6.1}",
        100.0 * (normals + products) / of_dense,
        100.0 * few_normals / of_lazy,
        of_dense / of_lazy
    );
}

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    println!("µs per network on one thread; a share is that of the bound (normals and products; when lazy, normals)");
    println!(
        "{:>20} | {:>9} {:>9} {:>9} {:>7} | {:>8} {:>8} {:>7} | {:>6}",
        "", "normals", "products", "dense", "share", "normals", "lazy", "share", "ratio"
    );
    for (depth, width, rounds) in [(4, 64, 60), (4, 256, 60), (8, 1024, 25)] {
        for precision in [Precision::F32, Precision::F64] {
            measure(depth, width, precision, if measured { rounds } else { 1 });
        }
    }
}
