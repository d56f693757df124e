use std::fmt::Display;
use std::sync::Arc;

use archscale_model::{Activation, Gain, Image, Op, OpId, Term, ops};
use num_traits::ToPrimitive;

use super::{Conv, Dense, Layer, MatrixSpec, OutsideLayers, image, input, outside, pointwise, pool, relu, sum};
use crate::NetsError;

/// What the rules of a program's operations depend on.
pub struct Place<'a> {
    /// The operation in the program, for messages.
    pub op: OpId,
    /// Width n.
    pub width: usize,
    /// By operation, the layer that holds its value; `None` where each operation is the layer of its number.
    pub layers: Option<&'a [usize]>,
    /// By operation, the image that it holds, if it does; empty where nothing does.
    pub images: &'a [Option<Arc<Image>>],
    /// m, the number of positions of its value.
    pub positions: usize,
    /// The operations from outside.
    pub outside: &'a OutsideLayers,
}

impl Place<'_> {
    /// The operation, in the words of a message.
    pub(super) fn name(&self) -> String {
        format!("operation {}", self.op)
    }

    /// The layer that holds the value of an operation.
    pub(super) fn layer(&self, op: OpId) -> usize {
        self.layers.map_or(op, |layers| layers[op])
    }

    /// The image that an operation holds.
    pub(super) fn image(&self, op: OpId) -> Option<Arc<Image>> {
        self.images.get(op).cloned().flatten()
    }

    fn layers(&self, ops: &[OpId]) -> Vec<usize> {
        ops.iter().map(|&op| self.layer(op)).collect()
    }
}

/// The rules of an operation of a program; the one table of all of them.
///
/// # Errors
/// An operation from outside whose layer is not given, a kernel that does not fit its grid, a gain that is not a finite
/// number.
pub fn rule(what: &Op, place: &Place<'_>) -> Result<Box<dyn Layer>, NetsError> {
    Ok(match what {
        Op::Input(ops::Input { mean_square }) => {
            Box::new(input::Input { width: place.width, mean_square: number(mean_square, &place.name())? })
        }
        Op::Dense(dense) => {
            let (gains, sources) = split(&dense.terms, &place.name())?;
            let n = place.width;
            let matrix = |gain: f64| MatrixSpec { rows: n, columns: n, std_dev: (gain / n as f64).sqrt(), trained: true };
            Box::new(Dense::new(gains.into_iter().map(matrix).collect(), place.layers(&sources)))
        }
        Op::Act(ops::Act { activation: which, source }) => activation(*which, place.layer(*source), &place.name())?,
        Op::Pointwise(ops::Pointwise { function, sources }) => {
            Box::new(pointwise::Pointwise::new(function, place.layers(sources)))
        }
        Op::Sum(sum) => {
            let (multipliers, sources) = split(&sum.terms, &place.name())?;
            Box::new(sum::Sum { multipliers, sources: place.layers(&sources) })
        }
        Op::Image(ops::Image { field }) => Box::new(image::Image::new(&place.name(), field, place.width)?),
        Op::Conv(ops::Conv { terms, grid }) => Box::new(Conv::of_terms(place, grid, terms)?),
        Op::Pool(ops::Pool { kernel, source, grid }) => {
            let pool = pool::Pool::new(grid, *kernel, place.layer(*source));
            Box::new(pool.map_err(|problem| NetsError::Spatial { place: place.name(), problem })?)
        }
        Op::Outside(ops::Outside { name, sources }) => {
            let rules = place.outside.get(name).ok_or_else(|| NetsError::Outside { op: place.op, name: name.clone() })?;
            let (rules, sources) = (Arc::clone(rules), place.layers(sources));
            Box::new(outside::Outside { rules, sources, positions: place.positions })
        }
    })
}

/// σ of one layer; `place` names the operation in errors.
///
/// # Errors
/// An activation whose expression is not a function of one vector.
pub fn activation(activation: Activation, source: usize, place: &str) -> Result<Box<dyn Layer>, NetsError> {
    if activation == Activation::RELU {
        return Ok(Box::new(relu::Relu::new(source)));
    }
    let function = activation.pointwise().map_err(|problem| NetsError::Activation { place: place.into(), problem })?;
    Ok(Box::new(pointwise::Pointwise::new(&function, vec![source])))
}

/// Gains and sources of terms; `place` names their operation in errors.
///
/// # Errors
/// [`NetsError::Gain`].
pub fn split(terms: &[Term], place: &dyn Display) -> Result<(Vec<f64>, Vec<OpId>), NetsError> {
    let gains = terms.iter().map(|term| number(&term.gain, place)).collect::<Result<_, _>>()?;
    Ok((gains, terms.iter().map(|term| term.source).collect()))
}

/// A gain as a finite number; `place` names its operation in errors.
///
/// # Errors
/// [`NetsError::Gain`].
pub fn number(gain: &Gain, place: &dyn Display) -> Result<f64, NetsError> {
    match gain.to_f64() {
        Some(value) if value.is_finite() => Ok(value),
        _ => Err(NetsError::Gain { gain: gain.to_string(), place: place.to_string() }),
    }
}
