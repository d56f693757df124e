use std::sync::Arc;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::{Activation, Grid, Image, ModelError, Pointwise, PositionReadout};

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

/// One addend of a convolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvTerm {
    /// Gain C: entries are N(0, C/(q n)) for q taps, or N(0, C/(q N)) where it reads an image of N channels.
    pub gain: Gain,
    /// Side k of the kernel; q = k^dims.
    pub kernel: usize,
    /// The operation whose field it reads; earlier than the reader.
    pub source: OpId,
}

/// Primitive operation over vectors of width n, or, in a program over images, over fields of n channels at m positions.
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
    /// Fixed field over the positions of a grid, not trained; the input of a program over images.
    Image(Arc<Image>),
    /// z(p) = Σ_e Σ_k W_{e,k} x_e(p + k) with independent trained matrices, one for each tap k of each term.
    Conv(Vec<ConvTerm>),
    /// (Π x)(p): the mean of x over the positions of a kernel of side `kernel` around p that lie inside the image.
    Pool {
        /// Side of the kernel.
        kernel: usize,
        /// The operation whose field it reads.
        source: OpId,
    },
}

impl Op {
    /// What it is, in the words of a message.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Input { .. } => "an input".into(),
            Self::Dense(_) => "a linear map".into(),
            Self::Act(activation, _) => format!("the activation {activation}"),
            Self::Sum(_) => "a sum (skip edge)".into(),
            Self::Pointwise(function, _) => format!("the coordinatewise function {}", function.name()),
            Self::Image(_) => "an image".into(),
            Self::Conv(_) => "a convolution".into(),
            Self::Pool { .. } => "average pooling".into(),
        }
    }
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
    grid: Option<Grid>,
    positions: PositionReadout,
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

    /// The positions of its fields; `None` in a program over vectors.
    #[must_use]
    pub fn grid(&self) -> Option<&Grid> {
        self.grid.as_ref()
    }

    /// How the output reads the positions; without a grid there is one position, and every way is the same.
    #[must_use]
    pub fn positions(&self) -> PositionReadout {
        self.positions
    }

    /// Number of trained matrices; a convolution's taps count as one.
    #[must_use]
    pub fn matrix_count(&self) -> usize {
        let matrices = |op: &Op| match op {
            Op::Dense(terms) => terms.len(),
            Op::Conv(terms) => terms.len(),
            _ => 0,
        };
        self.ops.iter().map(matrices).sum()
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
    grid: Option<Grid>,
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
    /// When the mean square is negative or the program is over images.
    pub fn input(&mut self, mean_square: Gain) -> Result<OpId, ModelError> {
        self.check_no_grid()?;
        if mean_square.is_negative() {
            return Err(self.problem("the input's mean square is negative"));
        }
        Ok(self.push(Op::Input { mean_square }))
    }

    /// Adds a fixed field over the positions of its grid.
    ///
    /// # Errors
    /// When another grid, or an operation over vectors, came first.
    pub fn image(&mut self, image: Image) -> Result<OpId, ModelError> {
        match &self.grid {
            Some(grid) if grid != image.grid() => return Err(self.problem("its grid is not that of the image before it")),
            None if !self.ops.is_empty() => return Err(self.problem("an image comes before every other operation")),
            _ => self.grid = Some(image.grid().clone()),
        }
        Ok(self.push(Op::Image(Arc::new(image))))
    }

    /// Adds a convolution over (gain, kernel side, source).
    ///
    /// # Errors
    /// When there is no grid, no term, a gain is negative, a source does not exist yet, or a kernel does not fit the grid.
    pub fn conv(&mut self, terms: Vec<(Gain, usize, OpId)>) -> Result<OpId, ModelError> {
        for &(_, kernel, _) in &terms {
            self.check_kernel(kernel)?;
        }
        let kernels: Vec<usize> = terms.iter().map(|&(_, kernel, _)| kernel).collect();
        let terms = self.terms(terms.into_iter().map(|(gain, _, source)| (gain, source)).collect(), false)?;
        let with_kernel = |(term, kernel): (Term, usize)| ConvTerm { gain: term.gain, kernel, source: term.source };
        Ok(self.push(Op::Conv(terms.into_iter().zip(kernels).map(with_kernel).collect())))
    }

    /// Adds average pooling of stride 1.
    ///
    /// # Errors
    /// When there is no grid, the source does not exist yet, or the kernel does not fit the grid.
    pub fn pool(&mut self, kernel: usize, source: OpId) -> Result<OpId, ModelError> {
        self.check_kernel(kernel)?;
        self.check_source(source)?;
        Ok(self.push(Op::Pool { kernel, source }))
    }

    /// Adds Σ_e W_e x_e over (gain, source); in a program over images, a convolution of one tap is [`ProgramBuilder::conv`].
    ///
    ///
    /// # Errors
    /// When there is no term, a gain is negative, a source does not exist yet, or the program is over images.
    pub fn dense(&mut self, terms: Vec<(Gain, OpId)>) -> Result<OpId, ModelError> {
        self.check_no_grid()?;
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
        self.readout_over(terms, PositionReadout::Average)
    }

    /// Closes a program over images with its scalar readout of the positions.
    ///
    /// # Errors
    /// When there is no term, a gain is negative, a source does not exist or the position read is outside the grid.
    pub fn readout_over(self, terms: Vec<(Gain, OpId)>, positions: PositionReadout) -> Result<Program, ModelError> {
        let readout = self.terms(terms, false)?;
        let count = self.grid.as_ref().map_or(1, Grid::positions);
        if let PositionReadout::Single(at) = positions
            && at >= count
        {
            return Err(self.problem(&format!("the readout reads position {at}, and there are {count}, from 0")));
        }
        Ok(Program { ops: self.ops, readout, nodes: self.nodes, grid: self.grid, positions })
    }

    fn check_no_grid(&self) -> Result<(), ModelError> {
        if self.grid.is_some() {
            return Err(self.problem("it is over vectors, in a program over images; use a convolution of kernel 1"));
        }
        Ok(())
    }

    fn check_kernel(&self, kernel: usize) -> Result<(), ModelError> {
        let Some(grid) = &self.grid else {
            return Err(self.problem("it is over images, in a program over vectors; begin the program with an image"));
        };
        grid.tap_count(kernel).map(|_| ())
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
