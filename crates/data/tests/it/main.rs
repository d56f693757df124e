//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dataset;
mod digits;
mod files;
mod mnist1d;
