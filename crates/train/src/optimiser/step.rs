use std::ops::SubAssign;

use candle_core::{CpuStorage, InplaceOp2, Layout, Tensor, WithDType};
use num_traits::Float;

use crate::{ParameterId, TrainError};

/// One step of one matrix of G networks.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// t, counted from 0 over the whole run.
    pub number: u64,
    /// Which matrix of the networks moves.
    pub which: ParameterId,
    /// η of each of the G networks at this step, the schedule's factor included.
    pub rates: &'a [f64],
}

impl Step<'_> {
    /// w ← w − η d, each network at its own rate; in place in the host's memory.
    ///
    /// **Shapes.** Both tensors are contiguous, (G, rows, columns), and of one floating-point format.
    ///
    /// # Errors
    /// [`TrainError::Tensor`] for tensors of another layout, shape or format.
    pub fn descend(&self, weights: &mut Tensor, direction: &Tensor) -> Result<(), TrainError> {
        if weights.device().is_cpu() {
            return Ok(weights.inplace_op2(direction, &Descend { rates: self.rates })?);
        }
        self.descend_by_tensors(weights, direction)
    }

    fn descend_by_tensors(&self, weights: &mut Tensor, direction: &Tensor) -> Result<(), TrainError> {
        let rates = Tensor::new(self.rates, weights.device())?.to_dtype(weights.dtype())?.reshape(((), 1, 1))?;
        *weights = (&*weights - direction.broadcast_mul(&rates)?)?;
        Ok(())
    }
}

/// w ← w − η d with one rate for each network.
struct Descend<'a> {
    rates: &'a [f64],
}

impl Descend<'_> {
    fn run<T: WithDType + Float + SubAssign>(&self, weights: &mut [T], direction: &[T]) -> candle_core::Result<()> {
        if weights.len() != direction.len() || !weights.len().is_multiple_of(self.rates.len()) {
            let problem = "an optimiser's direction must be shaped as the matrices that move, one for each rate";
            return Err(candle_core::Error::Msg(problem.into()));
        }
        // At least 1 also for matrices without entries.
        let size = weights.len().checked_div(self.rates.len()).unwrap_or(0).max(1);
        let networks = weights.chunks_exact_mut(size).zip(direction.chunks_exact(size)).zip(self.rates);
        for ((weights, direction), &rate) in networks {
            let rate = T::from_f64(rate);
            for (w, &d) in weights.iter_mut().zip(direction) {
                *w -= rate * d;
            }
        }
        Ok(())
    }
}

impl InplaceOp2 for Descend<'_> {
    fn name(&self) -> &'static str {
        "descend"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        weights_layout: &Layout,
        direction: &CpuStorage,
        direction_layout: &Layout,
    ) -> candle_core::Result<()> {
        let range = |layout: &Layout| {
            let whole = layout.contiguous_offsets().map(|(start, end)| start..end);
            whole.ok_or_else(|| candle_core::Error::Msg("the optimiser's tensors must be contiguous".into()))
        };
        let (to, from) = (range(weights_layout)?, range(direction_layout)?);
        match (weights, direction) {
            (CpuStorage::F32(w), CpuStorage::F32(d)) => self.run(&mut w[to], &d[from]),
            (CpuStorage::F64(w), CpuStorage::F64(d)) => self.run(&mut w[to], &d[from]),
            _ => Err(candle_core::Error::Msg("the optimiser's tensors must be all f32 or all f64".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn a_step_in_place_has_the_bits_of_one_by_tensors() {
        let wave =
            |step: f64| Tensor::from_vec((0..24).map(|k| (f64::from(k) * step).sin()).collect(), (3, 2, 4), &Device::Cpu);
        let step = Step { number: 0, which: ParameterId::Matrix(0), rates: &[0.3, 0.01, 7.0] };
        for dtype in [candle_core::DType::F32, candle_core::DType::F64] {
            let direction = wave(1.3).unwrap().to_dtype(dtype).unwrap();
            let [mut one, mut other] = [0, 1].map(|_| wave(0.7).unwrap().to_dtype(dtype).unwrap());
            step.descend(&mut one, &direction).unwrap();
            step.descend_by_tensors(&mut other, &direction).unwrap();
            let numbers = |x: &Tensor| archscale_nets::tensor::host(x).unwrap();
            assert_eq!(numbers(&one), numbers(&other));
        }
    }
}
