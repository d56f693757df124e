//! The registry of claims, and the verdict on each.
//!
//! A [`Claim`] is a sentence of the theory with its source, hypotheses and derivation, and a function that judges it. It
//! holds a closed form against simulation, an identity against many graphs, or laws against rates measured by training.
//! Every claim also has mutants, deliberately wrong versions that its check must reject. A new claim is one file in
//! `registry/` with a [`Claim`] constant and one line in [`CLAIMS`].
#![forbid(unsafe_code)]

mod check;
mod claim;
mod context;
mod error;
mod hypothesis;
mod ledger;
mod measured;
mod registry;
mod report;
mod search;
pub mod survey;
mod trial;

pub use check::{Check, Finding, Method, Mutant, Table};
pub use claim::{Claim, Verdict};
pub use context::{Context, Effort};
pub use error::ClaimError;
pub use hypothesis::{Case, Hypothesis};
pub use ledger::{Theorem, theorems};
pub use registry::CLAIMS;
pub use report::{
    ClaimResult, KeptVerdict, Results, Run, RunFolder, SCHEMA_VERSION, Skipped, citation, false_alarm_of_run, figures,
    kept_verdicts, latex, markdown, readme_table, run_claims, run_claims_in, verdicts_page,
};
