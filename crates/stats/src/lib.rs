//! Streaming moments, sample-size planning and decisions with stated error probabilities.
//!
//! The crate knows no model, no tensor and no random generator: it turns numbers that a simulation produced into a
//! decision about a prediction, and says with which probability that decision is wrong.
//!
//! - [`Moments`] gathers values in one pass and merges in a fixed order;
//! - [`Plan`] states error probabilities and a margin, and sizes a run from an independent pilot;
//! - [`decide`] and its kin return a [`Decision`]: supported, refuted or undecided;
//! - [`Slope`] fits an exponent, [`decide_slope`] judges it;
//! - [`Budget`] adds up the false-alarm probabilities of a suite.
#![forbid(unsafe_code)]

mod budget;
mod decision;
mod error;
mod moments;
mod plan;
mod quantile;
mod slope;
mod studentised;

pub use budget::{Budget, Entry};
pub use decision::{Decision, Outcome, decide, decide_at_scale, decide_difference, decide_interval};
pub use error::StatsError;
pub use moments::Moments;
pub use plan::{PilotPlan, Plan};
pub use slope::{RatePoint, Slope, SlopeErrors, decide_slope, decide_slope_interval};
