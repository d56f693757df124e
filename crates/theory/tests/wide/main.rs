//! The infinite-width law of general programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cells;
mod reference;
mod sampled;
