//! The infinite-channel law of programs over images.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod reference;
mod vectors;
