use archscale_nets::{NetsError, Weights};
use archscale_text::Refusal;
use thiserror::Error;

/// What kept a simulation from running, where, and how to mend it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimError {
    /// A setting lies outside its domain.
    #[error(transparent)]
    Setting(#[from] Refusal),
    /// One block of networks does not fit.
    #[error(
        "width {width} with {matrices} trained {method} matrices and {operations} operations needs about {needed} of memory for one \
         block of networks, above the limit of {limit}: {}",
        remedy.map_or_else(|| "take a smaller width, a smaller network or fewer steps".into(), |way| format!("take {way}"))
    )]
    Memory {
        /// The width n.
        width: usize,
        /// Number of trained matrices.
        matrices: usize,
        /// Number of operations.
        operations: usize,
        /// How the matrices are represented.
        method: Weights,
        /// Estimated memory of one block.
        needed: String,
        /// The limit of the settings.
        limit: String,
        /// Another way to run that is within the limits.
        remedy: Option<crate::Remedy>,
    },
    /// The run would not end.
    #[error(
        "{what} need about {needed} at 10¹¹ operations a second, above the limit of {limit}: take {}",
        remedy.map_or_else(|| format!("fewer {fewer}, a smaller width or a smaller network"), |way| way.to_string())
    )]
    Work {
        /// What was asked for.
        what: String,
        /// Estimated time on a large processor.
        needed: String,
        /// The limit of the settings.
        limit: String,
        /// What to take less of.
        fewer: &'static str,
        /// Another way to run that is within the limits.
        remedy: Option<crate::Remedy>,
    },
    /// A quantity is defined for vectors alone.
    #[error("{what} is defined for programs over vectors, and this one is over an image of {grid} positions: {mend}")]
    OverImages {
        /// The quantity.
        what: &'static str,
        /// The sides of the image.
        grid: String,
        /// How to mend it.
        mend: &'static str,
    },
    /// The networks could not be made or run.
    #[error(transparent)]
    Nets(#[from] NetsError),
    /// A tensor operation failed on the device.
    #[error("a tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
}
