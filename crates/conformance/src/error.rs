use archscale_model::ModelError;
use archscale_nets::NetsError;
use archscale_sim::SimError;
use archscale_stats::StatsError;
use archscale_text::Refusal;
use archscale_theory::TheoryError;
use thiserror::Error;

/// Why a check cannot be made, or a layer not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConformanceError {
    /// A function or program that the model refuses.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A law that cannot be evaluated.
    #[error(transparent)]
    Theory(#[from] TheoryError),
    /// Networks that cannot be drawn or run.
    #[error(transparent)]
    Nets(#[from] NetsError),
    /// A simulation that cannot be run.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// Error probabilities outside their domain.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A tensor operation failed.
    #[error("a tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A layer file that cannot be used.
    #[error(transparent)]
    File(#[from] Refusal),
}
