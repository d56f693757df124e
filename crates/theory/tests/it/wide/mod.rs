//! The infinite-width law of general programs.

mod cells;
mod domain;
mod exact;
mod fixed_variance;
mod general;
mod mutants;
mod outside;
mod reference;
mod sampled;
mod twin;
