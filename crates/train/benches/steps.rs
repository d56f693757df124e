//! Steps per second of a chain of four hidden layers at width 128 and batch 32, beside the rate of its matrix products alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use archscale_model::{Architecture, InitRule};
use archscale_train::{Budget, Member, Protocol, Samples, Trainer};
use candle_core::{Device, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const DEPTH: usize = 4;
const WIDTH: usize = 128;
const BATCH: usize = 32;
const FEATURES: usize = 64;
const CLASSES: usize = 10;
/// Steps of one measurement.
const STEPS: u64 = 16;

/// Waves of ten frequencies: no real data, but numbers of the usual size.
fn samples() -> Arc<Samples> {
    let labels: Vec<u32> = (0..1024).map(|k| k % CLASSES as u32).collect();
    let inputs = labels.iter().enumerate().flat_map(|(k, &label)| {
        (0..FEATURES).map(move |j| (1.0 + f64::from(label)) * j as f64 * 0.1 + k as f64).map(|x| (x.sin() * 1.4) as f32)
    });
    Arc::new(Samples::classified(inputs.collect(), FEATURES, labels, CLASSES).unwrap())
}

/// Learning rates as a search spreads them, below those that diverge so that the work stays the same.
fn members(count: usize) -> Vec<Member> {
    let rate = |k: usize| 0.001 * 2f64.powf((k % 28) as f64 / 8.0);
    (0..count).map(|k| Member { learning_rate: rate(k), seed: k as u64 / 28 }).collect()
}

/// The products of one step of one network: forward, gradient by the source, gradient by the matrix.
fn products(matrix: &Tensor, value: &Tensor) {
    for _ in 0..DEPTH {
        black_box(matrix.matmul(value).unwrap());
        black_box(matrix.t().unwrap().matmul(value).unwrap());
        black_box(value.matmul(&value.t().unwrap()).unwrap());
    }
}

fn steps(c: &mut Criterion) {
    let program = Architecture::parse(&format!("chain:{DEPTH}")).unwrap().graph().lower(InitRule::Target).unwrap();
    let samples = samples();
    let protocol = Protocol { width: WIDTH, batch: BATCH, budget: Budget::Steps(u64::MAX), ..Protocol::default() };
    let mut group = c.benchmark_group("chain4");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    // One thread throughout, so that the rates compare; several networks also spread over several threads.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let random = |columns: usize| Tensor::randn(0f32, 0.1, (1, WIDTH, columns), &Device::Cpu).unwrap();
    let (matrix, value) = (random(WIDTH), random(BATCH));
    group.throughput(Throughput::Elements(1));
    group.bench_function("products", |b| b.iter(|| pool.install(|| products(&matrix, &value))));
    for networks in [1, 8, 56] {
        group.throughput(Throughput::Elements(networks as u64 * STEPS));
        group.bench_function(BenchmarkId::new("network-steps", networks), |b| {
            let mut trainer = Trainer::new(&program, &samples, &protocol, &members(networks)).unwrap();
            b.iter(|| pool.install(|| trainer.run(STEPS, &|_| ()).unwrap()));
            assert_eq!(trainer.progress().running, networks);
        });
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
