//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod constant_input;
mod derivatives;
mod devices;
mod law;
mod lazy_law;
mod lazy_matrix;
mod outside;
mod samples;
