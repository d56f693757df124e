use std::path::PathBuf;

use archscale_nets::NetsError;
use archscale_text::Refusal;
use thiserror::Error;

/// What kept a training run or a search from going on, where, and how to mend it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting lies outside its domain.
    #[error(transparent)]
    Setting(#[from] Refusal),
    /// The samples are not what they are said to be.
    #[error("the samples cannot be used: {problem}")]
    Samples {
        /// What was found, where, and the rule.
        problem: String,
    },
    /// The program's operations cannot be run on tensors.
    #[error(transparent)]
    Nets(#[from] NetsError),
    /// An activation cannot give the stem its scale.
    #[error("{place} has no usable activation: {problem}")]
    Activation {
        /// The stem and its activation.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Parameters that were handed over do not fit the network.
    #[error("the parameters do not fit the network: {problem}")]
    Parameters {
        /// What was found and what is expected.
        problem: String,
    },
    /// A checkpoint file is no checkpoint, is damaged, or belongs to another run.
    #[error("checkpoint {}: {problem}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What was found, and how to mend it.
        problem: String,
    },
    /// A checkpoint file could not be read or written.
    #[error("checkpoint {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A record could not be written as JSON.
    #[error("the record cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A tensor operation failed.
    #[error("a tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
}
