//! Statistics: moments, decisions with stated error probabilities, bootstrap intervals, correlations, named random streams.
//!
//! The crate knows no model and no tensor. It turns numbers that a simulation or a measurement produced into a decision or
//! an interval, and says with which probability it is wrong.
//!
//! - [`Moments`] gathers values in one pass and merges in a fixed order;
//! - [`Plan`] states error probabilities and a margin, and sizes a run from an independent pilot;
//! - [`decide`] and its kin return a [`Decision`]: supported, refuted or undecided;
//! - [`Slope`] fits an exponent, [`decide_slope`] judges it;
//! - [`Budget`] adds up the false-alarm probabilities of a suite;
//! - [`Stream`] names random numbers, and [`Resamples`] draws a sample again for intervals;
//! - [`sample_quantile`] and [`population_quantile`], [`Pairs`] and [`tau_b`] describe lists of values.
#![forbid(unsafe_code)]

mod budget;
mod correlation;
mod decision;
mod error;
mod kendall;
mod moments;
mod plan;
mod quantile;
mod resample;
mod slope;
mod streams;
mod studentised;
mod tails;

pub use budget::{Budget, Entry};
pub use correlation::{Pairs, ranks};
pub use decision::{Decision, Outcome, decide, decide_at_scale, decide_difference, decide_interval};
pub use error::StatsError;
pub use kendall::tau_b;
pub use moments::Moments;
pub use plan::{PilotPlan, Plan};
pub use quantile::{population_quantile, sample_quantile};
pub use resample::{Estimate, Groups, LEAST_GROUPS, Resamples, Statistic};
pub use slope::{RatePoint, Slope, SlopeErrors, decide_slope, decide_slope_interval};
pub use streams::{Stream, below, permutation};
