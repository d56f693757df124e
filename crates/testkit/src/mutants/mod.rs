//! Deliberately wrong formulas, each close to the right one: a check that accepts any of them on every case checks nothing.
//!
//! Each mutant is the exact law with one thing altered, at one of three places: in the step of the derivation that averages
//! over a vertex (`rules.rs`), in the program that the law reads (`wirings.rs`), or in the result (`outputs.rs`).

mod outputs;
mod rules;
mod wirings;

use archscale_theory::FiniteMoments;

use crate::TestkitError;
use crate::suite::Case;

pub use outputs::naive_limit;

/// The values of a formula at every hidden vertex of a case.
pub type Predictions = Result<Vec<FiniteMoments<f64>>, TestkitError>;

/// A wrong formula.
#[derive(Debug, Clone, Copy)]
pub struct Mutant {
    /// Name, unique in [`mutants`].
    pub id: &'static str,
    /// The alteration, in words.
    pub what: &'static str,
    /// The values of the altered formula. Where the alteration changes nothing, the right values.
    pub predict: fn(&Case) -> Predictions,
}

/// Every wrong formula.
///
/// ```
/// use archscale_testkit::{mutants::mutants, suite::cases};
/// let case = &cases(&[4], &[])?[1];
/// let [right, wrong] = [case.law()?, (mutants().next().unwrap().predict)(case)?];
/// assert_eq!(right.len(), wrong.len());
/// # Ok::<(), archscale_testkit::TestkitError>(())
/// ```
pub fn mutants() -> impl Iterator<Item = &'static Mutant> {
    [rules::MUTANTS, wirings::MUTANTS, outputs::MUTANTS].into_iter().flatten()
}
