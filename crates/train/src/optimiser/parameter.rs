use candle_core::Tensor;

use super::{Optimiser, Step};
use crate::{ParameterId, TrainError};

/// The same matrix of G networks, (G, rows, columns), and what the optimiser remembers of it.
pub(crate) struct Parameter {
    id: ParameterId,
    pub(crate) weights: Tensor,
    /// Of the shape of the weights; none where the matrix is not trained.
    slots: Vec<Tensor>,
}

impl Parameter {
    /// A matrix that is not trained unless there is an optimiser.
    pub(crate) fn new(id: ParameterId, weights: Tensor, optimiser: Option<&dyn Optimiser>) -> Result<Self, TrainError> {
        let count = optimiser.map_or(0, |optimiser| optimiser.slots(id));
        let slots = (0..count).map(|_| weights.zeros_like()).collect::<Result<_, _>>()?;
        Ok(Self { id, weights, slots })
    }

    /// Takes the step of this number, with one rate for each network.
    pub(crate) fn step(
        &mut self,
        optimiser: &dyn Optimiser,
        number: u64,
        gradient: Tensor,
        rates: &[f64],
    ) -> Result<(), TrainError> {
        optimiser.step(&Step { number, which: self.id, rates }, &mut self.weights, gradient, &mut self.slots)
    }

    /// All its tensors: the weights, then the slots.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        std::iter::once(&self.weights).chain(&self.slots)
    }

    /// [`Parameter::tensors`], to be replaced.
    pub(crate) fn tensors_mut(&mut self) -> impl Iterator<Item = &mut Tensor> {
        std::iter::once(&mut self.weights).chain(&mut self.slots)
    }
}
