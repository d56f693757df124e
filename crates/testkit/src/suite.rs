//! The architectures on which simulation and exact law are compared.

use archscale_model::{Architecture, Graph, InitRule, Program};
use archscale_theory::{FiniteMoments, ReluDag, finite_moments};
use proptest::strategy::{Strategy, ValueTree};

use crate::search::runner;
use crate::strategy::dags;
use crate::{TestkitError, Wiring};

/// Name under which this crate asks for the closed forms.
pub(crate) const LAW: &str = "the finite-width law";

/// Seed of the random graphs of [`random_graphs`].
const SEED: u64 = 0x5eed_da65;

/// One architecture under one rule at one width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its name, as on the command line.
    pub name: String,
    /// The architecture.
    pub graph: Graph,
    /// The initialisation rule.
    pub init: InitRule,
    /// The width n.
    pub width: u64,
}

impl Case {
    /// The program; vertices are reported under their positions in the graph.
    ///
    /// # Errors
    /// A graph with skip edges has no such program.
    pub fn program(&self) -> Result<Program, TestkitError> {
        Wiring::of(&self.graph, self.init).program()
    }

    /// The exact law: second moment, A and B of every hidden vertex.
    ///
    /// # Errors
    /// As [`finite_moments`].
    pub fn law(&self) -> Result<Vec<FiniteMoments<f64>>, TestkitError> {
        Ok(finite_moments(&ReluDag::new(&self.program()?, LAW)?, self.width)?)
    }
}

/// Five hidden vertices, two readouts, vertices of in- and out-degree 2: no chain, not complete, with vertices that are no
/// ancestors of each other.
pub const FIVE_VERTICES: &str = "edges:0-1,1-2,0-3,2-4,3-4,1-5,4-5,4-6,5-6";

/// Architectures by name: chains, complete graphs and [`FIVE_VERTICES`].
pub const NAMED: [&str; 6] = ["chain:1", "chain:2", "chain:3", "complete:2", "complete:3", FIVE_VERTICES];

/// Different random graphs of two to five hidden vertices, the same in every run.
///
/// # Errors
/// None in practice: the strategy draws valid graphs only.
pub fn random_graphs(count: usize) -> Result<Vec<Graph>, TestkitError> {
    let mut draw = runner(SEED, 0);
    let mut graphs = Vec::new();
    while graphs.len() < count {
        let tree = dags(2..=5)
            .new_tree(&mut draw)
            .map_err(|why| TestkitError::Search { cases: graphs.len() as u32, why: why.to_string() })?;
        let graph = tree.current();
        if !graphs.contains(&graph) {
            graphs.push(graph);
        }
    }
    Ok(graphs)
}

/// Every named architecture under every initialisation rule at each width, then one random graph per entry of
/// `random_widths`, at that width and under the rules in turn.
///
/// Chains are listed under one rule only: all three give them the same gains.
///
/// # Errors
/// As [`Architecture::parse`] and [`random_graphs`].
pub fn cases(named_widths: &[u64], random_widths: &[u64]) -> Result<Vec<Case>, TestkitError> {
    let mut cases = Vec::new();
    for name in NAMED {
        let graph = Architecture::parse(name)?.graph().clone();
        let inits: &[InitRule] =
            if name.starts_with("chain") { &InitRule::BY_IN_DEGREE[..1] } else { &InitRule::BY_IN_DEGREE };
        for &init in inits {
            for &width in named_widths {
                cases.push(Case { name: name.into(), graph: graph.clone(), init, width });
            }
        }
    }
    let random = random_graphs(random_widths.len())?;
    for ((graph, &width), &init) in random.into_iter().zip(random_widths).zip(InitRule::BY_IN_DEGREE.iter().cycle()) {
        cases.push(Case { name: graph.edge_text(), graph, init, width });
    }
    Ok(cases)
}
