use archscale_model::ops::{Act, Input};
use archscale_model::{Activation, Gain, Op, OpId, Program, Term};

use crate::{Scalar, TheoryError};

/// One trained edge, as seen from its target: the earlier vertex it reads and its gain C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightedEdge {
    /// Index of the source vertex in the [`ReluDag`].
    pub source: usize,
    /// Gain C of the edge: its weights are N(0, C/n), or N(0, C/n²) into the output.
    pub gain: Gain,
}

/// A vertex of a [`ReluDag`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vertex {
    /// A fixed vector h with |h|²/n as given.
    Input(Gain),
    /// z = Σ_e W_e h_e over these edges, h = ReLU(z).
    Hidden(Vec<WeightedEdge>),
}

/// A program seen as a DAG of linear+ReLU vertices: the domain of the finite-width law and of its limit.
///
/// Vertex 0 is the one input, vertices are in topological order, and every edge carries an independent trained Gaussian matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReluDag {
    vertices: Vec<Vertex>,
    readout: Vec<WeightedEdge>,
    nodes: Vec<usize>,
}

impl ReluDag {
    /// Reads a program whose every reported vertex is a dense operation and whose every nonlinearity is a ReLU of one.
    ///
    /// # Errors
    /// [`TheoryError::OutOfDomain`] for skips (sums), other nonlinearities, and linear maps of something that is neither
    /// the input nor a ReLU of a dense operation.
    pub fn new(program: &Program, law: &'static str) -> Result<Self, TheoryError> {
        let refuse = |op: OpId, found: &str| {
            TheoryError::out_of_domain(program, op, law, found, "it is known for DAGs of linear edges with ReLU vertices")
        };
        let mut vertices = Vec::new();
        // For each operation, the vertex whose pre-activation (dense) or output (input, act) it is.
        let mut pre: Vec<Option<usize>> = Vec::new();
        let mut post: Vec<Option<usize>> = Vec::new();
        for (op, operation) in program.ops().iter().enumerate() {
            let (before, after) = match operation {
                Op::Input(Input { mean_square }) => {
                    if op != 0 {
                        return Err(refuse(op, "a second input"));
                    }
                    vertices.push(Vertex::Input(mean_square.clone()));
                    (None, Some(vertices.len() - 1))
                }
                Op::Dense(dense) => {
                    let edges =
                        edges_of(&dense.terms, &post).ok_or_else(|| refuse(op, "a linear map of a pre-activation"))?;
                    vertices.push(Vertex::Hidden(edges));
                    (Some(vertices.len() - 1), None)
                }
                Op::Act(Act { activation, source }) if *activation == Activation::RELU => {
                    let vertex = pre[*source].ok_or_else(|| refuse(op, "a ReLU of something other than a linear map"))?;
                    (None, Some(vertex))
                }
                other => return Err(refuse(op, &other.describe())),
            };
            pre.push(before);
            post.push(after);
        }
        let end = program.ops().len();
        let readout = edges_of(program.readout(), &post).ok_or_else(|| refuse(end, "a readout of a pre-activation"))?;
        let nodes = program
            .nodes()
            .iter()
            .map(|node| pre[node.op].ok_or_else(|| refuse(node.op, "a reported vertex that is no linear map")))
            .collect::<Result<_, _>>()?;
        Ok(Self { vertices, readout, nodes })
    }

    /// The vertices, sources before targets.
    #[must_use]
    pub fn vertices(&self) -> &[Vertex] {
        &self.vertices
    }

    /// In-edges of a vertex; none for an input.
    #[must_use]
    pub fn parents(&self, v: usize) -> &[WeightedEdge] {
        match &self.vertices[v] {
            Vertex::Input(_) => &[],
            Vertex::Hidden(edges) => edges,
        }
    }

    /// By vertex, (source, c = C/2) of its in-edges.
    pub(crate) fn half_gains<S: Scalar>(&self) -> Vec<Vec<(usize, S)>> {
        let half = S::ratio(1, 2);
        // The edges of a vertex mostly share one gain, and reading a fraction costs more than all else.
        let mut known: Option<(&Gain, S)> = None;
        let mut halved = Vec::with_capacity(self.vertices.len());
        for v in 0..self.vertices.len() {
            let mut list = Vec::with_capacity(self.parents(v).len());
            for edge in self.parents(v) {
                let value = match &known {
                    Some((gain, value)) if *gain == &edge.gain => value.clone(),
                    _ => S::from_rational(&edge.gain) * half.clone(),
                };
                known = Some((&edge.gain, value.clone()));
                list.push((edge.source, value));
            }
            halved.push(list);
        }
        halved
    }

    /// Edges into the scalar output, whose weights are N(0, C/n²).
    #[must_use]
    pub fn readout(&self) -> &[WeightedEdge] {
        &self.readout
    }

    /// For each reported vertex of the program, its index here.
    #[must_use]
    pub fn nodes(&self) -> &[usize] {
        &self.nodes
    }
}

fn edges_of(terms: &[Term], post: &[Option<usize>]) -> Option<Vec<WeightedEdge>> {
    terms.iter().map(|term| Some(WeightedEdge { source: post[term.source]?, gain: term.gain.clone() })).collect()
}
