//! The steps of a lazy query on rows in the processor's memory, one network after the other, so that its vectors stay in the
//! fastest cache: what [`Basis::direction`](super::basis::Basis::direction) and [`answer_to`](super::basis::answer_to) do
//! with tensors.

use candle_core::{DType, Tensor};

use super::direction::{Direction, Threshold};
use crate::NetsError;
use crate::rows::{Real, Work, on_rows};

/// Networks whose products are summed side by side.
const TOGETHER: usize = 2;

/// Gram and Schmidt's step, twice, for x, (R, 1, n), against a basis of tensors of that shape.
pub(super) fn direction(x: &Tensor, basis: &[Tensor], threshold: Threshold) -> Result<Direction, NetsError> {
    Ok(match x.dtype() {
        DType::F32 => direction_of::<f32>(x, basis, threshold)?,
        _ => direction_of::<f64>(x, basis, threshold)?,
    })
}

fn direction_of<T: Real>(x: &Tensor, basis: &[Tensor], threshold: Threshold) -> candle_core::Result<Direction> {
    let (networks, _, n) = x.dims3()?;
    let operands: Vec<&Tensor> = std::iter::once(x).chain(basis).collect();
    let (units, coefficients) = on_rows(
        &operands,
        GramSchmidt::<T> { n, relative: T::from_f64(threshold.relative), absolute: T::from_f64(threshold.absolute) },
    )?;
    let coefficients = coefficients.into_iter().map(|along| Tensor::from_vec(along, (networks, 1, 1), x.device()));
    Ok(Direction {
        unit: Tensor::from_vec(units, x.shape(), x.device())?,
        coefficients: coefficients.collect::<candle_core::Result<_>>()?,
    })
}

struct GramSchmidt<T> {
    n: usize,
    relative: T,
    absolute: T,
}

impl<T: Real> Work<T> for GramSchmidt<T> {
    /// Units, and coefficients by vector of the basis and last along the unit, then network.
    type Output = (Vec<T>, Vec<Vec<T>>);

    #[inline(always)]
    fn run(self, operands: &[&[T]]) -> Self::Output {
        let (Some((x, basis)), n) = (operands.split_first(), self.n.max(1)) else { return (Vec::new(), Vec::new()) };
        let (mut units, networks) = (Vec::with_capacity(x.len()), x.len() / n);
        let mut coefficients = vec![Vec::with_capacity(networks); operands.len()];
        let mut done = 0;
        while done < networks {
            if networks - done >= TOGETHER {
                self.append::<TOGETHER>(done, x, basis, &mut units, &mut coefficients);
                done += TOGETHER;
            } else {
                self.append::<1>(done, x, basis, &mut units, &mut coefficients);
                done += 1;
            }
        }
        (units, coefficients)
    }
}

impl<T: Real> GramSchmidt<T> {
    /// Does the networks from `first` on.
    #[inline(always)]
    fn append<const MANY: usize>(
        &self,
        first: usize,
        x: &[T],
        basis: &[&[T]],
        units: &mut Vec<T>,
        coefficients: &mut [Vec<T>],
    ) {
        let (n, all) = (self.n, first * self.n..(first + MANY) * self.n);
        units.extend_from_slice(&x[all.clone()]);
        let rest = &mut units[all.clone()];
        for second in [false, true] {
            for (q, coefficients) in basis.iter().zip(coefficients.iter_mut()) {
                let q = &q[all.clone()];
                let along = T::dots::<MANY>(rows(rest, n), rows(q, n));
                for k in 0..MANY {
                    for (rest, &q) in rest[k * n..(k + 1) * n].iter_mut().zip(&q[k * n..]) {
                        *rest -= q * along[k];
                    }
                    if second {
                        coefficients[first + k] += along[k];
                    } else {
                        coefficients.push(along[k]);
                    }
                }
            }
        }
        let square = T::dots::<MANY>(rows(rest, n), rows(rest, n));
        for k in 0..MANY {
            let mut of_all = square[k];
            for along in &coefficients[..basis.len()] {
                of_all += along[first + k] * along[first + k];
            }
            let new = if square[k] > of_all * self.relative + self.absolute { T::one() } else { T::zero() };
            let length = square[k].sqrt();
            let inverse = new / (length + (T::one() - new));
            // An infinite length times zero is NaN, so that an overflow stays visible.
            coefficients[basis.len()].push(length * new);
            for rest in &mut rest[k * n..(k + 1) * n] {
                *rest *= inverse;
            }
        }
    }
}

/// The first rows of length n.
#[inline(always)]
fn rows<T, const MANY: usize>(x: &[T], n: usize) -> [&[T]; MANY] {
    std::array::from_fn(|k| &x[k * n..(k + 1) * n])
}

/// z = P (Rᵀ q) + (I − PPᵀ) g for a new direction q and fresh normals g, given the other side's vectors, P and R.
pub(super) fn answer_to(q: &Tensor, fresh: &Tensor, basis: &[Tensor], image: &[Tensor]) -> Result<Tensor, NetsError> {
    Ok(match fresh.dtype() {
        DType::F32 => answer_of::<f32>(q, fresh, basis, image)?,
        _ => answer_of::<f64>(q, fresh, basis, image)?,
    })
}

fn answer_of<T: Real>(q: &Tensor, fresh: &Tensor, basis: &[Tensor], image: &[Tensor]) -> candle_core::Result<Tensor> {
    let operands: Vec<&Tensor> = [q, fresh].into_iter().chain(basis).chain(image).collect();
    let sizes = [q.dim(2)?, fresh.dim(2)?];
    let answers = on_rows::<T, _>(&operands, Answer { sizes, basis: basis.len() })?;
    Tensor::from_vec(answers, fresh.shape(), fresh.device())
}

struct Answer {
    /// Entries of q and of an answer, per network.
    sizes: [usize; 2],
    /// Vectors of P.
    basis: usize,
}

impl<T: Real> Work<T> for Answer {
    type Output = Vec<T>;

    #[inline(always)]
    fn run(self, operands: &[&[T]]) -> Vec<T> {
        let [n, size] = self.sizes.map(|size| size.max(1));
        let &[q, fresh, ref known @ ..] = operands else { return Vec::new() };
        let (basis, image) = known.split_at(self.basis.min(known.len()));
        let mut answers: Vec<T> = Vec::with_capacity(fresh.len());
        let mut along = Vec::with_capacity(self.basis);
        for (r, (q, fresh)) in q.chunks_exact(n).zip(fresh.chunks_exact(size)).enumerate() {
            let (of_query, of_answer) = (r * n..(r + 1) * n, r * size..(r + 1) * size);
            along.clear();
            // A closure here would be compiled apart, for vectors of no processor in particular.
            for (p, known) in basis.iter().zip(image) {
                let [known, drawn] = if n == size {
                    T::dots([q, fresh], [&known[of_query.clone()], &p[of_answer.clone()]])
                } else {
                    let ([known], [drawn]) =
                        (T::dots([q], [&known[of_query.clone()]]), T::dots([fresh], [&p[of_answer.clone()]]));
                    [known, drawn]
                };
                along.push(known - drawn);
            }
            answers.extend_from_slice(fresh);
            let answer = &mut answers[of_answer.clone()];
            for (&along, p) in along.iter().zip(basis) {
                for (answer, &p) in answer.iter_mut().zip(&p[of_answer.clone()]) {
                    *answer += p * along;
                }
            }
        }
        answers
    }
}
