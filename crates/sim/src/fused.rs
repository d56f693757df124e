//! Two tensor operations in one pass over memory on the processor, with the bits of the two; elsewhere they are the two.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, DType, Layout, Result, Shape, Tensor, WithDType};

use crate::SimError;

/// y + c x or y − c x of every network, for x and y of one shape (R, …) and c (R, 1, …).
pub(crate) fn plus_multiple(y: &Tensor, c: &Tensor, x: &Tensor) -> std::result::Result<Tensor, SimError> {
    multiple(y, c, x, false)
}

/// As [`plus_multiple`].
pub(crate) fn minus_multiple(y: &Tensor, c: &Tensor, x: &Tensor) -> std::result::Result<Tensor, SimError> {
    multiple(y, c, x, true)
}

fn multiple(y: &Tensor, c: &Tensor, x: &Tensor, subtract: bool) -> std::result::Result<Tensor, SimError> {
    let rows = c.elem_count() == x.dim(0)? && y.dims() == x.dims();
    if rows && [y, c, x].into_iter().all(plain) {
        return Ok(y.apply_op3_no_bwd(c, x, &Multiple { subtract })?);
    }
    let product = x.broadcast_mul(c)?;
    Ok(if subtract { y.broadcast_sub(&product)? } else { y.broadcast_add(&product)? })
}

/// x where `value` is positive, 0 where it is 0; the product of x with the sign of `value`, of the same shape.
pub(crate) fn gated(x: &Tensor, value: &Tensor) -> std::result::Result<Tensor, SimError> {
    if x.dims() == value.dims() && plain(x) && plain(value) {
        return Ok(x.apply_op2_no_bwd(value, &Gate)?);
    }
    crate::layer::times(x, &value.sign()?)
}

/// Whether a tensor lies row by row in the processor's memory.
fn plain(x: &Tensor) -> bool {
    x.device().is_cpu() && x.is_contiguous() && matches!(x.dtype(), DType::F32 | DType::F64)
}

fn entries<'a, T: WithDType>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    let all = storage.as_slice::<T>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&all[start..end]),
        None => candle_core::bail!("a fused operation on a tensor that is not contiguous"),
    }
}

struct Multiple {
    subtract: bool,
}

impl Multiple {
    fn run<T: WithDType>(&self, [y, c, x]: [(&CpuStorage, &Layout); 3]) -> Result<CpuStorage> {
        let [y, c, x] = [entries::<T>(y.0, y.1)?, entries::<T>(c.0, c.1)?, entries::<T>(x.0, x.1)?];
        let length = (x.len() / c.len().max(1)).max(1);
        let mut sums: Vec<T> = Vec::with_capacity(x.len());
        for ((&c, x), y) in c.iter().zip(x.chunks_exact(length)).zip(y.chunks_exact(length)) {
            if self.subtract {
                sums.extend(y.iter().zip(x).map(|(&y, &x)| y - x * c));
            } else {
                sums.extend(y.iter().zip(x).map(|(&y, &x)| y + x * c));
            }
        }
        Ok(T::to_cpu_storage_owned(sums))
    }
}

impl CustomOp3 for Multiple {
    fn name(&self) -> &'static str {
        "plus-multiple"
    }

    fn cpu_fwd(
        &self,
        y: &CpuStorage,
        of_y: &Layout,
        c: &CpuStorage,
        of_c: &Layout,
        x: &CpuStorage,
        of_x: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let all = [(y, of_y), (c, of_c), (x, of_x)];
        let sums = if matches!(y, CpuStorage::F32(_)) { self.run::<f32>(all)? } else { self.run::<f64>(all)? };
        Ok((sums, of_y.shape().clone()))
    }
}

struct Gate;

impl Gate {
    fn run<T: WithDType>(x: &[T], value: &[T]) -> CpuStorage {
        let (one, zero) = (T::one(), T::zero());
        let sign = |v: T| (if v > zero { one } else { zero }) - if v < zero { one } else { zero };
        T::to_cpu_storage_owned(x.iter().zip(value).map(|(&x, &v)| x * sign(v)).collect())
    }
}

impl CustomOp2 for Gate {
    fn name(&self) -> &'static str {
        "gate"
    }

    fn cpu_fwd(&self, x: &CpuStorage, of_x: &Layout, v: &CpuStorage, of_v: &Layout) -> Result<(CpuStorage, Shape)> {
        let gated = match x {
            CpuStorage::F32(_) => Self::run::<f32>(entries(x, of_x)?, entries(v, of_v)?),
            _ => Self::run::<f64>(entries(x, of_x)?, entries(v, of_v)?),
        };
        Ok((gated, of_x.shape().clone()))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn tensors(dtype: DType) -> [Tensor; 3] {
        let wave = |count: usize, step: f64| (0..count).map(|k| (k as f64 * step).sin()).collect::<Vec<f64>>();
        let make = |values: Vec<f64>, shape: (usize, usize, usize)| {
            Tensor::from_vec(values, shape, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
        };
        [make(wave(21, 0.7), (3, 1, 7)), make(wave(3, 1.3), (3, 1, 1)), make(wave(21, 1.9), (3, 1, 7))]
    }

    fn bits(x: &Tensor) -> Vec<u64> {
        let values = x.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1::<f64>().unwrap();
        values.into_iter().map(f64::to_bits).collect()
    }

    #[test]
    fn one_pass_has_the_bits_of_two() {
        for dtype in [DType::F32, DType::F64] {
            let [y, c, x] = tensors(dtype);
            let product = x.broadcast_mul(&c).unwrap();
            assert_eq!(bits(&plus_multiple(&y, &c, &x).unwrap()), bits(&(&y + &product).unwrap()));
            assert_eq!(bits(&minus_multiple(&y, &c, &x).unwrap()), bits(&(&y - &product).unwrap()));
            let value = y.relu().unwrap();
            assert_eq!(bits(&gated(&x, &value).unwrap()), bits(&(&x * value.sign().unwrap()).unwrap()));
        }
    }

    #[test]
    fn tensors_laid_out_otherwise_give_the_same() {
        let [y, c, x] = tensors(DType::F64);
        let strided = |x: &Tensor| {
            let other = x.transpose(0, 2).unwrap().contiguous().unwrap().transpose(0, 2).unwrap();
            assert!(!other.is_contiguous());
            other
        };
        let narrowed = Tensor::cat(&[&x, &x], 0).unwrap().narrow(0, 3, 3).unwrap();
        for other in [strided(&x), narrowed] {
            assert_eq!(bits(&plus_multiple(&y, &c, &other).unwrap()), bits(&plus_multiple(&y, &c, &x).unwrap()));
            assert_eq!(bits(&gated(&y, &other).unwrap()), bits(&gated(&y, &x).unwrap()));
        }
    }

    #[test]
    fn an_overflow_stays_visible() {
        let x = Tensor::new(&[f64::NAN, f64::INFINITY, 1.0], &Device::Cpu).unwrap();
        let dead = Tensor::new(&[0.0, 0.0, f64::NAN], &Device::Cpu).unwrap();
        let gated = gated(&x, &dead).unwrap().to_vec1::<f64>().unwrap();
        assert!(gated[0].is_nan() && gated[1].is_nan());
        assert_eq!(gated[2].to_bits(), 0.0_f64.to_bits());
    }
}
