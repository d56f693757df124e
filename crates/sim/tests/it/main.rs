//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod by_hand;
mod common;
mod constant_input;
mod convolution;
mod convolution_by_hand;
mod derivatives;
mod device_estimates;
mod devices;
mod largest;
mod lazy_law;
mod lazy_matrix;
mod lazy_simulate;
mod threads;
mod training;
