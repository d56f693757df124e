use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::{Activation, ModelError, Pointwise};

/// Exact gain of a linear map or skip.
pub type Gain = BigRational;

/// Index of an operation in its [`Program`].
pub type OpId = usize;

/// One addend of a dense operation, a sum or the readout: a source and its gain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Gain C of the map (variance C/n for a dense term, C/n² for a readout term), or the multiplier of a sum's addend.
    pub gain: Gain,
    /// The operation whose vector it reads; earlier than the reader.
    pub source: OpId,
}

/// Primitive operation over vectors of width n.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Fixed vector of the given mean square |h|²/n, not trained.
    Input {
        /// |h|²/n; ½ in the paper's setting, where h = σ(x) and E|x|²/n = 1.
        mean_square: Gain,
    },
    /// Σ_e W_e x_e with independent trained matrices, entries N(0, C_e/n).
    Dense(Vec<Term>),
    /// Coordinatewise nonlinearity.
    Act(Activation, OpId),
    /// Σ_e m_e x_e: skips and merges, nothing trained.
    Sum(Vec<Term>),
    /// A coordinatewise function of the vectors of these operations, one for each argument; nothing trained.
    ///
    /// For what `Act` and `Sum` cannot say: closed forms are keyed on those two.
    Pointwise(Arc<Pointwise>, Vec<OpId>),
}

/// A place at which quantities are reported: a hidden vertex and the operation that holds its vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The vertex number that the user's input gave it.
    pub id: usize,
    /// The operation whose vector is the pre-activation z(id), or the post-activation h(id) in [`crate::Convention::Post`].
    pub op: OpId,
    /// The in-degree that the initialisation rule used.
    pub in_degree: usize,
}

/// An architecture under one initialisation rule, as primitive operations in topological order.
///
/// The single form that theory, simulators and trainer read; see ARCHITECTURE.md. A program is valid by construction: every
/// source is earlier than its reader, gains are non-negative, and the readout reads existing operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    ops: Vec<Op>,
    readout: Vec<Term>,
    nodes: Vec<Node>,
}

impl Program {
    /// The operations, sources before readers.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The scalar output Σ_e w_e · x_e with w_e entries N(0, C_e/n²).
    #[must_use]
    pub fn readout(&self) -> &[Term] {
        &self.readout
    }

    /// The reported vertices, in topological order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Number of trained matrices.
    #[must_use]
    pub fn matrix_count(&self) -> usize {
        self.ops.iter().map(|op| if let Op::Dense(terms) = op { terms.len() } else { 0 }).sum()
    }
}

/// Builds a [`Program`] one operation at a time, checking each.
///
/// ```
/// use archscale_model::{Activation, ProgramBuilder};
/// use num_rational::BigRational;
///
/// let two = BigRational::from_integer(2.into());
/// let mut builder = ProgramBuilder::new();
/// let x = builder.input(BigRational::new(1.into(), 2.into()))?;
/// let z = builder.dense(vec![(two.clone(), x)])?;
/// let h = builder.act(Activation::RELU, z)?;
/// builder.node(1, z, 1)?;
/// let program = builder.readout(vec![(two, h)])?;
/// assert_eq!(program.matrix_count(), 1);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ProgramBuilder {
    ops: Vec<Op>,
    nodes: Vec<Node>,
}

impl ProgramBuilder {
    /// An empty program.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fixed input vector of mean square |h|²/n.
    ///
    /// # Errors
    /// When the mean square is negative.
    pub fn input(&mut self, mean_square: Gain) -> Result<OpId, ModelError> {
        if mean_square.is_negative() {
            return Err(self.problem("the input's mean square is negative"));
        }
        Ok(self.push(Op::Input { mean_square }))
    }

    /// Adds Σ_e W_e x_e over (gain, source).
    ///
    /// # Errors
    /// When there is no term, a gain is negative or a source does not exist yet.
    pub fn dense(&mut self, terms: Vec<(Gain, OpId)>) -> Result<OpId, ModelError> {
        let terms = self.terms(terms, false)?;
        Ok(self.push(Op::Dense(terms)))
    }

    /// Adds a coordinatewise nonlinearity.
    ///
    /// # Errors
    /// When the source does not exist yet.
    pub fn act(&mut self, activation: Activation, source: OpId) -> Result<OpId, ModelError> {
        self.check_source(source)?;
        Ok(self.push(Op::Act(activation, source)))
    }

    /// Adds Σ_e m_e x_e over (multiplier, source).
    ///
    /// # Errors
    /// When there is no term or a source does not exist yet.
    pub fn sum(&mut self, terms: Vec<(Gain, OpId)>) -> Result<OpId, ModelError> {
        let terms = self.terms(terms, true)?;
        Ok(self.push(Op::Sum(terms)))
    }

    /// Adds a coordinatewise function of the given operations, one for each argument; an operation may be read twice.
    ///
    /// # Errors
    /// When the number of sources is not the function's arity or a source does not exist yet.
    pub fn pointwise(&mut self, function: impl Into<Arc<Pointwise>>, sources: Vec<OpId>) -> Result<OpId, ModelError> {
        let function = function.into();
        if sources.len() != function.arity() {
            let (name, arity) = (function.name(), function.arity());
            return Err(self.problem(&format!("'{name}' reads {arity} vectors, and {} are given", sources.len())));
        }
        for &source in &sources {
            self.check_source(source)?;
        }
        Ok(self.push(Op::Pointwise(function, sources)))
    }

    /// Reports quantities at operation `op` under the vertex number `id`.
    ///
    /// # Errors
    /// When the operation does not exist or the number is already taken.
    pub fn node(&mut self, id: usize, op: OpId, in_degree: usize) -> Result<(), ModelError> {
        self.check_source(op)?;
        if self.nodes.iter().rev().take_while(|node| node.id >= id).any(|node| node.id == id) {
            return Err(self.problem(&format!("vertex {id} is reported twice")));
        }
        self.nodes.push(Node { id, op, in_degree });
        Ok(())
    }

    /// Closes the program with its scalar readout.
    ///
    /// # Errors
    /// When there is no term, a gain is negative or a source does not exist.
    pub fn readout(self, terms: Vec<(Gain, OpId)>) -> Result<Program, ModelError> {
        let readout = self.terms(terms, false)?;
        Ok(Program { ops: self.ops, readout, nodes: self.nodes })
    }

    fn push(&mut self, op: Op) -> OpId {
        self.ops.push(op);
        self.ops.len() - 1
    }

    fn terms(&self, terms: Vec<(Gain, OpId)>, signed: bool) -> Result<Vec<Term>, ModelError> {
        if terms.is_empty() {
            return Err(self.problem("it has no source; give it at least one"));
        }
        terms
            .into_iter()
            .map(|(gain, source)| {
                self.check_source(source)?;
                if !signed && gain < Gain::zero() {
                    return Err(self.problem(&format!("gain {gain} is negative; a variance cannot be")));
                }
                Ok(Term { gain, source })
            })
            .collect()
    }

    fn check_source(&self, source: OpId) -> Result<(), ModelError> {
        if source < self.ops.len() {
            return Ok(());
        }
        Err(self.problem(&format!("it reads operation {source}, which does not exist yet")))
    }

    fn problem(&self, problem: &str) -> ModelError {
        ModelError::Program { op: self.ops.len(), problem: problem.into() }
    }
}
