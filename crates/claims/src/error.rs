use thiserror::Error;

/// The failure that kept a claim from being judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// An architecture of the check cannot be read or lowered.
    #[error(transparent)]
    Model(#[from] archscale_model::ModelError),
    /// A closed form cannot be evaluated.
    #[error(transparent)]
    Theory(#[from] archscale_theory::TheoryError),
    /// A simulation failed.
    #[error(transparent)]
    Sim(#[from] archscale_sim::SimError),
    /// A search space cannot be examined.
    #[error(transparent)]
    Census(#[from] archscale_census::CensusError),
    /// Rates cannot be measured or scored.
    #[error(transparent)]
    Rates(#[from] archscale_rates::RatesError),
    /// A statistical plan is impossible.
    #[error(transparent)]
    Stats(#[from] archscale_stats::StatsError),
    /// A name or setting that cannot be used.
    #[error(transparent)]
    Refused(#[from] archscale_text::Refusal),
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] archscale_files::FileError),
    /// A result has a value that JSON cannot hold.
    #[error("the results cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
