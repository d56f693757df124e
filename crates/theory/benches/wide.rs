//! Cost of the infinite-width law: one cell, and the skip and linear part of a whole search space.

use archscale_model::{Activation, Gain, OpId, Program, ProgramBuilder};
use archscale_theory::{GaussianTable, WideSettings, wide_moments_with};
use criterion::{Criterion, criterion_group, criterion_main};

/// A cell by its digits (0 zero, 1 skip, 2 linear), gains of the target rule; `post` sums activations.
fn cell(rows: &[Vec<u8>], post: bool, activation: Activation) -> Option<Program> {
    let rational = |numerator: i64, denominator: i64| Gain::new(numerator.into(), denominator.into());
    let mut builder = ProgramBuilder::new();
    let input = builder.input(rational(1, 2)).ok()?;
    let stem = builder.dense(vec![(rational(2, 1), input)]).ok()?;
    let start = if post { builder.act(activation, stem).ok()? } else { stem };
    builder.report_at(0, start, 1).ok()?;
    let mut state: Vec<Option<OpId>> = vec![Some(start)];
    let mut activated: Vec<Option<OpId>> = vec![None; rows.len() + 1];
    for (index, row) in rows.iter().enumerate() {
        let in_degree = row.iter().filter(|digit| **digit > 0).count() as i64;
        let (mut linear, mut addends) = (Vec::new(), Vec::new());
        for (u, digit) in row.iter().enumerate() {
            let Some(source) = state[u] else { continue };
            match digit {
                0 => {}
                1 => addends.push((rational(1, 1), source)),
                _ if post => {
                    let slot = builder.dense(vec![(rational(2, in_degree), source)]).ok()?;
                    addends.push((rational(1, 1), builder.act(activation, slot).ok()?));
                }
                _ => {
                    let read = match activated[u] {
                        Some(read) => read,
                        None => builder.act(activation, source).ok()?,
                    };
                    activated[u] = Some(read);
                    linear.push((rational(2, in_degree), read));
                }
            }
        }
        if !linear.is_empty() {
            addends.push((rational(1, 1), builder.dense(linear).ok()?));
        }
        let node = if addends.is_empty() { None } else { Some(builder.sum(addends).ok()?) };
        if let Some(op) = node {
            builder.report_at(index + 1, op, in_degree as usize).ok()?;
        }
        state.push(node);
    }
    let last = state.pop()??;
    let read = if post { last } else { builder.act(activation, last).ok()? };
    builder.readout(vec![(rational(2, 1), read)]).ok()
}

/// Every cell of three steps whose output is reached.
fn all_cells(post: bool) -> Vec<Program> {
    (0..729_u32)
        .filter_map(|code| {
            let mut rest = code;
            let mut digit = || {
                let digit = (rest % 3) as u8;
                rest /= 3;
                digit
            };
            let rows: Vec<Vec<u8>> = (1..=3).map(|length| (0..length).map(|_| digit()).collect()).collect();
            cell(&rows, post, Activation::RELU)
        })
        .collect()
}

fn wide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wide");
    group.sample_size(20);
    for (convention, post) in [("pre", false), ("post", true)] {
        let cells = all_cells(post);
        group.bench_function(format!("{} cells, relu, {convention}", cells.len()), |bencher| {
            let mut table = GaussianTable::new();
            bencher.iter(|| {
                cells
                    .iter()
                    .filter_map(|program| wide_moments_with(program, &mut table, WideSettings::default()).ok())
                    .map(|law| law.nodes.last().map_or(0.0, |node| node.mean_squared_change))
                    .sum::<f64>()
            });
        });
        let rows = [vec![2], vec![1, 2], vec![1, 1, 2]];
        for activation in [Activation::RELU, Activation::GELU] {
            let Some(program) = cell(&rows, post, activation) else { continue };
            group.bench_function(format!("2_12_112, {activation}, {convention}, empty table"), |bencher| {
                bencher.iter(|| wide_moments_with(&program, &mut GaussianTable::new(), WideSettings::default()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, wide);
criterion_main!(benches);
