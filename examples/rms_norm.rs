//! An operation that is not coordinatewise, written outside the crates: RMS normalisation, x/(|x|²/n)^½.
//!
//! Its law and its tensors know nothing of each other, so that each can refute the other.
//!
//!     cargo run --release --example rms_norm

use std::error::Error;
use std::sync::Arc;

use archscale::conformance::{OutsideOperation, Settings, Suite};
use archscale::nets::NetsError;
use archscale::nets::layer::OutsideLayer;
use archscale::theory::{Limit, OutsideLaw, SourceMoments, TheoryError};
use candle_core::Tensor;

/// What stands for it in programs.
const NAME: &str = "rms norm";

/// In the limit |x|²/n is its mean, so that the operation is a multiple of x.
pub(crate) struct Law;

impl OutsideLaw for Law {
    fn name(&self) -> &str {
        NAME
    }

    fn limit(&self, sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
        Ok(Limit::Sum(vec![1.0 / sources.second(0)?.sqrt()]))
    }
}

/// At any width, for a block of networks at once; dimension 1 holds the neurons.
pub(crate) struct Tensors;

/// r = (|x|²/n)^½ of each network.
fn root_mean_square(x: &Tensor) -> Result<Tensor, NetsError> {
    Ok(x.sqr()?.mean_keepdim(1)?.sqrt()?)
}

/// (v − y (y·v)/n)/r with y = x/r: the derivative, a symmetric matrix, times each column of v.
fn derivative(x: &Tensor, v: &Tensor) -> Result<Tensor, NetsError> {
    let r = root_mean_square(x)?;
    let y = x.broadcast_div(&r)?;
    let along = y.broadcast_mul(v)?.mean_keepdim(1)?;
    Ok((v - y.broadcast_mul(&along)?)?.broadcast_div(&r)?)
}

impl OutsideLayer for Tensors {
    fn name(&self) -> &str {
        NAME
    }

    fn forward(&self, sources: &[&Tensor]) -> Result<Tensor, NetsError> {
        Ok(sources[0].broadcast_div(&root_mean_square(sources[0])?)?)
    }

    fn transpose(&self, sources: &[&Tensor], _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        derivative(sources[0], gradient)
    }

    fn tangent(&self, sources: &[&Tensor], _term: usize, tangent: &Tensor) -> Result<Tensor, NetsError> {
        derivative(sources[0], tangent)
    }
}

/// Checks the operation, and prints what was found.
///
/// # Errors
/// None in practice.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let layer = OutsideOperation::new(Arc::new(Law), Arc::new(Tensors), 1)?;
    println!("{}", Suite::check_outside(&layer, &Settings::default(), &()));
    Ok(())
}
