//! Streaming moments, sample-size planning and decisions with stated error probabilities.
//!
//! The crate knows no model, no tensor and no random generator: it turns numbers that a simulation produced into a
//! decision about a prediction, and says with which probability that decision is wrong.

mod moments;

pub use moments::Moments;
