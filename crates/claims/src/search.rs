use archscale_model::enumerate::{graphs, pair_count};
use archscale_model::{Graph, random_graph};
use archscale_stats::{Stream, below};

use crate::{Check, ClaimError, Context, Method};

/// Hidden vertices up to which every DAG is examined.
const ALL_UP_TO: usize = 4;

/// Random DAGs that are examined besides, and the most hidden vertices of one.
const RANDOM: u64 = 500;
const LARGEST: usize = 8;

/// Names the stream of random DAGs; a change of any number it gives is value-breaking and changes this tag.
const STREAM: &str = "archscale counterexamples 1";

/// A search over DAGs for one on which a statement fails.
pub(crate) struct Search {
    /// The smallest failing DAG, by hidden vertices and then edges, if any was found.
    pub(crate) smallest: Option<Graph>,
    /// Number of DAGs of up to [`ALL_UP_TO`] hidden vertices that are smaller than it: on all of them the statement holds.
    pub(crate) smaller: u64,
    /// Graphs that were examined.
    examined: u64,
}

/// Looks for a DAG on which `holds` is false: among all small ones, smallest first, then among random ones, which are
/// reduced.
pub(crate) fn search(context: &Context<'_>, holds: impl Fn(&Graph) -> bool) -> Result<Search, ClaimError> {
    let mut small: Vec<Graph> = (1..=ALL_UP_TO).flat_map(graphs).collect();
    small.sort_by_key(Graph::size);
    let count = small.len() as u64;
    if let Some(first) = small.iter().position(|graph| !holds(graph)) {
        let smaller = small.partition_point(|graph| graph.size() < small[first].size()) as u64;
        return Ok(Search { smallest: Some(small.swap_remove(first)), smaller, examined: first as u64 + 1 });
    }
    let mut rng = Stream::new(STREAM, context.seed).rng(0);
    let mut below = |bound: usize| below(&mut rng, bound);
    for drawn in 1..=RANDOM {
        let graph = random_dag(&mut below)?;
        if !holds(&graph) {
            return Ok(Search { smallest: Some(reduced(graph, &holds)), smaller: count, examined: count + drawn });
        }
    }
    Ok(Search { smallest: None, smaller: count, examined: count + RANDOM })
}

/// A DAG of more vertices than all are examined of: first their number is uniform, then that of the edges.
fn random_dag(mut below: impl FnMut(usize) -> usize) -> Result<Graph, ClaimError> {
    let hidden = ALL_UP_TO + 1 + below(LARGEST - ALL_UP_TO);
    let fewest = hidden + 1;
    let edges = fewest + below(pair_count(hidden) - fewest + 1);
    Ok(random_graph(hidden, edges, below)?)
}

/// A failing graph of which no reduction fails, by one reduction after another.
fn reduced(mut failing: Graph, holds: impl Fn(&Graph) -> bool) -> Graph {
    while let Some(smaller) = failing.reductions().into_iter().find(|graph| graph.hidden_count() > 0 && !holds(graph)) {
        failing = smaller;
    }
    failing
}

impl Search {
    /// The search as a check of a statement about all DAGs.
    pub(crate) fn check(&self, what: &str) -> Check {
        let reason = match &self.smallest {
            None => format!(
                "no counterexample among all {} DAGs of up to {ALL_UP_TO} hidden vertices and {RANDOM} random ones of up to \
                 {LARGEST}",
                self.smaller
            ),
            Some(graph) => format!("fails on {}", graph.edge_text()),
        };
        Check::holds(what, Method::Exact, self.smallest.is_none(), self.examined, reason)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::registry::tests::context;

    #[test]
    fn a_small_counterexample_is_the_smallest_of_all() {
        let found = search(&context(), |graph| graph.in_degree(graph.output()) < 3).unwrap();
        // Two hidden vertices and the input feed the output, each vertex with one in-edge or more.
        assert_eq!(found.smallest.unwrap().size(), (2, 5));
        let all = (1..=2).flat_map(graphs).filter(|graph| graph.size() < (2, 5));
        assert_eq!(found.smaller, all.count() as u64);
    }

    #[test]
    fn a_large_counterexample_is_reduced() {
        let found = search(&context(), |graph| graph.hidden_count() < 6).unwrap();
        let smallest = found.smallest.unwrap();
        assert_eq!((smallest.hidden_count(), found.smaller), (6, 3_480));
        assert!(smallest.reductions().iter().all(|graph| graph.hidden_count() < 6), "{}", smallest.edge_text());
    }

    #[test]
    fn what_holds_everywhere_has_none() {
        let found = search(&context(), |graph| graph.hidden_count() <= LARGEST).unwrap();
        assert!(found.smallest.is_none() && found.check("at most eight").samples == Some(3_980));
    }
}
