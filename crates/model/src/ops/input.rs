use num_traits::Signed;

use super::{Earlier, Fixed, Gain, Kind, OpId, Operation};
use crate::{Grid, ModelError};

/// Fixed vector h of the given mean square |h|²/n, not trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// |h|²/n; ½ in the paper's setting, where h = σ(x) and E|x|²/n = 1.
    pub mean_square: Gain,
}

impl Operation for Input {
    fn kind(&self) -> Kind {
        Kind::Source
    }

    fn describe(&self) -> String {
        "an input".into()
    }

    fn sources(&self) -> Vec<OpId> {
        Vec::new()
    }

    fn fixed(&self) -> Option<Fixed<'_>> {
        Some(Fixed::Vector(&self.mean_square))
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        if earlier.over_images() {
            return Err(earlier.over_vectors());
        }
        if self.mean_square.is_negative() {
            return Err(earlier.problem("the input's mean square is negative"));
        }
        Ok(None)
    }

    fn encoding(&self) -> String {
        format!("input {}", self.mean_square)
    }
}
