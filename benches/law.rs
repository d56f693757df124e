//! Cost of the closed forms and of the path sums.

#![allow(clippy::unwrap_used, missing_docs)]

use archscale::model::{Architecture, InitRule, PathSums, random_graph};
use archscale::theory::{PairTables, ReluDag, finite_moments, limit_moments};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use num_rational::BigRational;
use rand::{Rng, SeedableRng};

fn dag(text: &str) -> ReluDag {
    ReluDag::new(&Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap(), "the exact law").unwrap()
}

fn laws(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("A and B at n = 64");
    group.sample_size(10);
    for text in ["chain:8", "chain:40", "complete:8", "complete:12"] {
        let dag = dag(text);
        group.bench_with_input(BenchmarkId::new("f64", text), &dag, |bencher, dag| {
            bencher.iter(|| finite_moments::<f64>(dag, 64).unwrap());
        });
        group.bench_with_input(BenchmarkId::new("exact", text), &dag, |bencher, dag| {
            bencher.iter(|| finite_moments::<BigRational>(dag, 64).unwrap());
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("B");
    group.sample_size(10);
    for text in ["complete:12", "complete:100", "chain:1000"] {
        let dag = dag(text);
        group.bench_with_input(BenchmarkId::new("finite width", text), &dag, |bencher, dag| {
            bencher.iter(|| PairTables::<f64>::new(dag, 64).unwrap().label_parts(dag));
        });
        group.bench_with_input(BenchmarkId::new("limit", text), &dag, |bencher, dag| {
            bencher.iter(|| limit_moments::<f64>(dag).unwrap());
        });
    }
    group.finish();
}

fn paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("path sums");
    group.sample_size(10);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let random = random_graph(10_000, 1_000_000, |bound| rng.random_range(0..bound)).unwrap();
    group.bench_function("random DAG, 10,000 vertices, 1,000,000 edges", |bencher| {
        bencher.iter(|| PathSums::new(&random, InitRule::Target));
    });
    let chain = Architecture::parse("chain:100000").unwrap();
    group.bench_function("chain:100000", |bencher| bencher.iter(|| PathSums::new(chain.graph(), InitRule::Target)));
    group.finish();
}

criterion_group!(benches, laws, paths);
criterion_main!(benches);
