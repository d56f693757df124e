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

/// Whether σ(a z) = a σ(z) for every a > 0: slopes that do not depend on the size of z.
pub(crate) fn is_homogeneous(activation: archscale_model::Activation) -> bool {
    let keyword = activation.keyword();
    [relu::CLOSED_FORM.family, leaky::CLOSED_FORM.family, linear::CLOSED_FORM.family].contains(&keyword)
}
