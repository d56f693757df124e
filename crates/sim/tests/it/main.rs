//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod by_hand;
#[path = "../../../nets/tests/it/common/mod.rs"]
mod common;
mod convolution;
mod convolution_by_hand;
mod device_estimates;
mod largest;
mod lazy_simulate;
mod outside;
mod steps;
mod threads;
mod training;
