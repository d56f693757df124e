use super::{Earlier, Kind, OpId, Operation};
use crate::{Activation, Grid, ModelError};

/// Coordinatewise nonlinearity σ(x).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// σ.
    pub activation: Activation,
    /// The operation that it reads.
    pub source: OpId,
}

impl Operation for Act {
    fn kind(&self) -> Kind {
        Kind::Coordinatewise
    }

    fn describe(&self) -> String {
        format!("the activation {}", self.activation)
    }

    fn sources(&self) -> Vec<OpId> {
        vec![self.source]
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        earlier.grid(self.source).map(Option::<&Grid>::cloned)
    }

    fn encoding(&self) -> String {
        format!("act {} @{}", self.activation, self.source)
    }
}
