use crate::graph::{EdgePlan, describe_vertices};
use crate::{EdgeKind, Graph, ModelError};

/// A network of cells as it grows: input, stem, then cells and residual blocks, each on the last vertex so far.
///
/// Vertex numbers run over all nodes from the stem (0), also those that nothing reaches, which are left out of the graph.
#[derive(Debug)]
pub(crate) struct Assembly {
    ids: Vec<usize>,
    parents: Vec<Vec<EdgePlan>>,
    in_degrees: Vec<u32>,
    dropped: Vec<usize>,
}

impl Assembly {
    /// Input and stem.
    pub(crate) fn new() -> Self {
        let stem = EdgePlan { source: 0, kind: EdgeKind::Linear, published_degree: 0 };
        Self { ids: vec![0], parents: vec![Vec::new(), vec![stem]], in_degrees: vec![0, 1], dropped: Vec::new() }
    }

    /// Adds a cell of `steps` nodes whose node 0 is the last vertex; `kind(node, source)` is the edge between two nodes.
    ///
    /// A node's in-degree counts every edge of the code, as the published code does, also those from nodes that nothing reaches.
    pub(crate) fn cell(&mut self, steps: usize, kind: impl Fn(usize, usize) -> Option<EdgeKind>) -> Result<(), ModelError> {
        let base = self.last_id();
        // Index in the graph of each node of the cell; none for a node that nothing reaches.
        let mut indices = vec![Some(self.parents.len() - 1)];
        for node in 1..=steps {
            let mut list = Vec::new();
            let mut in_degree = 0;
            for (source, index) in indices.iter().enumerate() {
                let Some(kind) = kind(node, source) else { continue };
                in_degree += 1;
                if let Some(index) = *index {
                    // Every cell's node 0 counts 1 there, though the cell before gave it more in-edges.
                    list.push(EdgePlan { source: index, kind, published_degree: u32::from(source == 0) });
                }
            }
            let reached = !list.is_empty();
            indices.push(reached.then_some(self.parents.len()));
            if reached {
                self.vertex(base + node, list, in_degree);
            } else if node < steps {
                self.dropped.push(base + node);
            } else {
                return Err(ModelError::OutputUnreachable {
                    input: "stem (node 0)".into(),
                    output: format!("node {steps}"),
                    mend: format!("give group {steps} an operation other than 0 at a node that the stem reaches"),
                });
            }
        }
        Ok(())
    }

    /// Adds a residual block: two linear edges in a row beside one linear map of the block's input itself.
    pub(crate) fn residual_block(&mut self) {
        let (base, input) = (self.last_id(), self.parents.len() - 1);
        self.vertex(base + 1, vec![EdgePlan { source: input, kind: EdgeKind::Linear, published_degree: 2 }], 1);
        let main = EdgePlan { source: input + 1, kind: EdgeKind::Linear, published_degree: 1 };
        let shortcut = EdgePlan { source: input, kind: EdgeKind::Projection, published_degree: 2 };
        self.vertex(base + 2, vec![shortcut, main], 2);
    }

    /// Closes the network with a linear readout of the last vertex.
    pub(crate) fn finish(mut self, mut notes: Vec<String>) -> Graph {
        let last = EdgePlan { source: self.parents.len() - 1, kind: EdgeKind::Linear, published_degree: 0 };
        self.parents.push(vec![last]);
        self.in_degrees.push(1);
        if !self.dropped.is_empty() {
            let who = describe_vertices(&self.dropped);
            notes.insert(
                0,
                format!("{who} reached by nothing: left out, but in-degrees count every non-zero digit, as the published code does"),
            );
        }
        Graph::cell(self.ids, &self.parents, self.in_degrees, self.dropped, notes)
    }

    fn vertex(&mut self, id: usize, parents: Vec<EdgePlan>, in_degree: u32) {
        self.ids.push(id);
        self.parents.push(parents);
        self.in_degrees.push(in_degree);
    }

    /// Number of the last vertex; a cell or block never ends on a vertex that is left out.
    fn last_id(&self) -> usize {
        self.ids.last().copied().unwrap_or(0)
    }
}
