//! Cells as programs, written out from the published rule, without the model crate's own lowering.

use archscale_model::{Activation, Gain, OpId, Program, ProgramBuilder};
use num_rational::BigRational;

/// How a cell's edges act on its nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convention {
    /// z(v) = Σ_linear W σ(z(u)) + Σ_skip z(u).
    Pre,
    /// h(v) = Σ_linear σ(W h(u)) + Σ_skip h(u).
    Post,
    /// z(v) = Σ_linear W σ(z(u)) + Σ_skip σ(z(u)).
    Preact,
}

pub(crate) fn rational(numerator: i64, denominator: i64) -> Gain {
    BigRational::new(numerator.into(), denominator.into())
}

/// Input of mean square ½, stem of gain 2, a cell by its code, readout of gain 2; node v is reported as vertex v.
pub(crate) fn cell(code: &str, convention: Convention, init: &str, activation: Activation) -> Program {
    let digits: Vec<Vec<u32>> =
        code.split('_').map(|group| group.chars().map(|digit| digit.to_digit(10).unwrap()).collect()).collect();
    let in_degree = |v: usize| match v {
        0 => 1,
        v => digits[v - 1].iter().filter(|digit| **digit > 0).count().max(1) as i64,
    };
    let gain = |u: usize, v: usize| match init {
        "target" => rational(2, in_degree(v)),
        "source" => rational(2, in_degree(u)),
        "he" => rational(2, 1),
        other => panic!("no init rule '{other}'"),
    };
    let one = || rational(1, 1);
    let mut builder = ProgramBuilder::new();
    let input = builder.input(rational(1, 2)).unwrap();
    let stem = builder.dense(vec![(rational(2, 1), input)]).unwrap();
    let start = if convention == Convention::Post { builder.act(activation, stem).unwrap() } else { stem };
    builder.report_at(0, start, 1).unwrap();
    // Nothing at a node that no digit reaches; it is not reported.
    let mut state: Vec<Option<OpId>> = vec![Some(start)];
    // σ(z(u)), made once.
    let mut activated: Vec<Option<OpId>> = vec![None; digits.len() + 1];
    for (index, row) in digits.iter().enumerate() {
        let v = index + 1;
        let mut linear = Vec::new();
        let mut addends = Vec::new();
        for (u, digit) in row.iter().enumerate() {
            let Some(source) = state[u] else { continue };
            let mut activation_of =
                |builder: &mut ProgramBuilder| *activated[u].get_or_insert_with(|| builder.act(activation, source).unwrap());
            match (digit, convention) {
                (0, _) => {}
                (1, Convention::Preact) => addends.push((one(), activation_of(&mut builder))),
                (1, _) => addends.push((one(), source)),
                (_, Convention::Post) => {
                    let slot = builder.dense(vec![(gain(u, v), source)]).unwrap();
                    addends.push((one(), builder.act(activation, slot).unwrap()));
                }
                (_, _) => linear.push((gain(u, v), activation_of(&mut builder))),
            }
        }
        if !linear.is_empty() {
            addends.insert(0, (one(), builder.dense(linear).unwrap()));
        }
        if addends.is_empty() {
            state.push(None);
            continue;
        }
        let node = if addends.len() == 1 { addends[0].1 } else { builder.sum(addends).unwrap() };
        builder.report_at(v, node, in_degree(v) as usize).unwrap();
        state.push(Some(node));
    }
    let last = state.last().unwrap().unwrap();
    let read = if convention == Convention::Post { last } else { builder.act(activation, last).unwrap() };
    builder.readout(vec![(rational(2, 1), read)]).unwrap()
}

/// Stem and `depth − 1` layers of gain C, each reported, readout of gain C.
pub(crate) fn chain(depth: usize, gain: &Gain, activation: Activation) -> Program {
    let mut builder = ProgramBuilder::new();
    let mut source = builder.input(rational(1, 2)).unwrap();
    for layer in 1..=depth {
        let slot = builder.dense(vec![(gain.clone(), source)]).unwrap();
        builder.report_at(layer, slot, 1).unwrap();
        source = builder.act(activation, slot).unwrap();
    }
    builder.readout(vec![(gain.clone(), source)]).unwrap()
}
