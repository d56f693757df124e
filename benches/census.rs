//! Cost of a census: reading every code, the exact law and the path sums of every structure, and the summary.

#![allow(clippy::unwrap_used, missing_docs)]

use archscale::census::{Census, Plan};
use archscale::model::{Activation, Convention, InitRule, SearchSpace};
use criterion::{Criterion, criterion_group, criterion_main};

fn plan(convention: Convention, activation: Activation) -> Plan {
    Plan { conventions: vec![convention], inits: vec![InitRule::Target], activation }
}

fn census(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("census, one convention and rule");
    group.sample_size(10);
    for convention in [Convention::Pre, Convention::Post] {
        for activation in [Activation::RELU, Activation::GELU] {
            let plan = plan(convention, activation);
            group.bench_function(format!("NAS-Bench-201, {convention}, {activation}"), |bencher| {
                bencher.iter(|| Census::take(SearchSpace::NAS_BENCH_201, &plan, &()).unwrap().summary());
            });
        }
        let plan = plan(convention, Activation::RELU);
        let space = SearchSpace::cells(4).unwrap();
        group.bench_function(format!("59,049 cells of four steps, {convention}, relu"), |bencher| {
            bencher.iter(|| Census::take(space, &plan, &()).unwrap().summary());
        });
    }
    let census = Census::take(SearchSpace::NAS_BENCH_201, &plan(Convention::Pre, Activation::RELU), &()).unwrap();
    group.bench_function("NAS-Bench-201, CSV in memory", |bencher| {
        bencher.iter(|| {
            let mut table = Vec::new();
            census.write_csv(0, &mut table).unwrap();
            table.len()
        });
    });
    group.finish();
}

criterion_group!(benches, census);
criterion_main!(benches);
