use std::fmt::Write;

use super::{Earlier, Kind, OpId, Operation};
use crate::{Grid, ModelError};

/// An operation from outside of these crates, known by its name; nothing trained.
///
/// The name stands for all of it, parameters included: two operations of one name are the same function of what they read.
/// Who wants its law or its tensors is given them with the program, by this name. Its value lies on the grid of what it
/// reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Its name.
    pub name: String,
    /// The operations that it reads; one may be read twice.
    pub sources: Vec<OpId>,
}

impl Operation for Outside {
    fn kind(&self) -> Kind {
        Kind::Outside
    }

    fn describe(&self) -> String {
        format!("the outside operation {}", self.name)
    }

    fn sources(&self) -> Vec<OpId> {
        self.sources.clone()
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        if self.name.trim().is_empty() {
            return Err(earlier.problem("it has no name; an operation from outside is known by its name, so give it one"));
        }
        earlier.shared_grid(&self.sources).map(Option::<&Grid>::cloned)
    }

    /// The name is text of the user and may hold any letter, so it is quoted as in JSON.
    fn encoding(&self) -> String {
        let mut text = format!("outside {}", serde_json::Value::from(self.name.as_str()));
        for source in &self.sources {
            // Writing to a string does not fail.
            let _ = write!(text, " @{source}");
        }
        text
    }
}
