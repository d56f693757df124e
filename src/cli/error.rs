//! Ends of a command: exit codes and errors in the user's words.

use archscale_text::Refusal;
use thiserror::Error;

/// End of a command that did its work; the numbers are the program's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Done; every claim that was judged came out as expected.
    Done = 0,
    /// A claim came out otherwise than expected.
    Unexpected = 1,
    /// A claim stayed undecided within the budget.
    Undecided = 3,
}

/// Exit code of unusable input.
pub(crate) const UNUSABLE: u8 = 2;

/// Input that cannot be used, as the user should read it.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Model(#[from] archscale_model::ModelError),
    #[error(transparent)]
    Theory(#[from] archscale_theory::TheoryError),
    #[error(transparent)]
    Sim(#[from] archscale_sim::SimError),
    #[error(transparent)]
    Stats(#[from] archscale_stats::StatsError),
    #[error(transparent)]
    Claim(#[from] archscale_claims::ClaimError),
    #[error(transparent)]
    Census(#[from] archscale_census::CensusError),
    #[error(transparent)]
    Rates(#[from] archscale_rates::RatesError),
    #[error(transparent)]
    Output(#[from] archscale_files::FileError),
    /// The value of an option, or a place of output, with the mend.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Options that do not go together, or a command that was not given.
    #[error("{0}")]
    Usage(String),
}
