//! Tests that need both theory and simulation, the command line as a user runs it, and the tree itself, in one program.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod budget;
mod census;
mod cli;
mod conv;
mod display;
mod exhaustive;
mod facade;
mod inputs;
mod layer_check;
mod layers;
mod lazy;
mod ledger;
mod maxlr;
mod mutants;
mod output_kernel;
mod properties;
mod prose;
mod range;
mod scale;
mod schemas;
mod statistical;
mod steps;
mod support;
mod survey;
mod tidy;
mod verify;
mod wide;
