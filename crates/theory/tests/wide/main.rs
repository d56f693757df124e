//! The infinite-width law of general programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cells;
mod domain;
mod exact;
mod fixed_variance;
mod general;
mod mutants;
mod reference;
mod sampled;
mod twin;
