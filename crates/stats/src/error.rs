//! The crate's error.

use std::borrow::Cow;

use archscale_text::Refusal;
use thiserror::Error;

/// What makes a plan, a ledger or a fit unusable.
///
/// Data that cannot carry a decision are no error: they give [`Outcome::Undecided`](crate::Outcome) with a reason.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StatsError {
    /// A parameter lies outside its domain.
    #[error(transparent)]
    Domain(#[from] Refusal),
    /// A pilot sample from which nothing can be planned.
    #[error("the pilot of {samples} samples cannot plan a run: {why}")]
    Pilot {
        /// The pilot's size.
        samples: u64,
        /// What is wrong and the mend.
        why: String,
    },
    /// A ledger entry that would exceed the total false-alarm probability.
    #[error(
        "assertion `{name}` asks for a false-alarm probability of {asked:e} but {left:e} of {total:e} is left; give \
            it less or raise the total"
    )]
    BudgetExceeded {
        /// The assertion.
        name: String,
        /// The probability it asked for.
        asked: f64,
        /// What is left.
        left: f64,
        /// The ledger's total.
        total: f64,
    },
    /// A ledger entry under a name that is taken.
    #[error("assertion `{name}` is already in the ledger; every assertion is recorded once, under its own name")]
    DuplicateAssertion {
        /// The name.
        name: String,
    },
    /// A point that cannot enter a fit of log y on log x.
    #[error(
        "point {index} (x = {x}, y = {y}, relative error = {relative_error}) cannot be fitted: all three must be \
            positive and finite"
    )]
    RatePoint {
        /// Its position in the slice.
        index: usize,
        /// Its abscissa.
        x: f64,
        /// Its ordinate.
        y: f64,
        /// The relative standard error of y.
        relative_error: f64,
    },
    /// Too few points for a slope with an error.
    #[error(
        "a slope with an error needs at least 3 points at 2 or more different x; found {points} at {distinct} different x"
    )]
    TooFewPoints {
        /// Points given.
        points: usize,
        /// Different abscissas among them.
        distinct: usize,
    },
}

/// The number, or a refusal that says how to mend it.
pub(crate) fn within(
    name: &'static str,
    found: f64,
    allowed: bool,
    mend: impl Into<Cow<'static, str>>,
) -> Result<f64, StatsError> {
    if allowed { Ok(found) } else { Err(Refusal::new(name, found, mend).into()) }
}

/// A number strictly between 0 and 1.
pub(crate) fn in_open_unit(name: &'static str, found: f64, mend: &'static str) -> Result<f64, StatsError> {
    within(name, found, found > 0.0 && found < 1.0, format!("{mend}, between 0 and 1"))
}
