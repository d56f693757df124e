use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Tensor, bail};

use crate::normal::fill;
use crate::random::normals;
use crate::{NetsError, Precision, StreamKey, TensorId};

/// Matrices of finished blocks, to be drawn anew for the next ones.
///
/// The system clears the memory of a large matrix whenever it hands it out, which takes as long as drawing it: of a network
/// with 16 layers of width 4096 that was 40 % of the time. A run holds no more of them than blocks that are worked on at
/// once.
#[derive(Default)]
pub struct Spare(Mutex<Vec<Tensor>>);

impl Spare {
    /// Takes a matrix that nothing else refers to.
    pub(crate) fn give(&self, matrix: Tensor) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(matrix);
    }

    /// As [`normals`], in memory of a finished block where there is some of that shape.
    pub(crate) fn normals(
        &self,
        stream: (&StreamKey, u64, TensorId),
        std_dev: f64,
        shape: (usize, usize, usize),
        precision: Precision,
        device: &Device,
    ) -> Result<Tensor, NetsError> {
        // One of another shape, in a last block that is not full, makes room for what is taken instead.
        let matrix = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match matrix.filter(|matrix| matrix.dims3().is_ok_and(|found| found == shape) && matrix.device().is_cpu()) {
            Some(matrix) if matrix.dtype() == precision.dtype() => {
                matrix.inplace_op1(&Draw { stream, std_dev })?;
                Ok(matrix)
            }
            _ => normals(stream, std_dev, shape, precision, device),
        }
    }
}

struct Draw<'a> {
    stream: (&'a StreamKey, u64, TensorId),
    std_dev: f64,
}

impl InplaceOp1 for Draw<'_> {
    fn name(&self) -> &'static str {
        "draw"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let (key, replicate, tensor) = self.stream;
        let Some((start, end)) = layout.contiguous_offsets() else { bail!("a draw into a tensor that is not contiguous") };
        let rng = key.rng(replicate, tensor);
        match storage {
            CpuStorage::F32(numbers) => fill(&rng, &mut numbers[start..end], |x| (self.std_dev * x) as f32),
            CpuStorage::F64(numbers) => fill(&rng, &mut numbers[start..end], |x| self.std_dev * x),
            _ => bail!("a draw of another precision than single and double"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::DType;

    use super::*;

    #[test]
    fn numbers_do_not_depend_on_whose_memory_they_take() {
        let (key, spare) = (StreamKey::new("test", "spare", 1), Spare::default());
        for precision in [Precision::F32, Precision::F64] {
            for (replicate, shape) in [(0, (2, 30, 30)), (1, (2, 30, 30)), (2, (1, 30, 30)), (3, (2, 30, 30))] {
                let stream = (&key, replicate, TensorId::Weight(0));
                let found = spare.normals(stream, 0.5, shape, precision, &Device::Cpu).unwrap();
                let expected = normals(stream, 0.5, shape, precision, &Device::Cpu).unwrap();
                assert_eq!(found.dims3().unwrap(), shape);
                assert_eq!(found.dtype(), precision.dtype());
                let off = (&found - &expected).unwrap().abs().unwrap().max_all().unwrap();
                assert_eq!(off.to_dtype(DType::F64).unwrap().to_scalar::<f64>().unwrap(), 0.0);
                spare.give(found);
            }
        }
    }
}
