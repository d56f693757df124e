use thiserror::Error;

/// Why a claim could not be judged.
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
    /// A setting that cannot be used.
    #[error(transparent)]
    Refused(#[from] archscale_text::Refusal),
    /// No claim of this id is registered.
    #[error("unknown claim '{found}': expected one of {expected}{}", archscale_model::did_you_mean(found, expected.split(", ")))]
    Unknown {
        /// The id that was asked for.
        found: String,
        /// The registered ids.
        expected: String,
    },
    /// The claim is not judged architecture by architecture.
    #[error(
        "claim '{claim}' trains networks of its own, so no --arch is judged for it; on one architecture at a time are judged: {expected}"
    )]
    NoCases {
        /// The claim's id.
        claim: &'static str,
        /// The claims that are.
        expected: String,
    },
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] archscale_files::FileError),
    /// A result has a value that JSON cannot hold.
    #[error("the results cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
