//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod by_hand;
mod cells;
mod common;
mod coverage;
mod folder;
mod images;
mod planted;
mod recorded;
mod suites;
