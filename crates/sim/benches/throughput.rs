//! Networks per second of the simulator beside the rates of its two bounds: drawing the normals and multiplying the matrices.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use archscale_model::{Architecture, ConvNetwork, InitRule, Lowering, Program};
use archscale_nets::TensorId;
use archscale_sim::{Precision, Readout, Settings, StreamKey, block_size, simulate};
use candle_core::{Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::Rng;
use rand_distr::StandardNormal;
use std::hint::black_box;
use std::time::Duration;

const DEPTH: usize = 4;

fn key(width: usize) -> StreamKey {
    StreamKey::new("throughput", format!("chain:{DEPTH} at width {width}"), 1)
}

fn program() -> Program {
    Architecture::parse(&format!("chain:{DEPTH}")).unwrap().graph().lower(InitRule::Target).unwrap()
}

/// The normals of one block: DEPTH matrices and a readout vector per network.
fn draw(width: usize) -> f64 {
    let count = block_size(width) * width * width;
    let mut sum = 0.0;
    for k in 0..DEPTH {
        let mut rng = key(width).rng(0, TensorId::Weight(k as u32));
        let normals: Vec<f64> = (0..count).map(|_| rng.sample(StandardNormal)).collect();
        sum += black_box(normals)[0];
    }
    sum
}

/// The matrix products of one block: forward, gradient and tangent of every layer that needs one.
fn products(matrices: &Tensor, columns: &Tensor, vector: &Tensor) {
    let transposed = matrices.t().unwrap();
    for _ in 0..DEPTH {
        black_box(matrices.matmul(vector).unwrap());
    }
    for _ in 0..DEPTH - 1 {
        black_box(transposed.matmul(columns).unwrap());
        black_box(matrices.matmul(columns).unwrap());
    }
}

fn throughput(c: &mut Criterion) {
    let program = program();
    let mut group = c.benchmark_group("chain4");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    // One thread throughout, so that the three rates compare.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for width in [4, 16, 64, 256] {
        let block = block_size(width);
        group.throughput(Throughput::Elements(block as u64));
        group.bench_function(BenchmarkId::new("normals", width), |b| b.iter(|| draw(width)));
        let shape = (block, width, width);
        let random = |shape: (usize, usize, usize)| Tensor::randn(0.0, 1.0, shape, &Device::Cpu).unwrap();
        let (matrices, square, vector) = (random(shape), random(shape), random((block, width, 1)));
        for (readout, columns) in [(Readout::Sampled, &vector), (Readout::Integrated, &square)] {
            let name = format!("{readout:?}").to_lowercase();
            group.bench_function(BenchmarkId::new(format!("products-{name}"), width), |b| {
                b.iter(|| pool.install(|| products(&matrices, columns, &vector)));
            });
            for precision in [Precision::F64, Precision::F32] {
                let settings = Settings { readout, precision, ..Settings::new(width, block as u64, key(width)) };
                group.bench_function(BenchmarkId::new(format!("simulate-{name}-{precision}"), width), |b| {
                    b.iter(|| pool.install(|| simulate(&program, &settings, &|_| ()).unwrap()));
                });
            }
        }
    }
    group.finish();
}

/// Networks over an image of 8 × 8 positions, 32 channels, kernels of side 3: both paddings, drawn and projected readouts, beside the
/// normals that they draw.
fn images(c: &mut Criterion) {
    const WIDTH: usize = 32;
    const SAMPLES: u64 = 16;
    let mut group = c.benchmark_group("conv4 8x8");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Elements(SAMPLES));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for (name, padding, input) in
        [("circular", "circular", "smooth"), ("zero", "zero", "smooth"), ("zero-constant", "zero", "constant")]
    {
        let text = format!("conv:depth={DEPTH},kernel=3,dims=2,size=8,padding={padding},readout=gap,input={input}");
        let network = ConvNetwork::parse(&text).unwrap();
        let program = network.lower(&Lowering::new(InitRule::Target)).unwrap();
        let columns = 9 * (network.image().unwrap().factor().unwrap().len() + (DEPTH - 1) * WIDTH);
        group.bench_function(BenchmarkId::new("normals", name), |b| {
            b.iter(|| {
                let mut rng = key(WIDTH).rng(0, TensorId::Weight(0));
                let count = SAMPLES as usize * WIDTH * columns;
                black_box((0..count).map(|_| rng.sample::<f64, _>(StandardNormal)).collect::<Vec<f64>>())
            });
        });
        for readout in [Readout::Sampled, Readout::Projected] {
            let settings = Settings { readout, ..Settings::new(WIDTH, SAMPLES, key(WIDTH)) };
            let name = BenchmarkId::new(format!("simulate-{readout:?}").to_lowercase(), name);
            group.bench_function(name, |b| {
                b.iter(|| pool.install(|| simulate(&program, &settings, &|_| ()).unwrap()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, throughput, images);
criterion_main!(benches);
