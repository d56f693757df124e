//! Programs on candle tensors: many independent networks of one program at once.
//!
//! The crate reads an [`archscale_model::Program`] and knows no formula of the theory. It draws networks, runs them forward,
//! takes gradients, and follows small changes of the weights by a tangent pass. Estimators and trainers are built on it.
//!
//! - [`Networks`] is a block of networks of a program: weights, values, gradients, tangents;
//! - [`Layers`] are operations put together by hand, with a [`Pass`] of many samples through them;
//! - [`Matrix`] is a trained weight, known by its products;
//! - [`StreamKey`] names the random numbers; all of them are drawn on the host;
//! - [`DeviceChoice`] and [`Precision`] say where tensors live and in which format.
//!
//! With [`Weights::Dense`] a weight's entries are drawn, n² numbers. With [`Weights::Lazy`] only the products that the
//! passes ask for are, n numbers each and in the same joint law, so that widths of 10⁶ cost seconds.
//!
//! Activations and operations of several vectors need no code here: their expressions are run on tensors. Any other
//! operation is one file in `layer/`.
#![forbid(unsafe_code)]

mod chacha;
mod device;
mod draw;
mod error;
mod fused;
pub mod layer;
mod layers;
mod machine;
mod matrix;
mod network;
mod networks;
mod normal;
mod pass;
mod patterns;
mod random;
mod rows;
mod spare;
mod tape;
pub mod tensor;
mod weights;

pub use device::{DeviceChoice, Precision};
pub use draw::Draw;
pub use error::NetsError;
pub use fused::rectified;
pub use layers::{Flow, Layers, Sink};
pub use machine::Machine;
pub use matrix::{DenseMatrix, LazyGaussian, Matrix, Update};
pub use network::Network;
pub use networks::Networks;
pub use pass::Pass;
pub use random::{StreamKey, TensorId, labels};
pub use spare::Spare;
pub use weights::Weights;
