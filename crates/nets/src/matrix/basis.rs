//! Gram and Schmidt's steps on row vectors of R networks at once, (R, 1, n), and numbers of them, (R, 1, 1).

use candle_core::{DType, Tensor};

use super::direction::{Direction, Threshold};
use super::on_rows;
use crate::NetsError;
use crate::fused::{minus_multiple, multiple, plus_multiple, two_multiples};
use crate::rows::plain;

/// A remainder counts as a new direction above this multiple of √(k + 1) ε of its vector: below it is the vector's own
/// rounding.
const IN_SPAN: f64 = 32.0;

/// Orthonormal vectors, one after the other; one that is zero in a network counts for none there.
#[derive(Default)]
pub(super) struct Basis(Vec<Tensor>);

impl Basis {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn push(&mut self, unit: Tensor) {
        self.0.push(unit);
    }

    /// Σ_k c_k q_k over as many vectors as there are coefficients; `None` is zero.
    pub(super) fn combine(&self, coefficients: &[Tensor]) -> Result<Option<Tensor>, NetsError> {
        let mut terms = coefficients.iter().zip(&self.0);
        let mut sum = match (terms.next(), terms.next()) {
            (None, _) => return Ok(None),
            (Some((c, q)), None) => return Ok(Some(multiple(c, q)?)),
            (Some((b, p)), Some((c, q))) => two_multiples([b, p], [c, q])?,
        };
        for (c, q) in terms {
            sum = plus_multiple(&sum, c, q)?;
        }
        Ok(Some(sum))
    }

    /// x less its part in the span, and the coefficients of that part.
    pub(super) fn reject(&self, x: &Tensor) -> Result<(Tensor, Vec<Tensor>), NetsError> {
        let (mut rest, mut coefficients) = (x.clone(), Vec::with_capacity(self.len() + 1));
        for q in &self.0 {
            let along = dot(&rest, q)?;
            rest = minus_multiple(&rest, &along, q)?;
            coefficients.push(along);
        }
        Ok((rest, coefficients))
    }

    /// Gram and Schmidt's step for x, done twice.
    ///
    /// After the first the remainder is orthogonal to the basis up to ε|x|, which is large beside a small remainder; the
    /// second leaves ε times the remainder (Kahan's "twice is enough"). A remainder that is rounding alone and lies in the
    /// span is taken to ε²|x| and is not mistaken for a direction.
    pub(super) fn direction(&self, x: &Tensor) -> Result<Direction, NetsError> {
        let (epsilon, smallest) = match x.dtype() {
            DType::F32 => (f64::from(f32::EPSILON), f64::from(f32::MIN_POSITIVE)),
            _ => (f64::EPSILON, f64::MIN_POSITIVE),
        };
        // Where each entry's square may be subnormal the norm is not accurate, nor is any square that is reported.
        let threshold = Threshold {
            relative: IN_SPAN * IN_SPAN * (self.len() as f64 + 1.0) * epsilon * epsilon,
            absolute: smallest * x.dim(2)? as f64,
        };
        if plain(x, std::iter::once(x).chain(&self.0)) {
            return on_rows::direction(x, &self.0, threshold);
        }
        let (rest, first) = self.reject(x)?;
        let (rest, second) = self.reject(&rest)?;
        let mut coefficients =
            first.iter().zip(&second).map(|(a, b)| Ok((a + b)?)).collect::<Result<Vec<_>, NetsError>>()?;
        let square = dot(&rest, &rest)?;
        let mut of_all = square.clone();
        for along in &coefficients {
            of_all = (of_all + along.sqr()?)?;
        }
        let new = square.gt(&of_all.affine(threshold.relative, threshold.absolute)?)?.to_dtype(x.dtype())?;
        let length = square.sqrt()?;
        let inverse = (&new / (&length + new.affine(-1.0, 1.0)?)?)?;
        // An infinite length times zero is NaN, so that an overflow stays visible.
        coefficients.push((length * new)?);
        Ok(Direction { unit: multiple(&inverse, &rest)?, coefficients })
    }

    /// The answer z to a new direction q of the other side: with P this basis and R its `image`, z = P (Rᵀ q) + (I − PPᵀ) g
    /// for fresh normals g.
    ///
    /// Where q is zero it is an answer to nothing.
    pub(super) fn answer_to(&self, q: &Tensor, image: &Self, fresh: Tensor) -> Result<Tensor, NetsError> {
        if self.0.is_empty() {
            return Ok(fresh);
        }
        let (of_query, of_answer) = (std::iter::once(q).chain(&image.0), std::iter::once(&fresh).chain(&self.0));
        if q.dtype() == fresh.dtype() && plain(q, of_query) && plain(&fresh, of_answer) {
            return on_rows::answer_to(q, &fresh, &self.0, &image.0);
        }
        let mut answer = fresh.clone();
        for (p, known) in self.0.iter().zip(&image.0) {
            let along = (dot(q, known)? - dot(&fresh, p)?)?;
            answer = plus_multiple(&answer, &along, p)?;
        }
        Ok(answer)
    }

