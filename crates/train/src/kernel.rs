//! Numbers of both formats, and tensors as slices.

use archscale_model::Function;
use candle_core::{DType, Device, Storage, Tensor, WithDType};

use crate::TrainError;

/// f32 or f64.
pub(crate) trait Real: WithDType + num_traits::Float {
    /// A function of expressions at a number.
    fn apply(self, function: Function) -> Self;
}

impl Real for f32 {
    fn apply(self, function: Function) -> Self {
        // In single precision where that is faster; the rest is exact or rare.
        match function {
            Function::Exp => self.exp(),
            Function::Tanh => self.tanh(),
            Function::Erf => libm::erff(self),
            Function::Sigmoid => 1.0 / (1.0 + (-self).exp()),
            other => other.eval(f64::from(self)) as f32,
        }
    }
}

impl Real for f64 {
    fn apply(self, function: Function) -> Self {
        function.eval(self)
    }
}

/// Runs `$body` with the type `$T` that the format of `$tensor` stands for.
macro_rules! by_format {
    ($tensor:expr, $T:ident => $body:expr) => {
        match $tensor.dtype() {
            candle_core::DType::F64 => {
                type $T = f64;
                $body
            }
            _ => {
                type $T = f32;
                $body
            }
        }
    };
}
pub(crate) use by_format;

/// Calls `work` with the entries of contiguous tensors, in row-major order.
pub(crate) fn with_slices<T: Real, R>(tensors: &[&Tensor], work: impl FnOnce(&[&[T]]) -> R) -> Result<R, TrainError> {
    let guards: Vec<_> = tensors.iter().map(|tensor| tensor.storage_and_layout()).collect();
    let mut slices = Vec::with_capacity(guards.len());
    for (storage, layout) in &guards {
        let problem = || candle_core::Error::Msg("an operation needs contiguous tensors in the host's memory".into());
        let Storage::Cpu(storage) = &**storage else { return Err(problem().into()) };
        let (start, end) = layout.contiguous_offsets().ok_or_else(problem)?;
        slices.push(&storage.as_slice::<T>()?[start..end]);
    }
    Ok(work(&slices))
}

/// The entries of a contiguous tensor of either format in double precision.
pub(crate) fn doubles(tensor: &Tensor) -> Result<Vec<f64>, TrainError> {
    Ok(tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?)
}

/// A tensor of the given shape and format from doubles.
pub(crate) fn tensor(values: Vec<f64>, shape: (usize, usize, usize), dtype: DType) -> Result<Tensor, TrainError> {
    Ok(match dtype {
        DType::F64 => Tensor::from_vec(values, shape, &Device::Cpu)?,
        _ => Tensor::from_vec(values.into_iter().map(|x| x as f32).collect::<Vec<_>>(), shape, &Device::Cpu)?,
    })
}
