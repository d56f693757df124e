//! What tensors hold in the processor's memory, row by row, and sums over rows.

use archscale_model::Function;
use candle_core::{DType, Storage, Tensor, WithDType};
use num_traits::Float;
use pulp::{Arch, Simd, WithSimd};

/// A floating-point type that networks are simulated in.
pub(crate) trait Real: WithDType + Float {
    /// x·y of each pair of rows, all of one length, in an order that depends on that length alone.
    ///
    /// Per 1024 entries there is a sum for each of as many residues as 32 bytes hold numbers, of products that are not
    /// rounded before they are added; the sums are added in halves. That is the order of candle's product of matrices where
    /// processors have fused multiply-add, so that numbers are the same for the one and the other. One such sum waits for
    /// itself most of the time: several pairs at once take hardly longer than one.
    fn dots<const PAIRS: usize>(x: [&[Self]; PAIRS], y: [&[Self]; PAIRS]) -> [Self; PAIRS];

    /// The error function.
    fn erf(self) -> Self;

    /// A function of expressions, with the bits of the tensor operations that stand for it.
    #[inline(always)]
    fn apply(self, function: Function) -> Self {
        let (zero, one) = (Self::zero(), Self::one());
        match function {
            Function::Exp => self.exp(),
            Function::Tanh => self.tanh(),
            Function::Erf => Real::erf(self),
            // exp overflows to infinity for very negative x, whose reciprocal is the right 0.
            Function::Sigmoid => one / (one + (-self).exp()),
            Function::Relu => (self + self.abs()) / (one + one),
            Function::Step if self.is_nan() => self,
            Function::Step => {
                if self > zero {
                    one
                } else {
                    zero
                }
            }
        }
    }
}

impl Real for f32 {
    #[inline(always)]
    fn dots<const PAIRS: usize>(x: [&[Self]; PAIRS], y: [&[Self]; PAIRS]) -> [Self; PAIRS] {
        dots::<Self, 8, PAIRS>(x, y)
    }

    fn erf(self) -> Self {
        candle_core::cpu::erf::erf_f32(self)
    }
}

impl Real for f64 {
    #[inline(always)]
    fn dots<const PAIRS: usize>(x: [&[Self]; PAIRS], y: [&[Self]; PAIRS]) -> [Self; PAIRS] {
        dots::<Self, 4, PAIRS>(x, y)
    }

    fn erf(self) -> Self {
        candle_core::cpu::erf::erf_f64(self)
    }
}

/// Entries between additions of the sums.
const DEPTH: usize = 1024;

#[inline(always)]
fn dots<T: Real, const LANES: usize, const PAIRS: usize>(x: [&[T]; PAIRS], y: [&[T]; PAIRS]) -> [T; PAIRS] {
    let length = x.iter().chain(&y).map(|row| row.len()).min().unwrap_or(0);
    let mut totals = [T::zero(); PAIRS];
    let mut start = 0;
    while start < length {
        let end = length.min(start + DEPTH);
        let [x, y] = [x, y].map(|rows| rows.map(|row| row[start..end].as_chunks::<LANES>()));
        let mut sums = [[T::zero(); LANES]; PAIRS];
        for k in 0..(end - start) / LANES {
            for pair in 0..PAIRS {
                let (x, y) = (&x[pair].0[k], &y[pair].0[k]);
                for lane in 0..LANES {
                    sums[pair][lane] = x[lane].mul_add(y[lane], sums[pair][lane]);
                }
            }
        }
        for pair in 0..PAIRS {
            let sums = &mut sums[pair];
            for (sum, (&x, &y)) in sums.iter_mut().zip(x[pair].1.iter().zip(y[pair].1)) {
                *sum = x.mul_add(y, *sum);
            }
            let mut half = LANES / 2;
            while half > 0 {
                for lane in 0..half {
                    sums[lane] += sums[lane + half];
                }
                half /= 2;
            }
            totals[pair] += sums[0];
        }
        start = end;
    }
    totals
}

