use std::fmt::Write;
use std::sync::Arc;

use super::{Earlier, Kind, OpId, Operation};
use crate::{Grid, ModelError};

/// A coordinatewise function of the vectors of several operations, one for each argument; nothing trained.
///
/// For what [`super::Act`] and [`super::Sum`] cannot say: closed forms are keyed on those two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointwise {
    /// The function.
    pub function: Arc<crate::Pointwise>,
    /// The operations that it reads; one may be read twice.
    pub sources: Vec<OpId>,
}

impl Operation for Pointwise {
    fn kind(&self) -> Kind {
        Kind::Coordinatewise
    }

    fn describe(&self) -> String {
        format!("the coordinatewise function {}", self.function.name())
    }

    fn sources(&self) -> Vec<OpId> {
        self.sources.clone()
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        let (name, arity) = (self.function.name(), self.function.arity());
        if self.sources.len() != arity {
            return Err(earlier.problem(&format!("'{name}' reads {arity} vectors, and {} are given", self.sources.len())));
        }
        earlier.shared_grid(&self.sources).map(Option::<&Grid>::cloned)
    }

    /// The name is text of the user and may hold any letter, so it is quoted as in JSON.
    fn encoding(&self) -> String {
        let name = serde_json::Value::from(self.function.name());
        let mut text = format!("pointwise {name} {} ({})", self.function.arity(), self.function.expression());
        for source in &self.sources {
            // Writing to a string does not fail.
            let _ = write!(text, " @{source}");
        }
        text
    }
}
