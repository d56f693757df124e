//! The law against reference numbers from an independent implementation.
//!
//! tests/it/data/infinite-width.json: 222 networks (cell codes in both conventions, three initialisations, four activations;
//! ReLU chains) computed by a separate Python implementation of the same recursion with its own quadrature, itself checked
//! against simulation. Setting: input of mean square ½, stem of gain 2, readout of gain 2; leaky ReLU of slope 0.1.

use std::collections::BTreeMap;

use archscale_model::{Activation, Program};
use archscale_theory::{Evaluation, GaussianTable, WideSettings, wide_moments_with};
use serde::Deserialize;

use crate::wide::cells::{Convention, cell, chain, rational};

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Case {
    Chain {
        chain: usize,
        mean_squared_change_last: f64,
    },
    Cell {
        cell: String,
        convention: String,
        init: String,
        activation: String,
        mean_squared_change: Vec<f64>,
        second_moment: Vec<f64>,
    },
}

pub(crate) fn reference() -> Vec<Case> {
    serde_json::from_str::<Reference>(include_str!("../data/infinite-width.json")).unwrap().cases
}

/// What a law gives for a case, beside what the case expects: (place, found, expected).
pub(crate) type Comparison = Vec<(String, f64, f64)>;

/// The comparison of this file: relative 1e-6.
pub(crate) fn agrees(comparison: &Comparison) -> bool {
    comparison.iter().all(|(_, found, expected)| (found - expected).abs() <= 1e-6 * expected.abs())
}

/// Runs a law (program ↦ (second moment, mean-squared change) by vertex number) on a case.
pub(crate) fn compare(case: &Case, law: &mut impl FnMut(&Program) -> BTreeMap<usize, (f64, f64)>) -> Comparison {
    match case {
        Case::Chain { chain: depth, mean_squared_change_last } => {
            let found = law(&chain(*depth, &rational(2, 1), Activation::RELU))[depth].1;
            vec![(format!("chain {depth}"), found, *mean_squared_change_last)]
        }
        Case::Cell { cell: code, convention, init, activation, mean_squared_change, second_moment } => {
            let shape = if convention.starts_with("pre") { Convention::Pre } else { Convention::Post };
            let found = law(&cell(code, shape, init, self::activation(activation)));
            let mut comparison = Vec::new();
            for (id, (change, moment)) in mean_squared_change.iter().zip(second_moment).enumerate() {
                let place = format!("{code} {convention} {init} {activation} node {id}");
                // A node that nothing reaches is not in the program; its numbers are zero.
                let (found_moment, found_change) = found.get(&id).copied().unwrap_or((0.0, 0.0));
                comparison.push((format!("change, {place}"), found_change, *change));
                comparison.push((format!("moment, {place}"), found_moment, *moment));
            }
            comparison
        }
    }
}

fn activation(name: &str) -> Activation {
    match name {
        "relu" => Activation::RELU,
        "gelu" => Activation::GELU,
        "tanh" => Activation::TANH,
        "leaky" => Activation::leaky(0.1).unwrap(),
        other => panic!("no activation '{other}'"),
    }
}

/// The law under test.
pub(crate) fn law(table: &mut GaussianTable, program: &Program) -> BTreeMap<usize, (f64, f64)> {
    let law = wide_moments_with(program, table, WideSettings::default()).unwrap();
    assert!(!matches!(law.evaluation, Evaluation::QuasiMonteCarlo { .. }));
    law.nodes.iter().map(|node| (node.id, (node.second_moment, node.mean_squared_change))).collect()
}

#[test]
fn all_cases_agree() {
    let mut table = GaussianTable::new();
    let cases = reference();
    let mut numbers = 0;
    for case in &cases {
        let comparison = compare(case, &mut |program| law(&mut table, program));
        numbers += comparison.len();
        assert!(agrees(&comparison), "{comparison:#?}");
    }
    assert_eq!((cases.len(), numbers), (222, 1830));
}

#[test]
fn quadrature_alone_agrees_too() {
    let mut table = GaussianTable::without_closed_forms();
    // Kinked activations through iterated integrals: a cell of each kind is enough.
    let cases: Vec<Case> = reference()
        .into_iter()
        .filter(|case| matches!(case, Case::Cell { cell, init, .. } if cell == "2_12_112" && init == "target"))
        .collect();
    for case in &cases {
        let comparison = compare(case, &mut |program| law(&mut table, program));
        assert!(agrees(&comparison), "{comparison:#?}");
    }
    assert_eq!(cases.len(), 8);
}
