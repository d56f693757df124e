//! Random architectures for proptest, shrinking to the smallest failing graph.

mod dag;

use std::ops::RangeInclusive;

use archscale_model::{Gain, Graph, InitRule};
use proptest::strategy::Strategy;

use crate::Wiring;

pub use dag::{Dags, dags};

/// Initialisation rules, shrinking towards the first of [`InitRule::BY_IN_DEGREE`].
pub fn inits() -> impl Strategy<Value = InitRule> {
    proptest::sample::select(InitRule::BY_IN_DEGREE.to_vec())
}

/// Widths n from this range, each as likely, shrinking towards the smallest.
pub fn widths(range: RangeInclusive<u64>) -> impl Strategy<Value = u64> {
    range
}

/// A random DAG of [`dags`] under a random rule of [`inits`].
pub fn architectures(hidden: RangeInclusive<usize>) -> impl Strategy<Value = (Graph, InitRule)> {
    (dags(hidden), inits())
}

/// Gains of [`wirings`]; shrinking goes to the front.
const GAINS: [(i64, i64); 8] = [(2, 1), (1, 1), (1, 2), (2, 3), (3, 2), (3, 1), (1, 5), (4, 1)];

/// Random DAGs with arbitrary gains and some parallel edges: more than any initialisation rule makes.
///
/// Each edge gets one of eight gains, and one in four a parallel edge with a gain of its own; vertices are the graph's.
pub fn wirings(hidden: RangeInclusive<usize>) -> impl Strategy<Value = Wiring> {
    let edge = (0..GAINS.len(), 0..4 * GAINS.len());
    (dags(hidden), proptest::collection::vec(edge, 24)).prop_map(|(graph, draws)| {
        let gain = |index: usize| Gain::new(GAINS[index].0.into(), GAINS[index].1.into());
        let mut edges = draws.iter().cycle();
        let mut doubles = Vec::new();
        let mut wiring = Wiring::with_gains(&graph, |from, to| {
            let &(own, second) = edges.next().unwrap_or(&(0, GAINS.len()));
            // Only the top quarter of the draws adds a parallel edge, so that shrinking, which goes down, ends on none.
            if second >= 3 * GAINS.len() {
                doubles.push((from, to, gain(second - 3 * GAINS.len())));
            }
            gain(own)
        });
        for (from, to, gain) in doubles {
            let list = if to == graph.output() { &mut wiring.readout } else { &mut wiring.hidden[to - 1] };
            list.push((from, gain));
        }
        wiring
    })
}
