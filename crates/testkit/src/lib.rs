//! Tools that the tests share: strategies for architectures, the tolerance policy, the statistical suite, deliberately wrong
//! formulas.
//!
//! - [`strategy`] draws random architectures that shrink to the smallest failing graph;
//! - [`search`] looks for a counterexample of a claim about all of them, from a fixed seed;
//! - [`Wiring`] edits an architecture edge by edge, below what a [`archscale_model::Graph`] can say;
//! - [`Tolerance`] is the one place where a floating-point tolerance is set;
//! - [`threads`] runs a test under several numbers of threads;
//! - [`suite`] names the cases of the statistical tests, [`mutants`] the altered formulas that those tests must reject.
#![forbid(unsafe_code)]

mod error;
pub mod mutants;
pub mod search;
pub mod strategy;
pub mod suite;
pub mod threads;
mod tolerance;
mod wiring;

pub use error::TestkitError;
pub use tolerance::Tolerance;
pub use wiring::Wiring;
