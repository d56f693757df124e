//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod checkpoints;
mod common;
mod determinism;
mod devices;
mod gradients;
mod images;
mod measurement;
mod optimisers;
mod outside;
#[path = "../../../nets/tests/it/common/rms_norm.rs"]
mod rms_norm;
mod search;
mod training;
