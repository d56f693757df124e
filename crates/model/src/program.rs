use std::fmt::Write;

use crate::ops::{Op, OpId, Term, encoded, in_words};
use crate::{Grid, ModelError, PositionReadout};

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
/// source is earlier than its reader, gains are non-negative, what an operation reads together lies on one grid, and the
/// readout reads existing operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub(crate) ops: Vec<Op>,
    /// By operation, the positions of its value.
    pub(crate) grids: Vec<Option<Grid>>,
    pub(crate) readout: Vec<Term>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) positions: PositionReadout,
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

    /// The positions of the value of an operation; `None` where it is a vector or there is no such operation.
    #[must_use]
    pub fn grid_of(&self, op: OpId) -> Option<&Grid> {
        self.grids.get(op)?.as_ref()
    }

    /// The positions that the readout reads; `None` in a program over vectors.
    #[must_use]
    pub fn readout_grid(&self) -> Option<&Grid> {
        self.grid_of(self.readout.first()?.source)
    }

    /// The grid of all its values, for readers that know one only; `None` in a program over vectors.
    ///
    /// # Errors
    /// [`ModelError::Program`] at the first operation whose value is on another grid than the readout.
    pub fn shared_grid(&self) -> Result<Option<&Grid>, ModelError> {
        let grid = self.readout_grid();
        match self.grids.iter().position(|other| other.as_ref() != grid) {
            None => Ok(grid),
            Some(op) => {
                let (found, read) = (in_words(self.grid_of(op)), in_words(grid));
                let problem = format!(
                    "its value is on {found}, and the readout reads {read}; values on several grids are not \
                     covered here, so put all on one grid"
                );
                Err(ModelError::Program { op, problem })
            }
        }
    }

    /// How the output reads the positions; without a grid there is one position, and every way is the same.
    #[must_use]
    pub fn positions(&self) -> PositionReadout {
        self.positions
    }

    /// Number of trained matrices; a convolution's taps count as one.
    #[must_use]
    pub fn matrix_count(&self) -> usize {
        self.ops.iter().map(|op| op.gains().len()).sum()
    }

    /// The operations and the readout as text, one a line: what digests and files of records name a program by.
    ///
    /// Every line is a keyword and what the operation is made of: gains and mean squares as exact fractions, sources as
    /// `@index`, activations and expressions in the form in which they are parsed, names quoted as in JSON. The readout is
    /// the last line. Reported vertices are left out. Of an image, it has the grid, the padding, the channels and the mean
    /// square, not the Gram matrix.
    ///
    /// ```
    /// use archscale_model::{Architecture, InitRule};
    /// let program = Architecture::parse("chain:1")?.graph().lower(InitRule::Target)?;
    /// assert_eq!(program.encoding(), "input 1/2\ndense 2@0\nact relu @1\nreadout gap 2@2\n");
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    #[must_use]
    pub fn encoding(&self) -> String {
        let mut text = String::new();
        for op in &self.ops {
            text += &op.operation().encoding();
            text.push('\n');
        }
        // Writing to a string does not fail.
        let _ = writeln!(text, "readout {}{}", self.positions, encoded(&self.readout));
        text
    }
}
