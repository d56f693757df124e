//! Monte-Carlo simulation of the first gradient step of wide networks, on candle tensors.
//!
//! The simulator reads an [`archscale_model::Program`] and knows no formula of the theory: it draws independent networks,
//! runs them forward, takes the gradient, and follows the change that the gradient step makes by a tangent pass.
//!
//! - [`simulate`] estimates |z|²/n, A, B and the squared change at every vertex, and over an image at every position;
//! - [`kernel_sums`] estimates the sums over the tangent kernel that published recursions speak of;
//! - [`gradient_step`] takes a true step of small learning rate and compares it with the tangent;
//! - [`training_steps`] takes several true steps and follows how far the vertices move;
//! - [`largest_rates`] searches for the largest learning rate at which several steps stay bounded;
//! - [`Batch`] gives the parts: weights, values, gradients, tangents.
//!
//! A trained weight is a [`Matrix`], known by its products. With [`Method::Dense`] its entries are drawn, n² numbers per weight; with
//! [`Method::Lazy`] only the products that the passes ask for are, n numbers each and in the same joint law, so that widths of 10⁶
//! cost seconds. Every program and every function here takes either.
//!
//! All random numbers are drawn on the host from [`StreamKey`], one stream per replicate and tensor, and results are the
//! same for any number of threads. Activations and operations of several vectors need no code here: their expressions are run on
//! tensors. Any other new operation is one file in `layer/`.
#![forbid(unsafe_code)]

mod batch;
mod chacha;
mod device;
mod error;
mod fused;
mod kernel;
mod largest;
mod layer;
mod load;
mod matrix;
mod method;
mod network;
mod normal;
mod patterns;
mod per_network;
mod random;
mod readout;
mod rows;
mod run;
mod settings;
mod simulate;
mod spare;
mod step;
mod tape;
mod training;

pub use batch::{Batch, Flow};
pub use device::{DeviceChoice, Precision};
pub use error::SimError;
pub use kernel::{KernelSums, kernel_sums};
pub use largest::{Bound, Breach, LargestRate, largest_rates};
pub use load::Remedy;
pub use matrix::{DenseMatrix, LazyGaussian, Matrix, Update};
pub use method::{Method, block_size, lazy_block_size};
pub use random::{StreamKey, TensorId};
pub use readout::Readout;
pub use run::Progress;
pub use settings::{NOMINAL_RATE, Settings};
pub use simulate::{NodeEstimate, PositionEstimate, Simulation, simulate};
pub use step::{GradientStep, StepEstimate, gradient_step};
pub use training::{DIVERGENCE, Drift, Training, TrainingStep, training_steps};
