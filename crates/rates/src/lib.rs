//! Suites of measurements of maximal learning rates, from what to train to the score of every law.
//!
//! A [`Suite`] is a JSON file that says which networks are measured, on which data, by which protocol and search; three are
//! carried ([`Suite::CARRIED`]). It expands to [`Job`]s. A [`Folder`] keeps the suite and one line for each finished job, so
//! that a run that was stopped goes on, a suite that grew trains only what is new, and the parts of a divided run join.
//! [`Report`] scores every law on the rates and writes tables and figures. [`measure()`] measures jobs without a folder.
//!
//! ```
//! use archscale_rates::Suite;
//! let suite = Suite::parse(
//!     "an example",
//!     r#"{ "name": "example", "protocol": { "width": 16, "budget": { "steps": 20 } },
//!          "groups": [{ "name": "depth", "architectures": ["chain:{1..4}"], "base": ["chain:1"] }] }"#,
//! )?;
//! let jobs = suite.jobs()?;
//! assert_eq!((jobs.len(), jobs[3].spec.architecture(), jobs[0].base), (4, "chain:4", true));
//! # Ok::<(), archscale_rates::RatesError>(())
//! ```
#![forbid(unsafe_code)]

mod braces;
pub mod cells;
mod error;
mod extent;
mod folder;
mod job;
mod laws;
mod measure;
mod measurement;
mod quantity;
mod report;
mod run;
mod sample;
mod score;
mod suite;
mod training_data;

pub use archscale_records::Part;
pub use error::RatesError;
pub use extent::Extent;
pub use folder::{Folder, Line};
pub use job::{Choice, Job};
pub use laws::{FURTHER_LAWS, Features, Gap, Parameter, ParametricLaw, Predict, VertexFeatures};
pub use measure::{Measured, measure};
pub use measurement::{Measurement, NetworkSpec, TrainedStem};
pub use quantity::Quantity;
pub use report::{GroupFigures, Report, Unusable};
pub use run::{Progress, run};
pub use sample::Sample;
pub use score::{
    Anchor, Base, Ceiling, Distinction, Estimate, EvaluationSet, GroupReport, HeldOut, LawComparison, LawReport,
    LeaderComparison, MeasuredGroup, MeasuredNetwork, Missing, OneRate, Score, ScoreReport, ScoreSettings, Transfer,
};
pub use suite::{Architectures, Group, Suite};
