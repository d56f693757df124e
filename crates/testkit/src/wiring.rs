use archscale_model::{Activation, Gain, Graph, InitRule, Program, ProgramBuilder};

use crate::TestkitError;

/// A linear-ReLU DAG as editable lists of edges with gains: what a [`Graph`] under an [`InitRule`] becomes, one level lower.
///
/// Unlike a graph it may hold parallel edges and any non-negative gain. Positions are 0 for the input, then 1..=H for the
/// hidden vertices in topological order.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_testkit::Wiring;
/// let chain = Architecture::parse("chain:2")?;
/// let wiring = Wiring::of(chain.graph(), InitRule::Target);
/// assert_eq!(wiring.program()?, chain.graph().lower(InitRule::Target)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    /// Mean square |h|²/n of the input.
    pub input: Gain,
    /// In-edges (source position, gain C) of each hidden vertex; entry v − 1 is vertex v.
    pub hidden: Vec<Vec<(usize, Gain)>>,
    /// Edges (source position, gain C) into the scalar output.
    pub readout: Vec<(usize, Gain)>,
}

impl Wiring {
    /// The wiring of a graph's linear edges, with the paper's input of mean square ½. Skip edges are left out.
    #[must_use]
    pub fn of(graph: &Graph, init: InitRule) -> Self {
        Self::with_gains(graph, |from, to| init.gain(graph.in_degree(from), graph.in_degree(to)))
    }

    /// The wiring of a graph with the gain of each edge (source, target) as given.
    #[must_use]
    pub fn with_gains(graph: &Graph, mut gain: impl FnMut(usize, usize) -> Gain) -> Self {
        let mut edges = |v: usize| -> Vec<(usize, Gain)> {
            graph
                .parents(v)
                .iter()
                .filter(|edge| edge.kind == archscale_model::EdgeKind::Linear)
                .map(|edge| (edge.source(), gain(edge.source(), v)))
                .collect()
        };
        let hidden = graph.hidden().map(&mut edges).collect();
        Self { input: Gain::new(1.into(), 2.into()), hidden, readout: edges(graph.output()) }
    }

    /// The program, with hidden vertices reported under their positions.
    ///
    /// # Errors
    /// A vertex without in-edges, a negative gain, or an edge from a later vertex.
    pub fn program(&self) -> Result<Program, TestkitError> {
        let mut builder = ProgramBuilder::new();
        // Operation of h at each position.
        let mut post = vec![builder.input(self.input.clone())?];
        let resolve = |edges: &[(usize, Gain)], post: &[usize]| -> Vec<(Gain, usize)> {
            // A source that does not exist yet is passed on as an operation that does not: the builder names it.
            edges.iter().map(|(from, gain)| (gain.clone(), post.get(*from).copied().unwrap_or(usize::MAX))).collect()
        };
        for (index, edges) in self.hidden.iter().enumerate() {
            let z = builder.dense(resolve(edges, &post))?;
            builder.report_at(index + 1, z, edges.len())?;
            post.push(builder.act(Activation::RELU, z)?);
        }
        Ok(builder.readout(resolve(&self.readout, &post))?)
    }
}
