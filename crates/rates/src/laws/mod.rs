//! Laws that are scored against measured rates, and what they read of a network.
//!
//! The laws of the theory crate stand first, those of [`FURTHER_LAWS`] after them. A further law is one row of `table.rs`.

mod features;
mod gap;
mod law;
mod table;

pub use features::{Features, VertexFeatures};
pub use gap::Gap;
pub use law::{Parameter, ParametricLaw, Predict};
pub use table::FURTHER_LAWS;
