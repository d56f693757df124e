//! Whole search spaces of cells: the exact largest learning rate of every code, every path law, and how well they agree.
//!
//! [`Census::take`] walks a [`archscale_model::SearchSpace`]. Codes that stand for one and the same network up to the names
//! of its nodes share a [`Structure`], which is evaluated once; codes whose last node nothing reaches, or whose input–output
//! paths hold no trained edge, are counted and never given a learning rate.
//!
//! ```
//! use archscale_census::{Census, Plan};
//! use archscale_model::SearchSpace;
//!
//! let census = Census::take(SearchSpace::cells(2)?, &Plan::default(), &())?;
//! let summary = census.summary();
//! assert_eq!((summary.codes, summary.no_path, summary.untrained, summary.with_rate), (27, 5, 7, 15));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod csv;
mod error;
mod figures;
mod law;
mod plan;
mod row;
mod statistics;
mod structure;
mod summary;
mod survey;

pub use error::CensusError;
pub use figures::{figures, space_name};
pub use law::{PathLaw, Paths, Weights};
pub use plan::{Plan, Setting};
pub use row::{Row, Status};
pub use statistics::{Agreement, Pair, agreement};
pub use summary::{Comparison, RunSummary, SCHEMA_VERSION, Subset, Summary};
pub use survey::{Census, Class, Exact, Measure, Outcome, Structure};
