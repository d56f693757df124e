use archscale_nets::layer::OutsideLayer;
use archscale_nets::{StreamKey, TensorId};
use candle_core::{Device, Tensor};
use rand::Rng;
use rand_distr::StandardNormal;

use crate::{Check, ConformanceError, Departure, MUTANT_PERCENT, OutsideOperation};

/// Networks, neurons, and functions whose gradients are carried at once.
const SHAPE: (usize, usize, usize) = (6, 7, 3);
/// Step of the central differences along a direction whose entries are of order 1.
const STEP: f64 = 1e-5;
/// Rounding of sums of a few hundred terms in double precision.
const ROUNDING: f64 = 1e-10;
/// Differences are off by h²/6 times third derivatives of order 1, and by rounding over h.
const TRUNCATION: f64 = 1e-6;

/// Checks the tangent and the transpose of an operation from outside against its value, tensor by tensor.
///
/// **Statement.** At 6 random networks of width 7, in double precision and relative to |T u|²: ⟨T u, g⟩ = Σ_j ⟨u_j, T_jᵀ g⟩ to
/// 1e-10 for random tangents u_j of three functions and g = T u + noise; and T u is the central difference of the value to 1e-6.
/// The mutant has a tangent two per cent too large, which both refuse.
#[must_use]
pub fn adjoint(layer: &OutsideOperation) -> Check {
    let mutant = compared(layer, 1.0 + 0.01 * f64::from(MUTANT_PERCENT)).map(|mut mutant| {
        // Each comparison alone must tell the mutant from the layer.
        if mutant.departures.len() < mutant.required {
            mutant.departures.clear();
        }
        mutant
    });
    Check::with_mutant(compared(layer, 1.0), mutant, "derivatives")
}

fn compared(layer: &OutsideOperation, factor: f64) -> Result<Check, ConformanceError> {
    let (operation, count) = (layer.tensors(), layer.arguments());
    let (networks, width, functions) = SHAPE;
    let mut rng = StreamKey::new("outside derivatives", layer.to_string(), 1).rng(0, TensorId::Label);
    let mut drawn = |columns: usize| {
        let entries: Vec<f64> = (0..networks * width * columns).map(|_| rng.sample(StandardNormal)).collect();
        Tensor::from_vec(entries, (networks, width, columns, 1, 1), &Device::Cpu)
    };
    let sources = (0..count).map(|_| drawn(1)).collect::<Result<Vec<_>, _>>()?;
    let tangents = (0..count).map(|_| drawn(functions)).collect::<Result<Vec<_>, _>>()?;
    let noise = drawn(functions)?;

    let moved = (tangent_of(operation, &sources, &tangents)? * factor)?;
    let size = dot(&moved, &moved)?;
    let gradient = (&moved + noise)?;
    let mut right = 0.0;
    for (term, tangent) in tangents.iter().enumerate() {
        right += dot(&operation.transpose(&references(&sources), term, &gradient)?, tangent)?;
    }
    let adjoint = (dot(&moved, &gradient)? - right).abs() / size;

    let mut squares = 0.0;
    for function in 0..functions {
        let at = |step: f64| -> Result<Tensor, ConformanceError> {
            let shifted = sources.iter().zip(&tangents).map(|(x, u)| x + (u.narrow(2, function, 1)? * step)?);
            let shifted = shifted.collect::<Result<Vec<_>, _>>()?;
            Ok(operation.forward(&references(&shifted))?)
        };
        let quotient = ((at(STEP)? - at(-STEP)?)? * (0.5 / STEP))?;
        let off = (quotient - moved.narrow(2, function, 1)?)?;
        squares += dot(&off, &off)?;
    }
    let mut check = Check { required: 2, ..Check::new("derivatives") };
    for (place, claimed, allowed) in [
        ("distance of the two sides of the adjoint identity", adjoint, ROUNDING),
        ("distance of tangents to central differences", (squares / size).sqrt(), TRUNCATION),
    ] {
        check.compare(1.0, Departure { place: place.into(), claimed, found: 0.0, allowed });
    }
    Ok(check)
}

/// T u = Σ_j T_j u_j.
fn tangent_of(operation: &dyn OutsideLayer, sources: &[Tensor], tangents: &[Tensor]) -> Result<Tensor, ConformanceError> {
    let mut moved = tangents[0].zeros_like()?;
    for (term, tangent) in tangents.iter().enumerate() {
        moved = (moved + operation.tangent(&references(sources), term, tangent)?)?;
    }
    Ok(moved)
}

fn references(tensors: &[Tensor]) -> Vec<&Tensor> {
    tensors.iter().collect()
}

fn dot(x: &Tensor, y: &Tensor) -> Result<f64, ConformanceError> {
    Ok((x * y)?.sum_all()?.to_scalar::<f64>()?)
}
