//! Alterations of the program: right formulas applied to the wrong network.

use archscale_model::{Gain, InitRule};
use archscale_theory::{ReluDag, finite_moments};

use super::{Mutant, Predictions};
use crate::Wiring;
use crate::suite::{Case, LAW};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "in-degrees-swapped",
        what: "the in-degree of the source where the rule says the target's, and the other way round",
        predict: |case| {
            let init = match case.init {
                InitRule::Target => InitRule::Source,
                InitRule::Source => InitRule::Target,
                other => other,
            };
            Case { init, ..case.clone() }.law()
        },
    },
    Mutant {
        id: "gain-not-halved",
        what: "C for C/2: the ReLU's half forgotten in every hidden layer",
        predict: |case| altered(case, |wiring| wiring.hidden.iter_mut().flatten().for_each(|edge| edge.1 *= whole(2))),
    },
    Mutant {
        id: "readout-variance-over-n",
        what: "readout weights of variance C/n for C/n²",
        predict: |case| {
            let n = whole(case.width);
            altered(case, |wiring| wiring.readout.iter_mut().for_each(|edge| edge.1 *= &n))
        },
    },
    Mutant {
        id: "input-mean-square-one",
        what: "the input's activation of mean square 1 for 1/2",
        predict: |case| altered(case, |wiring| wiring.input = whole(1)),
    },
    Mutant {
        id: "edge-dropped",
        what: "the first in-edge of the last merging vertex missing, in-degrees as before",
        predict: |case| {
            altered(case, |wiring| {
                if let Some(edges) = wiring.hidden.iter_mut().rev().find(|edges| edges.len() > 1) {
                    edges.remove(0);
                }
            })
        },
    },
    Mutant {
        id: "parents-merged",
        what: "all in-edges of a vertex replaced by one from its last parent, with the sum of their gains",
        predict: |case| {
            altered(case, |wiring| {
                for edges in &mut wiring.hidden {
                    let gain: Gain = edges.iter().map(|edge| &edge.1).sum();
                    if let Some((source, _)) = edges.pop() {
                        *edges = vec![(source, gain)];
                    }
                }
            })
        },
    },
    Mutant {
        id: "in-degree-plus-one",
        what: "in-degrees that count the vertex itself",
        predict: |case| {
            let degree = |v: usize| case.graph.in_degree(v) + usize::from(v > 0);
            wired(case, &Wiring::with_gains(&case.graph, |from, to| case.init.gain(degree(from), degree(to))))
        },
    },
    Mutant {
        id: "out-degree",
        what: "C = 2 / d_out of the source",
        predict: |case| {
            let out_degree = |v: usize| case.graph.edges().filter(|edge| edge.0 == v).count() as i64;
            wired(case, &Wiring::with_gains(&case.graph, |from, _| Gain::new(2.into(), out_degree(from).into())))
        },
    },
    Mutant {
        id: "readout-gain-two",
        what: "the readout's gain 2 whatever the in-degrees",
        predict: |case| altered(case, |wiring| wiring.readout.iter_mut().for_each(|edge| edge.1 = whole(2))),
    },
    Mutant {
        id: "one-readout",
        what: "the readout reads its last vertex only, with the sum of the gains",
        predict: |case| {
            altered(case, |wiring| {
                let gain = wiring.readout.iter().map(|edge| &edge.1).sum();
                wiring.readout.drain(..wiring.readout.len() - 1);
                wiring.readout.iter_mut().for_each(|edge| edge.1 = Gain::clone(&gain));
            })
        },
    },
    Mutant {
        id: "width-plus-one",
        what: "width n + 1: a bias neuron counted",
        predict: |case| Case { width: case.width + 1, ..case.clone() }.law(),
    },
];

fn whole(value: u64) -> Gain {
    Gain::from_integer(value.into())
}

/// The exact law of an altered network.
fn altered(case: &Case, alter: impl FnOnce(&mut Wiring)) -> Predictions {
    let mut wiring = Wiring::of(&case.graph, case.init);
    alter(&mut wiring);
    wired(case, &wiring)
}

fn wired(case: &Case, wiring: &Wiring) -> Predictions {
    Ok(finite_moments(&ReluDag::new(&wiring.program()?, LAW)?, case.width)?)
}
