use archscale_model::Image as Field;
use candle_core::Tensor;

use super::{Layer, no_term};
use crate::{NetsError, Pass};

/// The fixed field of an image of N channels, by as many channels as its Gram matrix G has rank: √N U with UᵀU = G.
///
/// Only convolutions and the readout read it. Their Gaussian weights and the gradients by them turn with the channels, so
/// the law of everything behind them is that of any N channels of this Gram matrix. A pass has it once, however many
/// samples: B = 1.
pub(super) struct Image {
    shape: (usize, usize),
    /// √N U, row by row.
    entries: Vec<f64>,
}

impl Image {
    pub(super) fn new(place: &str, field: &Field, width: usize) -> Result<Self, NetsError> {
        let scale = channels(field, width).sqrt();
        let shape = (rows(field), field.grid().positions());
        let factor = field.factor().map_err(|problem| NetsError::Spatial { place: place.into(), problem })?;
        let mut entries: Vec<f64> = factor.iter().flatten().map(|entry| scale * entry).collect();
        entries.resize(shape.0 * shape.1, 0.0);
        Ok(Self { shape, entries })
    }
}

/// The rows of √N U; an image that is zero has one, which is zero.
pub(super) fn rows(field: &Field) -> usize {
    // A field without a factor is refused when the layer is made.
    field.factor().map_or(1, |factor| factor.len().max(1))
}

/// N, the number of channels.
pub(super) fn channels(field: &Field, width: usize) -> f64 {
    field.channels().unwrap_or(width) as f64
}

impl Layer for Image {
    fn sources(&self) -> &[usize] {
        &[]
    }

    /// (N, rank, m), the same for every network.
    fn forward(&self, pass: &Pass, _at: usize) -> Result<Tensor, NetsError> {
        let one = Tensor::from_slice(&self.entries, self.shape, pass.machine().device())?;
        let one = one.to_dtype(pass.machine().dtype())?;
        Ok(one.broadcast_as((pass.networks(), self.shape.0, self.shape.1))?)
    }

    fn transpose(&self, _pass: &Pass, _at: usize, _term: usize, _gradient: &Tensor) -> Result<Tensor, NetsError> {
        Err(no_term())
    }

    fn tangent(
        &self,
        _pass: &Pass,
        _at: usize,
        _gradient: Option<&Tensor>,
        _tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        Ok(None)
    }
}
