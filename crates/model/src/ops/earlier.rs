use num_traits::Signed;

use super::{Gain, OpId};
use crate::{Grid, ModelError};

/// The operations before one that is added, as far as its validity depends on them.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// By operation, the positions of its value.
    grids: &'a [Option<Grid>],
}

impl<'a> Earlier<'a> {
    pub(crate) fn new(grids: &'a [Option<Grid>]) -> Self {
        Self { grids }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.grids.is_empty()
    }

    /// Whether the program is over images: its first operation says so.
    pub(super) fn over_images(&self) -> bool {
        self.grids.first().is_some_and(Option::is_some)
    }

    /// The positions of the value of an operation.
    ///
    /// # Errors
    /// When it does not exist yet.
    pub fn grid(&self, source: OpId) -> Result<Option<&'a Grid>, ModelError> {
        match self.grids.get(source) {
            Some(grid) => Ok(grid.as_ref()),
            None => Err(self.problem(&format!("it reads operation {source}, which does not exist yet"))),
        }
    }

    /// The positions that the values of all these operations share.
    ///
    /// # Errors
    /// When there is none, one does not exist yet, or their grids differ.
    pub fn shared_grid(&self, sources: &[OpId]) -> Result<Option<&'a Grid>, ModelError> {
        let Some((&first, rest)) = sources.split_first() else {
            return Err(self.problem("it has no source; give it at least one"));
        };
        let grid = self.grid(first)?;
        for &source in rest {
            let other = self.grid(source)?;
            if other != grid {
                let problem = format!(
                    "operations {first} and {source}, which it reads, have values on {} and on {}; give it \
                     values on one grid",
                    in_words(grid),
                    in_words(other)
                );
                return Err(self.problem(&problem));
            }
        }
        Ok(grid)
    }

    /// As [`Earlier::shared_grid`], for an operation over vectors.
    pub(super) fn vectors(&self, sources: &[OpId]) -> Result<(), ModelError> {
        match self.shared_grid(sources)? {
            Some(_) => Err(self.over_vectors()),
            None => Ok(()),
        }
    }

    /// As [`Earlier::shared_grid`], for an operation on fields.
    pub(crate) fn fields(&self, sources: &[OpId]) -> Result<&'a Grid, ModelError> {
        let problem = "it is over images, in a program over vectors; begin the program with an image";
        self.shared_grid(sources)?.ok_or_else(|| self.problem(problem))
    }

    /// Checks that an operation on fields is on the grid of what it reads.
    pub(super) fn reads_grid(&self, sources: &[OpId], grid: &Grid) -> Result<(), ModelError> {
        let found = self.fields(sources)?;
        if found == grid {
            return Ok(());
        }
        let found = in_words(Some(found));
        Err(self.problem(&format!("it is for {}, and reads values on {found}; give it their grid", in_words(Some(grid)))))
    }

    /// Checks that variances are not negative.
    pub(crate) fn variances<'g>(&self, gains: impl IntoIterator<Item = &'g Gain>) -> Result<(), ModelError> {
        match gains.into_iter().find(|gain| gain.is_negative()) {
            Some(gain) => Err(self.problem(&format!("gain {gain} is negative; a variance cannot be"))),
            None => Ok(()),
        }
    }

    /// Why an operation over vectors cannot stand here.
    pub(super) fn over_vectors(&self) -> ModelError {
        self.problem("it is over vectors, in a program over images; use a convolution of kernel 1")
    }

    /// An error at the operation that is added.
    #[must_use]
    pub fn problem(&self, problem: &str) -> ModelError {
        ModelError::Program { op: self.grids.len(), problem: problem.into() }
    }
}

/// A grid in the words of a message.
pub(crate) fn in_words(grid: Option<&Grid>) -> String {
    grid.map_or_else(|| "no grid".into(), |grid| format!("an image of {grid} ({} padding)", grid.padding()))
}
