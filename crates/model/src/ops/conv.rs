use std::fmt::Write;

use super::{Earlier, Gain, Kind, OpId, Operation};
use crate::{Grid, ModelError};

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

/// z(p) = Σ_e Σ_k W_{e,k} x_e(p + k) with independent trained matrices, one for each tap k of each term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conv {
    /// One kernel for each.
    pub terms: Vec<ConvTerm>,
    /// The positions that it reads and, the stride being 1, those of its value.
    pub grid: Grid,
}

impl Operation for Conv {
    fn kind(&self) -> Kind {
        Kind::Trained
    }

    fn describe(&self) -> String {
        "a convolution".into()
    }

    fn sources(&self) -> Vec<OpId> {
        self.terms.iter().map(|term| term.source).collect()
    }

    fn gains(&self) -> Vec<&Gain> {
        self.terms.iter().map(|term| &term.gain).collect()
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        earlier.reads_grid(&self.sources(), &self.grid)?;
        for term in &self.terms {
            self.grid.tap_count(term.kernel)?;
        }
        earlier.variances(self.gains())?;
        Ok(Some(self.grid.clone()))
    }

    fn encoding(&self) -> String {
        let mut text = String::from("conv");
        for ConvTerm { gain, kernel, source } in &self.terms {
            // Writing to a string does not fail.
            let _ = write!(text, " {gain}*{kernel}@{source}");
        }
        text
    }
}
