use super::{Earlier, Kind, OpId, Operation, Term, encoded, sources_of};
use crate::{Grid, ModelError};

/// Σ_e m_e x_e: skips and merges, nothing trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The addends; a multiplier m_e may be negative.
    pub terms: Vec<Term>,
}

impl Operation for Sum {
    fn kind(&self) -> Kind {
        Kind::Sum
    }

    fn describe(&self) -> String {
        "a sum (skip edge)".into()
    }

    fn sources(&self) -> Vec<OpId> {
        sources_of(&self.terms)
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        earlier.shared_grid(&self.sources()).map(Option::<&Grid>::cloned)
    }

    fn encoding(&self) -> String {
        format!("sum{}", encoded(&self.terms))
    }
}