    /// The largest entry of |QQᵀ − I| over the networks, where a vector that is zero counts for none.
    pub(super) fn orthogonality_loss(&self) -> Result<f64, NetsError> {
        let mut loss = 0.0_f64;
        for (i, p) in self.0.iter().enumerate() {
            for q in &self.0[..=i] {
                let same = std::ptr::eq(p, q);
                for entry in crate::tensor::host(&dot(p, q)?)? {
                    let off = if same { entry.abs().min((entry - 1.0).abs()) } else { entry.abs() };
                    // Not `max`, which drops NaN.
                    loss = if off <= loss { loss } else { off };
                }
            }
        }
        Ok(loss)
    }
}

/// x·y of each network.
fn dot(x: &Tensor, y: &Tensor) -> Result<Tensor, NetsError> {
    Ok(x.matmul(&y.t()?)?)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn field(networks: usize, n: usize, step: f64, dtype: DType) -> Tensor {
        let values: Vec<f64> = (0..networks * n).map(|k| (k as f64 * step).sin()).collect();
        Tensor::from_vec(values, (networks, 1, n), &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
    }

    /// The same numbers, not row by row.
    fn strided(x: &Tensor) -> Tensor {
        let other = x.transpose(0, 2).unwrap().contiguous().unwrap().transpose(0, 2).unwrap();
        assert!(!other.is_contiguous());
        other
    }

    fn distance(x: &Tensor, y: &Tensor) -> f64 {
        let off = (x - y).unwrap().abs().unwrap().to_dtype(DType::F64).unwrap();
        off.flatten_all().unwrap().to_vec1().unwrap().into_iter().fold(0.0, f64::max)
    }

    /// Five networks, one of which has a vector of zeros and one a vector in the span, row by row and by operations on
    /// tensors. Both round numbers of size one a few times, so that 64 ε (of a width of 67) is more than either is off.
    #[test]
    fn rows_and_tensors_agree() {
        for (dtype, epsilon) in [(DType::F32, f64::from(f32::EPSILON)), (DType::F64, f64::EPSILON)] {
            let (networks, n) = (5, 67);
            let mut basis = Basis::default();
            for step in [0.7, 1.3] {
                let unit = basis.direction(&field(networks, n, step, dtype)).unwrap().unit;
                basis.push(unit);
            }
            let mut image = Basis::default();
            [0.3, 0.9].into_iter().for_each(|step| image.push(field(networks, n, step, dtype)));
            let special = Tensor::new(&[1.0, 0.0, 1.0, 0.0, 1.0], &Device::Cpu).unwrap();
            let special = special.reshape((networks, 1, 1)).unwrap().to_dtype(dtype).unwrap();
            let spanned = Tensor::new(&[0.0, 0.0, 0.0, 2.0, 0.0], &Device::Cpu).unwrap();
            let spanned = spanned.reshape((networks, 1, 1)).unwrap().to_dtype(dtype).unwrap();
            let x = field(networks, n, 2.9, dtype).broadcast_mul(&special).unwrap();
            let x = (x + basis.0[1].broadcast_mul(&spanned).unwrap()).unwrap();
            let [by_rows, by_tensors] = [x.clone(), strided(&x)].map(|x| basis.direction(&x).unwrap());
            assert!(distance(&by_rows.unit, &by_tensors.unit) <= 64.0 * epsilon);
            for (found, expected) in by_rows.coefficients.iter().zip(&by_tensors.coefficients) {
                assert!(distance(found, expected) <= 64.0 * epsilon);
            }
            let lengths = crate::tensor::host(&by_rows.coefficients[2]).unwrap();
            assert_eq!(lengths.iter().map(|&length| length > 0.0).collect::<Vec<_>>(), [true, false, true, false, true]);
            let fresh = field(networks, n, 1.7, dtype);
            let found = basis.answer_to(&by_rows.unit, &image, fresh.clone()).unwrap();
            let expected = basis.answer_to(&by_rows.unit, &image, strided(&fresh)).unwrap();
            // Coefficients are sums of 67 products of size one at most.
            assert!(distance(&found, &expected) <= 64.0 * 67.0 * epsilon);
        }
    }
}
