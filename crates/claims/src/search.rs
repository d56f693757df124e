use archscale_model::Graph;
use archscale_testkit::enumerate;
use archscale_testkit::search::smallest;
use archscale_testkit::strategy::dags;

use crate::{Check, ClaimError, Context, Method};

/// A search over all DAGs for one on which a statement fails.
pub(crate) struct Search {
    /// The smallest failing DAG that was found, if any.
    pub(crate) smallest: Option<Graph>,
    /// Random graphs drawn.
    cases: u64,
    /// Smaller graphs that were all examined and hold.
    pub(crate) smaller: u64,
}

/// Random graphs of a search that finds nothing.
const CASES: u32 = 500;

/// Largest number of hidden vertices of a random graph.
const LARGEST: usize = 8;

/// Looks for a DAG on which `holds` is false: random ones, shrunk, then every graph that is smaller than the one found.
pub(crate) fn search(context: &Context<'_>, holds: impl Fn(&Graph) -> bool) -> Result<Search, ClaimError> {
    let found = smallest(&dags(1..=LARGEST), context.seed, CASES, &holds).map_err(|e| ClaimError::Search(e.to_string()))?;
    let Some(found) = found else { return Ok(Search { smallest: None, cases: u64::from(CASES), smaller: 0 }) };
    let mut best = found.case;
    let mut smaller = 0;
    for hidden in 1..=best.hidden_count().min(4) {
        for graph in enumerate::graphs(hidden) {
            let size = (graph.hidden_count(), graph.edge_count());
            if size >= (best.hidden_count(), best.edge_count()) {
                continue;
            }
            if holds(&graph) {
                smaller += 1;
            } else {
                best = graph;
            }
        }
    }
    Ok(Search { smallest: Some(best), cases: u64::from(found.cases), smaller })
}

impl Search {
    /// The search as a check of a statement about all DAGs.
    pub(crate) fn check(&self, what: &str) -> Check {
        let reason = match &self.smallest {
            None => format!("no counterexample among {} random DAGs of up to {LARGEST} hidden vertices", self.cases),
            Some(graph) => format!("fails on {}", graph.edge_text()),
        };
        Check::holds(what, Method::Exact, self.smallest.is_none(), self.cases + self.smaller, reason)
    }
}
