use candle_core::Tensor;

use super::{Layer, no_term};
use crate::{NetsError, Pass};

/// The fixed vector whose entries all equal √mean_square.
pub(super) struct Input {
    pub(super) width: usize,
    pub(super) mean_square: f64,
}

impl Layer for Input {
    fn sources(&self) -> &[usize] {
        &[]
    }

    fn forward(&self, pass: &Pass, _at: usize) -> Result<Tensor, NetsError> {
        let shape = (pass.networks(), self.width, pass.samples());
        let ones = Tensor::ones(shape, pass.machine().dtype(), pass.machine().device())?;
        Ok((ones * self.mean_square.sqrt())?)
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
