//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calibration;
mod common;
mod decisions;
mod lists;
mod planning;
mod properties;
mod resampling;
mod slopes;
mod streams;
