use std::sync::Arc;

use crate::ops::{Act, Conv, ConvTerm, Dense, Earlier, Gain, Input, Op, OpId, Outside, Pool, Sum, Term};
use crate::{Activation, Grid, Image, ModelError, Node, Pointwise, PositionReadout, Program, ops};

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
/// builder.report_at(1, z, 1)?;
/// let program = builder.readout(vec![(two, h)])?;
/// assert_eq!(program.matrix_count(), 1);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ProgramBuilder {
    ops: Vec<Op>,
    grids: Vec<Option<Grid>>,
    nodes: Vec<Node>,
}

impl ProgramBuilder {
    /// An empty program.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an operation; the other methods write the common ones shorter.
    ///
    /// # Errors
    /// As the operation's [`ops::Operation::positions`]: it reads what does not exist yet, or what it cannot read.
    pub fn add(&mut self, op: Op) -> Result<OpId, ModelError> {
        self.grids.push(op.operation().positions(&self.earlier())?);
        self.ops.push(op);
        Ok(self.ops.len() - 1)
    }

    /// Adds a fixed input vector of mean square |h|²/n.
    ///
    /// # Errors
    /// When the mean square is negative or the program is over images.
    pub fn input(&mut self, mean_square: Gain) -> Result<OpId, ModelError> {
        self.add(Op::Input(Input { mean_square }))
    }

    /// Adds a fixed field over the positions of its grid.
    ///
    /// # Errors
    /// When an operation over vectors came first.
    pub fn image(&mut self, image: Image) -> Result<OpId, ModelError> {
        self.add(Op::Image(ops::Image { field: Arc::new(image) }))
    }

    /// Adds a convolution over (gain, kernel side, source).
    ///
    /// # Errors
    /// When there is no term, a gain is negative, a source does not exist yet or is a vector, sources are on different
    /// grids, or a kernel does not fit the grid.
    pub fn conv(&mut self, terms: Vec<(Gain, usize, OpId)>) -> Result<OpId, ModelError> {
        let sources: Vec<OpId> = terms.iter().map(|&(_, _, source)| source).collect();
        let grid = self.earlier().fields(&sources)?.clone();
        let term = |(gain, kernel, source)| ConvTerm { gain, kernel, source };
        self.add(Op::Conv(Conv { terms: terms.into_iter().map(term).collect(), grid }))
    }

    /// Adds average pooling of stride 1.
    ///
    /// # Errors
    /// When the source does not exist yet or is a vector, or the kernel does not fit the grid.
    pub fn pool(&mut self, kernel: usize, source: OpId) -> Result<OpId, ModelError> {
        let grid = self.earlier().fields(&[source])?.clone();
        self.add(Op::Pool(Pool { kernel, source, grid }))
    }

    /// Adds Σ_e W_e x_e over (gain, source); in a program over images, a convolution of one tap is [`ProgramBuilder::conv`].
    ///
    /// # Errors
    /// When there is no term, a gain is negative, a source does not exist yet, or the program is over images.
    pub fn dense(&mut self, terms: Vec<(Gain, OpId)>) -> Result<OpId, ModelError> {
        self.add(Op::Dense(Dense { terms: of_pairs(terms) }))
    }

    /// Adds a coordinatewise nonlinearity.
    ///
    /// # Errors
    /// When the source does not exist yet.
    pub fn act(&mut self, activation: Activation, source: OpId) -> Result<OpId, ModelError> {
        self.add(Op::Act(Act { activation, source }))
    }

    /// Adds Σ_e m_e x_e over (multiplier, source).
    ///
    /// # Errors
    /// When there is no term, a source does not exist yet, or sources are on different grids.
    pub fn sum(&mut self, terms: Vec<(Gain, OpId)>) -> Result<OpId, ModelError> {
        self.add(Op::Sum(Sum { terms: of_pairs(terms) }))
    }

    /// Adds a coordinatewise function of the given operations, one for each argument; an operation may be read twice.
    ///
    /// # Errors
    /// When the number of sources is not the function's arity, a source does not exist yet, or sources are on different
    /// grids.
    pub fn pointwise(&mut self, function: impl Into<Arc<Pointwise>>, sources: Vec<OpId>) -> Result<OpId, ModelError> {
        self.add(Op::Pointwise(ops::Pointwise { function: function.into(), sources }))
    }

    /// Adds an operation from outside by its name; see [`Outside`].
    ///
    /// # Errors
    /// When it has no name or no source, a source does not exist yet, or sources are on different grids.
    pub fn outside(&mut self, name: impl Into<String>, sources: Vec<OpId>) -> Result<OpId, ModelError> {
        self.add(Op::Outside(Outside { name: name.into(), sources }))
    }

    /// Reports quantities at operation `op` under the vertex number `id`.
    ///
    /// # Errors
    /// When the operation does not exist or the number is already taken.
    pub fn report_at(&mut self, id: usize, op: OpId, in_degree: usize) -> Result<(), ModelError> {
        self.earlier().grid(op)?;
        if self.nodes.iter().rev().take_while(|node| node.id >= id).any(|node| node.id == id) {
            return Err(self.earlier().problem(&format!("vertex {id} is reported twice")));
        }
        self.nodes.push(Node { id, op, in_degree });
        Ok(())
    }

    /// Closes the program with its scalar readout.
    ///
    /// # Errors
    /// As [`ProgramBuilder::readout_over`].
    pub fn readout(self, terms: Vec<(Gain, OpId)>) -> Result<Program, ModelError> {
        self.readout_over(terms, PositionReadout::Average)
    }

    /// Closes a program over images with its scalar readout of the positions.
    ///
    /// # Errors
    /// When there is no term, a gain is negative, a source does not exist, sources are on different grids or the position
    /// read is outside their grid.
    pub fn readout_over(self, terms: Vec<(Gain, OpId)>, positions: PositionReadout) -> Result<Program, ModelError> {
        let (readout, earlier) = (of_pairs(terms), self.earlier());
        let sources: Vec<OpId> = readout.iter().map(|term| term.source).collect();
        let count = earlier.shared_grid(&sources)?.map_or(1, Grid::positions);
        earlier.variances(readout.iter().map(|term| &term.gain))?;
        if let PositionReadout::Single(at) = positions
            && at >= count
        {
            return Err(earlier.problem(&format!("the readout reads position {at}, and there are {count}, from 0")));
        }
        Ok(Program { ops: self.ops, grids: self.grids, readout, nodes: self.nodes, positions })
    }

    fn earlier(&self) -> Earlier<'_> {
        Earlier::new(&self.grids)
    }
}

fn of_pairs(terms: Vec<(Gain, OpId)>) -> Vec<Term> {
    terms.into_iter().map(|(gain, source)| Term { gain, source }).collect()
}
