//! The tests of the crate, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod activation;
mod enumerate;
mod expression;
mod foreign;
mod lowering;
mod nas;
mod ops;
mod parsing;
mod paths;
mod scaled;
mod schema;
mod space;
mod spatial;
mod stem;
mod written;
