use std::sync::Arc;

use super::{Earlier, Fixed, Kind, OpId, Operation};
use crate::{Grid, ModelError};

/// Fixed field over the positions of its grid, not trained; the input of a program over images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The field.
    pub field: Arc<crate::Image>,
}

impl Operation for Image {
    fn kind(&self) -> Kind {
        Kind::Source
    }

    fn describe(&self) -> String {
        "an image".into()
    }

    fn sources(&self) -> Vec<OpId> {
        Vec::new()
    }

    fn fixed(&self) -> Option<Fixed<'_>> {
        Some(Fixed::Field(&self.field))
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        if !earlier.is_empty() && !earlier.over_images() {
            return Err(earlier.problem("an image comes before every other operation"));
        }
        Ok(Some(self.field.grid().clone()))
    }

    fn encoding(&self) -> String {
        let channels = self.field.channels().map_or_else(|| "many".into(), |channels| channels.to_string());
        format!("image {} {} {channels} {}", self.field.grid(), self.field.grid().padding(), self.field.mean_square())
    }
}
