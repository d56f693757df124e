use super::{Earlier, Gain, Kind, OpId, Operation, Term, encoded, sources_of};
use crate::{Grid, ModelError};

/// Σ_e W_e x_e with independent trained matrices, entries N(0, C_e/n).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dense {
    /// One matrix for each.
    pub terms: Vec<Term>,
}

impl Operation for Dense {
    fn kind(&self) -> Kind {
        Kind::Trained
    }

    fn describe(&self) -> String {
        "a linear map".into()
    }

    fn sources(&self) -> Vec<OpId> {
        sources_of(&self.terms)
    }

    fn gains(&self) -> Vec<&Gain> {
        self.terms.iter().map(|term| &term.gain).collect()
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        earlier.vectors(&self.sources())?;
        earlier.variances(self.gains())?;
        Ok(None)
    }

    fn encoding(&self) -> String {
        format!("dense{}", encoded(&self.terms))
    }
}
