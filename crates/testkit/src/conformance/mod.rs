//! What any layer must satisfy, whoever wrote it: an activation or a coordinatewise operation of several vectors, given as a value.
//!
//! - [`Layer`] holds the layer, its closed forms and the small program that tests it; [`Layer::twin`] is the same layer two per
//!   cent too large, which every check must refuse;
//! - [`check_slopes`] compares slopes with finite differences, [`check_kinks`] the declared kinks with those of the expression;
//! - [`check_expectations`] compares closed-form Gaussian expectations with quadrature.
//!
//! What needs a simulator (adjoint identity, automatic differentiation, the law against simulated networks) is driven from the
//! root package's tests, for this crate knows none: tests/it/layers/.

mod expectations;
mod kinks;
mod layer;
mod slopes;

use std::fmt;

pub use expectations::{ClaimedExpectations, check_expectations};
pub use kinks::check_kinks;
pub use layer::{LAYER_VERTEX, Layer, READER_VERTEX, TWIN_PERCENT};
pub use slopes::check_slopes;

/// The result of one check of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was compared, of which layer.
    pub name: String,
    /// Comparisons that an error of the twin's size would have failed.
    pub comparisons: usize,
    /// Fewer comparisons than this check nothing.
    pub required: usize,
    /// The comparisons that failed.
    pub departures: Vec<Departure>,
}

/// One comparison that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Departure {
    /// What was compared, and where.
    pub place: String,
    /// What the layer claims.
    pub claimed: f64,
    /// What was found.
    pub found: f64,
    /// The largest distance that rounding and truncation explain.
    pub allowed: f64,
}

impl Check {
    /// Whether enough was compared and nothing failed.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.departures.is_empty() && self.comparisons >= self.required
    }

    /// Records a comparison; it counts as one if an error of half the twin's size would fail it.
    fn compare(&mut self, place: impl FnOnce() -> String, claimed: f64, found: f64, allowed: f64) {
        let distance = (claimed - found).abs();
        if distance > allowed || distance.is_nan() || allowed.is_nan() {
            self.departures.push(Departure { place: place(), claimed, found, allowed });
        }
        self.comparisons += usize::from(allowed < 0.005 * f64::from(TWIN_PERCENT) * found.abs());
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} comparisons of at least {}", self.name, self.comparisons, self.required)?;
        match self.departures.first() {
            None => Ok(()),
            Some(first) => {
                write!(f, ", {} failed, first {}: claimed {}", self.departures.len(), first.place, first.claimed)?;
                write!(f, ", found {}, allowed {:e}", first.found, first.allowed)
            }
        }
    }
}
