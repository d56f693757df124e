//! Gaussian expectations of activations: closed forms where one exists, otherwise quadrature of a stated accuracy.

mod closed;
mod erf;
pub(crate) mod function;
mod leaky;
mod line;
mod linear;
mod moments;
mod pair;
mod relu;
mod table;

pub use closed::{CLOSED_FORMS, ClosedForm};
pub use line::QUADRATURE_ACCURACY;
pub use moments::ActivationMoments;
pub use pair::GaussianPair;
pub use table::GaussianTable;

pub(crate) use line::{Smoothness, gaussian_integrals};
pub(crate) use table::{inaccurate, smoothness};
