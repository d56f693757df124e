//! RMS normalisation y = x/√(mean x²) over channels, as somebody outside would add it.

use archscale_nets::NetsError;
use archscale_nets::layer::OutsideLayer;
use candle_core::Tensor;

pub(crate) struct RmsNorm;

/// 1/√(mean x²) over channels.
fn inverse(x: &Tensor) -> Result<Tensor, NetsError> {
    Ok(x.sqr()?.mean_keepdim(1)?.sqrt()?.recip()?)
}

/// (ẋ − y mean(y ẋ))/√(mean x²): a symmetric matrix times ẋ.
fn jacobian(x: &Tensor, along: &Tensor) -> Result<Tensor, NetsError> {
    let inverse = inverse(x)?;
    let y = x.broadcast_mul(&inverse)?;
    let mean = along.broadcast_mul(&y)?.mean_keepdim(1)?;
    Ok((along - y.broadcast_mul(&mean)?)?.broadcast_mul(&inverse)?)
}

impl OutsideLayer for RmsNorm {
    fn name(&self) -> &str {
        "rms-norm"
    }

    fn forward(&self, arguments: &[&Tensor]) -> Result<Tensor, NetsError> {
        Ok(arguments[0].broadcast_mul(&inverse(arguments[0])?)?)
    }

    fn transpose(&self, arguments: &[&Tensor], _argument: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        jacobian(arguments[0], gradient)
    }

    fn tangent(&self, arguments: &[&Tensor], _argument: usize, tangent: &Tensor) -> Result<Tensor, NetsError> {
        jacobian(arguments[0], tangent)
    }
}
