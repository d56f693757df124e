//! Tensor operations in one pass over memory on the processor, with the bits of the operations that they stand for;
//! elsewhere they are those operations.
//!
//! Each loop is compiled for several vector lengths, of which the longest that the processor has is taken. A loop has no
//! sums over entries, so the length of a vector plays no part in the result.

use std::marker::PhantomData;

use candle_core::{DType, Tensor};

use crate::NetsError;
use crate::rows::{Real, Work, on_rows, plain};

/// y + c x of every network, for x and y of one shape (R, …) and c (R, 1, …).
pub(crate) fn plus_multiple(y: &Tensor, c: &Tensor, x: &Tensor) -> Result<Tensor, NetsError> {
    match one_pass([y, x], [c])? {
        true => run(PlusMultiple, [y, c, x]),
        false => Ok(y.broadcast_add(&x.broadcast_mul(c)?)?),
    }
}

/// y − c x, as [`plus_multiple`].
pub(crate) fn minus_multiple(y: &Tensor, c: &Tensor, x: &Tensor) -> Result<Tensor, NetsError> {
    match one_pass([y, x], [c])? {
        true => run(MinusMultiple, [y, c, x]),
        false => Ok(y.broadcast_sub(&x.broadcast_mul(c)?)?),
    }
}

/// c x, as [`plus_multiple`].
pub(crate) fn multiple(c: &Tensor, x: &Tensor) -> Result<Tensor, NetsError> {
    match one_pass([x], [c])? {
        true => run(Multiple, [c, x]),
        false => Ok(x.broadcast_mul(c)?),
    }
}

/// b y + c x, as [`plus_multiple`].
pub(crate) fn two_multiples([b, y]: [&Tensor; 2], [c, x]: [&Tensor; 2]) -> Result<Tensor, NetsError> {
    match one_pass([y, x], [b, c])? {
        true => run(TwoMultiples, [b, y, c, x]),
        false => Ok(y.broadcast_mul(b)?.broadcast_add(&x.broadcast_mul(c)?)?),
    }
}

/// x where `value` is positive, 0 where it is 0; the product of x with the sign of `value`, of the same shape. In one pass
/// with `loops`.
pub(crate) fn gated(x: &Tensor, value: &Tensor, loops: bool) -> Result<Tensor, NetsError> {
    match loops && one_pass([x, value], [])? {
        true => run(Gate, [x, value]),
        false => crate::tensor::times(x, &value.sign()?),
    }
}

/// max(z, 0), where what is not finite stays so.
///
/// # Errors
/// A failed tensor operation.
pub fn rectified(z: &Tensor) -> Result<Tensor, NetsError> {
    relu(z, true)
}

/// (z + |z|)/2: unlike candle's `relu` it keeps NaN, so that an overflow is not turned into a dead neuron. In one pass with `loops`.
pub(crate) fn relu(z: &Tensor, loops: bool) -> Result<Tensor, NetsError> {
    match loops && one_pass([z], [])? {
        true => run(Relu, [z]),
        false => Ok(((z + z.abs()?)? * 0.5)?),
    }
}

/// Whether there is a pass for these operands: fields of one shape, and a number per network of them.
fn one_pass<const N: usize, const M: usize>(fields: [&Tensor; N], numbers: [&Tensor; M]) -> Result<bool, NetsError> {
    let of_network =
        |c: &Tensor, networks: usize| plain(c, [c]) && c.dtype() == fields[0].dtype() && c.elem_count() == networks;
    Ok(plain(fields[0], fields)
        && (M == 0 || {
            let networks = fields[0].dim(0)?;
            numbers.into_iter().all(|c| of_network(c, networks))
        }))
}

/// A loop over its operands: fields of one length, and numbers per network.
trait Pass<const N: usize> {
    /// Appends the result to `result`, which has room for it. Inlined, so that it is compiled for the vectors of its caller.
    fn append<T: Real>(operands: [&[T]; N], result: &mut Vec<T>);
}

/// The result of a pass, which has the shape of the last operand.
fn run<P: Pass<N>, const N: usize>(pass: P, operands: [&Tensor; N]) -> Result<Tensor, NetsError> {
    Ok(match operands[N - 1].dtype() {
        DType::F32 => over::<f32, P, N>(pass, operands)?,
        _ => over::<f64, P, N>(pass, operands)?,
    })
}

fn over<T: Real, P: Pass<N>, const N: usize>(_: P, operands: [&Tensor; N]) -> candle_core::Result<Tensor> {
    let last = operands[N - 1];
    let mut result = Vec::with_capacity(last.elem_count());
    on_rows(&operands, Appending::<T, P, N> { result: &mut result, pass: PhantomData })?;
    Tensor::from_vec(result, last.shape(), last.device())
}

struct Appending<'a, T, P, const N: usize> {
    result: &'a mut Vec<T>,
    pass: PhantomData<P>,
}

