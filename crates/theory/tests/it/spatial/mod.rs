//! The infinite-channel law of programs over images.

mod depth;
mod domain;
mod mutants;
mod pooling;
mod properties;
mod reference;
mod tables;
mod tensor;
mod twin;
mod vectors;
