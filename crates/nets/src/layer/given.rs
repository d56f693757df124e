use candle_core::Tensor;

use super::{Layer, no_term};
use crate::{NetsError, Pass};

/// A value that the pass is given before the others: the minibatch of a trainer.
pub struct Given;

impl Layer for Given {
    fn sources(&self) -> &[usize] {
        &[]
    }

    fn forward(&self, _pass: &Pass, at: usize) -> Result<Tensor, NetsError> {
        Err(candle_core::Error::Msg(format!("the value of layer {at} must be given to the pass")).into())
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