impl<T: Real, P: Pass<N>, const N: usize> Work<T> for Appending<'_, T, P, N> {
    type Output = ();

    #[inline(always)]
    fn run(self, operands: &[&[T]]) {
        if let Ok(&operands) = <&[&[T]; N]>::try_from(operands) {
            P::append(operands, self.result);
        }
    }
}

/// Entries of a field for each number per network.
fn length<T>(numbers: &[T], field: &[T]) -> usize {
    (field.len() / numbers.len().max(1)).max(1)
}

struct Multiple;

impl Pass<2> for Multiple {
    #[inline(always)]
    fn append<T: Real>([c, x]: [&[T]; 2], result: &mut Vec<T>) {
        for (&c, x) in c.iter().zip(x.chunks_exact(length(c, x))) {
            result.extend(x.iter().map(|&x| x * c));
        }
    }
}

struct PlusMultiple;

impl Pass<3> for PlusMultiple {
    #[inline(always)]
    fn append<T: Real>([y, c, x]: [&[T]; 3], result: &mut Vec<T>) {
        let length = length(c, x);
        for ((&c, x), y) in c.iter().zip(x.chunks_exact(length)).zip(y.chunks_exact(length)) {
            result.extend(y.iter().zip(x).map(|(&y, &x)| y + x * c));
        }
    }
}

struct MinusMultiple;

impl Pass<3> for MinusMultiple {
    #[inline(always)]
    fn append<T: Real>([y, c, x]: [&[T]; 3], result: &mut Vec<T>) {
        let length = length(c, x);
        for ((&c, x), y) in c.iter().zip(x.chunks_exact(length)).zip(y.chunks_exact(length)) {
            result.extend(y.iter().zip(x).map(|(&y, &x)| y - x * c));
        }
    }
}

struct TwoMultiples;

impl Pass<4> for TwoMultiples {
    #[inline(always)]
    fn append<T: Real>([b, y, c, x]: [&[T]; 4], result: &mut Vec<T>) {
        let length = length(c, x);
        let rows = b.iter().zip(y.chunks_exact(length)).zip(c.iter().zip(x.chunks_exact(length)));
        for ((&b, y), (&c, x)) in rows {
            result.extend(y.iter().zip(x).map(|(&y, &x)| y * b + x * c));
        }
    }
}

struct Gate;

impl Pass<2> for Gate {
    #[inline(always)]
    fn append<T: Real>([x, value]: [&[T]; 2], result: &mut Vec<T>) {
        let (one, zero) = (T::one(), T::zero());
        let sign = |v: T| (if v > zero { one } else { zero }) - if v < zero { one } else { zero };
        result.extend(x.iter().zip(value).map(|(&x, &v)| x * sign(v)));
    }
}

struct Relu;

impl Pass<1> for Relu {
    #[inline(always)]
    fn append<T: Real>([z]: [&[T]; 1], result: &mut Vec<T>) {
        let half = T::one() / (T::one() + T::one());
        result.extend(z.iter().map(|&z| (z + z.abs()) * half));
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
            assert_eq!(bits(&multiple(&c, &x).unwrap()), bits(&product));
            let b = (&c - 0.3).unwrap();
            let both = (y.broadcast_mul(&b).unwrap() + &product).unwrap();
            assert_eq!(bits(&two_multiples([&b, &y], [&c, &x]).unwrap()), bits(&both));
            assert_eq!(bits(&relu(&y, true).unwrap()), bits(&((&y + y.abs().unwrap()).unwrap() * 0.5).unwrap()));
            let value = y.relu().unwrap();
            assert_eq!(bits(&gated(&x, &value, true).unwrap()), bits(&(&x * value.sign().unwrap()).unwrap()));
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
            assert_eq!(bits(&minus_multiple(&y, &c, &other).unwrap()), bits(&minus_multiple(&y, &c, &x).unwrap()));
            assert_eq!(bits(&multiple(&c, &other).unwrap()), bits(&multiple(&c, &x).unwrap()));
            let [found, expected] = [&other, &x].map(|x| two_multiples([&c, &y], [&c, x]).unwrap());
            assert_eq!(bits(&found), bits(&expected));
            assert_eq!(bits(&gated(&y, &other, true).unwrap()), bits(&gated(&y, &x, true).unwrap()));
            assert_eq!(bits(&relu(&other, true).unwrap()), bits(&relu(&x, true).unwrap()));
        }
    }

    #[test]
    fn an_overflow_stays_visible() {
        let x = Tensor::new(&[f64::NAN, f64::INFINITY, 1.0], &Device::Cpu).unwrap();
        let dead = Tensor::new(&[0.0, 0.0, f64::NAN], &Device::Cpu).unwrap();
        let gated = gated(&x, &dead, true).unwrap().to_vec1::<f64>().unwrap();
        assert!(gated[0].is_nan() && gated[1].is_nan());
        assert_eq!(gated[2].to_bits(), 0.0_f64.to_bits());
    }
}
