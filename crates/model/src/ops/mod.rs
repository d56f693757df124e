//! The primitive operations of a [`crate::Program`], one file each.
//!
//! A file holds what an operation is made of, what it reads, and what must hold of it. Readers ask [`Op`] for sources, gains
//! and kind; only the tables that give each operation its law or its tensors match on the variants, and they name all of
//! them.

mod act;
mod conv;
mod dense;
mod earlier;
mod image;
mod input;
mod outside;
mod pointwise;
mod pool;
mod sum;

use std::sync::Arc;

use num_rational::BigRational;

use crate::{Grid, ModelError};

pub use act::Act;
pub use conv::{Conv, ConvTerm};
pub use dense::Dense;
pub use earlier::Earlier;
pub(crate) use earlier::in_words;
pub use image::Image;
pub use input::Input;
pub use outside::Outside;
pub use pointwise::Pointwise;
pub use pool::Pool;
pub use sum::Sum;

/// Exact gain of a linear map or skip.
pub type Gain = BigRational;

/// Index of an operation in its [`crate::Program`].
pub type OpId = usize;

/// One addend of a dense operation, a sum or the readout: a source and its gain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Gain C of the map (variance C/n for a dense term, C/n² for a readout term), or the multiplier of a sum's addend.
    pub gain: Gain,
    /// The operation whose vector it reads; earlier than the reader.
    pub source: OpId,
}

/// What an operation does with what it reads, as far as a reader can decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A fixed vector or field, which reads nothing.
    Source,
    /// A linear map by trained Gaussian matrices, one for each term.
    Trained,
    /// A fixed linear combination, coordinate by coordinate.
    Sum,
    /// A fixed function, coordinate by coordinate and position by position.
    Coordinatewise,
    /// A fixed linear map over the positions of each channel.
    Positions,
    /// An operation of which this crate knows no more than its name.
    Outside,
}

/// What a source holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fixed<'a> {
    /// A vector of this mean square |h|²/n.
    Vector(&'a Gain),
    /// A field over the positions of a grid.
    Field(&'a Arc<crate::Image>),
}

/// What every operation answers.
pub trait Operation {
    /// What it does with what it reads.
    fn kind(&self) -> Kind;

    /// What it is, in the words of a message, with its article.
    fn describe(&self) -> String;

    /// The operations that it reads, one for each term or argument, in order.
    fn sources(&self) -> Vec<OpId>;

    /// The exact gain C of each of its trained matrices, in the order of its sources; none where nothing is trained.
    fn gains(&self) -> Vec<&Gain> {
        Vec::new()
    }

    /// What it holds where it is a [`Kind::Source`].
    fn fixed(&self) -> Option<Fixed<'_>> {
        None
    }

    /// The positions of its value, `None` where it is a vector, given the operations before it.
    ///
    /// # Errors
    /// When the operation cannot stand there: [`ModelError::Program`] or, for a kernel, [`ModelError::Spatial`].
    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError>;

    /// Its line in [`crate::Program::encoding`].
    fn encoding(&self) -> String;
}

/// Primitive operation over vectors of width n, or, in a program over images, over fields of n channels at m positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A fixed vector.
    Input(Input),
    /// Trained matrices.
    Dense(Dense),
    /// A nonlinearity of one operation.
    Act(Act),
    /// Skips and merges.
    Sum(Sum),
    /// A coordinatewise function of several operations.
    Pointwise(Pointwise),
    /// A fixed field.
    Image(Image),
    /// Trained kernels.
    Conv(Conv),
    /// Average pooling.
    Pool(Pool),
    /// An operation known by name.
    Outside(Outside),
}

impl Op {
    /// The operation behind the variant; the one place that lists all of them.
    #[must_use]
    pub fn operation(&self) -> &dyn Operation {
        match self {
            Self::Input(op) => op,
            Self::Dense(op) => op,
            Self::Act(op) => op,
            Self::Sum(op) => op,
            Self::Pointwise(op) => op,
            Self::Image(op) => op,
            Self::Conv(op) => op,
            Self::Pool(op) => op,
            Self::Outside(op) => op,
        }
    }

    /// As [`Operation::kind`].
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.operation().kind()
    }

    /// As [`Operation::describe`].
    #[must_use]
    pub fn describe(&self) -> String {
        self.operation().describe()
    }

    /// As [`Operation::sources`].
    #[must_use]
    pub fn sources(&self) -> Vec<OpId> {
        self.operation().sources()
    }

    /// As [`Operation::gains`].
    #[must_use]
    pub fn gains(&self) -> Vec<&Gain> {
        self.operation().gains()
    }

    /// As [`Operation::fixed`].
    #[must_use]
    pub fn fixed(&self) -> Option<Fixed<'_>> {
        self.operation().fixed()
    }
}

/// Sources of terms, in order.
fn sources_of(terms: &[Term]) -> Vec<OpId> {
    terms.iter().map(|term| term.source).collect()
}

/// Terms as an encoding writes them: `gain@source`, separated by blanks.
pub(crate) fn encoded(terms: &[Term]) -> String {
    let term = |term: &Term| format!(" {}@{}", term.gain, term.source);
    terms.iter().map(term).collect()
}
