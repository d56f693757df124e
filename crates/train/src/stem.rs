//! The scale of a stem.

use std::f64::consts::TAU;

use archscale_model::{Activation, Fixed, Op};
use archscale_nets::layer::number;

use crate::TrainError;

/// Half the range of the quadrature, in standard deviations, and its points per unit.
const RANGE: i32 = 12;
const POINTS: i32 = 256;
/// Scales that are tried: √q from 2⁻⁴⁰ to 2⁴⁰.
const OCTAVES: f64 = 40.0;

/// E σ(s g)² of a standard normal g, by the trapezoidal rule; kinks at 0 fall on a point.
fn mean_square(activation: Activation, scale: f64) -> f64 {
    let expression = activation.expression();
    let step = 1.0 / f64::from(POINTS);
    let sum: f64 = (-RANGE * POINTS..=RANGE * POINTS)
        .map(|k| {
            let g = f64::from(k) * step;
            expression.eval(&[scale * g]).powi(2) * (-0.5 * g * g).exp()
        })
        .sum();
    sum * step / TAU.sqrt()
}

/// The mean square that the program states for its input or image, at operation `op`; `None` for any other operation.
pub(crate) fn mean_square_of(what: &Op, op: usize) -> Result<Option<f64>, TrainError> {
    Ok(match what.fixed() {
        Some(Fixed::Vector(mean_square)) => Some(number(mean_square, &format_args!("operation {op}"))?),
        Some(Fixed::Field(image)) => Some(image.mean_square()),
        None => None,
    })
}

/// The standard deviation √q with E σ(√q g)² = `wanted`, the smallest one where the mean square grows with the scale.
pub(crate) fn scale(activation: Activation, wanted: f64) -> Result<f64, TrainError> {
    if wanted == 0.0 {
        return Ok(0.0);
    }
    // Both are homogeneous, so that no quadrature comes into the numbers of the usual case.
    if activation == Activation::RELU {
        return Ok((2.0 * wanted).sqrt());
    }
    if activation == Activation::LINEAR {
        return Ok(wanted.sqrt());
    }
    let reaches = |octave: f64| mean_square(activation, octave.exp2()) >= wanted;
    let (mut low, mut high) = (-OCTAVES, OCTAVES);
    if reaches(low) || !reaches(high) {
        let problem = format!("no scale of its argument gives it the mean square {wanted} that the program's input states");
        return Err(TrainError::Activation { place: format!("the stem ({activation})"), problem });
    }
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if reaches(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high.exp2())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaky ReLU of slope a has E σ(s g)² = s² (1 + a²)/2, erf has (2/π) asin(2 s²/(1 + 2 s²)); a bounded activation of
    /// mean square 1 at most does not reach 2.
    #[test]
    fn scales_give_the_mean_square_asked_for() {
        assert_eq!(scale(Activation::RELU, 0.5).unwrap(), 1.0);
        assert_eq!(scale(Activation::LINEAR, 0.25).unwrap(), 0.5);
        assert_eq!(scale(Activation::GELU, 0.0).unwrap(), 0.0);
        let leaky = scale(Activation::leaky(0.5).unwrap(), 0.5).unwrap();
        assert!((leaky * leaky * 1.25 / 2.0 - 0.5).abs() < 1e-9, "{leaky}");
        let erf = scale(Activation::ERF, 0.5).unwrap().powi(2);
        assert!(((2.0 * erf / (1.0 + 2.0 * erf)).asin() * 4.0 / TAU - 0.5).abs() < 1e-9, "{erf}");
        assert!((mean_square(Activation::GELU, scale(Activation::GELU, 0.5).unwrap()) - 0.5).abs() < 1e-12);
        assert!(scale(Activation::TANH, 2.0).is_err());
    }
}
