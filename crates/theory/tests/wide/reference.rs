//! The law against reference numbers from an independent implementation.
//!
//! tests/data/infinite-width.json: 222 networks (cell codes in both conventions, three initialisations, four activations;
//! ReLU chains) computed by a separate Python implementation of the same recursion with its own quadrature, itself checked
//! against simulation. Setting: input of mean square ½, stem of gain 2, readout of gain 2; leaky ReLU of slope 0.1.

use archscale_model::Activation;
use archscale_theory::wide_moments;
use serde::Deserialize;

use crate::cells::{Convention, cell, chain, rational};

#[derive(Deserialize)]
pub(crate) struct Reference {
    pub(crate) cases: Vec<Case>,
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

pub(crate) fn reference() -> Reference {
    serde_json::from_str(include_str!("../data/infinite-width.json")).unwrap()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-6 * expected.abs()
}

#[test]
fn relu_cases() {
    let (mut count, mut worst) = (0, 0.0_f64);
    for case in reference().cases {
        match case {
            Case::Chain { chain: depth, mean_squared_change_last } => {
                let law = wide_moments(&chain(depth, &rational(2, 1), Activation::RELU)).unwrap();
                let found = law.nodes[depth - 1].mean_squared_change;
                assert!(close(found, mean_squared_change_last), "chain {depth}: {found}");
                count += 1;
            }
            Case::Cell { cell: code, convention, init, activation, mean_squared_change, second_moment } => {
                if activation != "relu" {
                    continue;
                }
                let convention = if convention.starts_with("pre") { Convention::Pre } else { Convention::Post };
                let law = wide_moments(&cell(&code, convention, &init, Activation::RELU)).unwrap();
                for (id, (change, moment)) in mean_squared_change.iter().zip(&second_moment).enumerate() {
                    let Some(node) = law.nodes.iter().find(|node| node.id == id) else {
                        // A node that nothing reaches.
                        assert_eq!((*change, *moment), (0.0, 0.0));
                        continue;
                    };
                    let place = format!("{code} {convention:?} {init} node {}", node.id);
                    worst = worst.max((node.mean_squared_change / change - 1.0).abs());
                    assert!(close(node.mean_squared_change, *change), "{place}: {node:?} {change}");
                    assert!(close(node.second_moment, *moment), "{place}: {node:?} {moment}");
                }
                count += 1;
            }
        }
    }
    assert_eq!(count, 60);
    assert!(worst <= 1e-12, "{worst}");
}
