//! Monte-Carlo simulation of the first gradient step of wide networks, on candle tensors.
//!
//! The simulator reads an [`archscale_model::Program`] and knows no formula of the theory: it draws independent networks,
//! runs them forward, takes the gradient, and follows the change that the gradient step makes by a tangent pass.
//!
//! - [`simulate`] estimates |z|²/n, A, B and the squared change at every vertex, and over an image at every position;
//! - [`kernel_sums`] estimates the sums over the tangent kernel that published recursions speak of;
//! - [`gradient_step`] takes a true step of small learning rate and compares it with the tangent;
//! - [`training_steps`] takes several true steps and follows how far the vertices move;
//! - [`largest_rates`] searches for the largest learning rate at which several steps stay bounded.
//!
//! Networks, their weights and their passes are those of [`archscale_nets`]; an estimator draws blocks of them and averages.
//! All random numbers come from [`StreamKey`], one stream per replicate and tensor, and results are the same for any number
//! of threads.
#![forbid(unsafe_code)]

mod block;
mod chunk;
mod error;
mod kernel;
mod largest;
mod load;
mod per_network;
mod readout;
mod run;
mod settings;
mod simulate;
mod step;
mod training;
mod weights;

// What settings are made of.
pub use archscale_nets::{DeviceChoice, NetsError, Precision, StreamKey, Weights};
pub use block::block;
pub use error::SimError;
pub use kernel::{KernelSums, kernel_sums};
pub use largest::{Bound, Breach, LargestRate, largest_rates};
pub use load::Remedy;
pub use readout::Readout;
pub use run::Progress;
pub use settings::{NOMINAL_RATE, Settings};
pub use simulate::{NodeEstimate, PositionEstimate, Simulation, simulate};
pub use step::{GradientStep, StepEstimate, gradient_step};
pub use training::{DIVERGENCE, Drift, Training, TrainingStep, training_steps};
pub use weights::{block_size, lazy_block_size};
