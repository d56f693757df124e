use archscale_model::ModelError;
use archscale_theory::TheoryError;
use thiserror::Error;

use crate::Setting;

/// Why a census cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CensusError {
    /// The space has too many codes to be listed.
    #[error("cells of {steps} steps have {codes} codes: a census takes at most {limit} steps")]
    TooManySteps {
        /// Steps of the space.
        steps: usize,
        /// Its number of codes.
        codes: u64,
        /// The most steps that are accepted.
        limit: usize,
    },
    /// The convention has no exact rate to compare with.
    #[error(
        "convention {found} has no closed form with skips, so a census would compare the laws with estimates: use pre \
            or post"
    )]
    Convention {
        /// The convention.
        found: String,
    },
    /// Nothing to evaluate.
    #[error("no {what} was given: give at least one")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// A cell has no network.
    #[error("code {code}: {source}")]
    Model {
        /// The code.
        code: String,
        /// Why.
        source: ModelError,
    },
    /// The exact law of a cell cannot be evaluated.
    #[error("code {code} ({setting}): {source}")]
    Theory {
        /// The code.
        code: String,
        /// Its convention and initialisation rule.
        setting: Setting,
        /// Why.
        source: Box<TheoryError>,
    },
    /// A cell whose exact change is zero or no number, so that no learning rate follows from it.
    #[error("code {code} ({setting}): its mean squared change is {found}, and no learning rate follows from it")]
    NoRate {
        /// The code.
        code: String,
        /// Its convention and initialisation rule.
        setting: Setting,
        /// The change.
        found: String,
    },
}
