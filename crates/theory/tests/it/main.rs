//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chain;
mod chain_step;
mod gaussian;
mod keep;
mod limit;
mod output_kernel;
mod passes;
mod recursion;
mod reference;
mod rules;
mod spatial;
mod wide;