/// Whether tensors lie row by row in the processor's memory, in the format of `like` and with its shape.
pub(crate) fn plain<'a>(like: &Tensor, tensors: impl IntoIterator<Item = &'a Tensor>) -> bool {
    matches!(like.dtype(), DType::F32 | DType::F64)
        && tensors
            .into_iter()
            .all(|x| x.device().is_cpu() && x.is_contiguous() && x.dtype() == like.dtype() && x.dims() == like.dims())
}

/// A loop over the entries of tensors.
pub(crate) trait Work<T> {
    /// What it makes.
    type Output;

    /// Does it. To be inlined, so that it is compiled for the vectors of its caller.
    fn run(self, operands: &[&[T]]) -> Self::Output;
}

/// Does some work on the entries of [`plain`] tensors, compiled for the longest vectors that the processor has.
pub(crate) fn on_rows<T: Real, W: Work<T>>(operands: &[&Tensor], work: W) -> candle_core::Result<W::Output> {
    let held: Vec<_> = operands.iter().map(|x| x.storage_and_layout()).collect();
    let mut slices: Vec<&[T]> = Vec::with_capacity(held.len());
    for (storage, layout) in &held {
        match (&**storage, layout.contiguous_offsets()) {
            (Storage::Cpu(storage), Some((start, end))) => slices.push(&storage.as_slice::<T>()?[start..end]),
            _ => candle_core::bail!("a loop over a tensor that is not row by row in the processor's memory"),
        }
    }
    Ok(Arch::new().dispatch(Dispatched { slices: &slices, work }))
}

struct Dispatched<'a, T, W> {
    slices: &'a [&'a [T]],
    work: W,
}

impl<T, W: Work<T>> WithSimd for Dispatched<'_, T, W> {
    type Output = W::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> W::Output {
        self.work.run(self.slices)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn wave(count: usize, step: f64) -> Vec<f64> {
        (0..count).map(|k| (k as f64 * step).sin()).collect()
    }

    /// Two pairs, by themselves and by candle's product of matrices.
    fn both_ways<T: Real>(length: usize) -> [Vec<f64>; 2] {
        let rows = [0.7, 1.3, 2.1, 0.4].map(|step| wave(length, step).into_iter().map(T::from_f64).collect::<Vec<T>>());
        struct Two;
        impl<T: Real> Work<T> for Two {
            type Output = [T; 2];
            #[inline(always)]
            fn run(self, rows: &[&[T]]) -> [T; 2] {
                T::dots([rows[0], rows[1]], [rows[2], rows[3]])
            }
        }
        let tensors = rows.map(|row| Tensor::from_vec(row, (1, 1, length), &Device::Cpu).unwrap());
        let found = on_rows(&[&tensors[0], &tensors[1], &tensors[2], &tensors[3]], Two).unwrap();
        let candle = [0, 1].map(|k| tensors[k].matmul(&tensors[k + 2].t().unwrap()).unwrap());
        let number = |x: &Tensor| x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()[0];
        [found.map(<T as WithDType>::to_f64).to_vec(), candle.iter().map(number).collect()]
    }

    /// The bound is that of any order of summation, (n + 1) ε Σ|xy|, from both sides; with fused multiply-add there is none.
    #[test]
    fn products_are_those_of_candle() {
        #[cfg(target_arch = "x86_64")]
        let same = std::arch::is_x86_feature_detected!("fma");
        #[cfg(not(target_arch = "x86_64"))]
        let same = false;
        for length in [1, 2, 3, 4, 7, 8, 9, 64, 1000, 1023, 1024, 1025, 4096, 5000] {
            for (ways, epsilon) in
                [(both_ways::<f32>(length), f64::from(f32::EPSILON)), (both_ways::<f64>(length), f64::EPSILON)]
            {
                let [found, candle] = ways;
                for (found, candle) in found.iter().zip(&candle) {
                    let bound = if same { 0.0 } else { 2.0 * (length as f64 + 1.0) * epsilon * length as f64 };
                    assert!((found - candle).abs() <= bound, "{length}: {found} for {candle}");
                }
            }
        }
    }
}
