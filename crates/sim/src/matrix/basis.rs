//! Gram and Schmidt's steps on row vectors of R networks at once, (R, 1, n), and numbers of them, (R, 1, 1).

use candle_core::{DType, Tensor};

use crate::SimError;
use crate::fused::{minus_multiple, plus_multiple};

/// A remainder counts as a new direction above this multiple of √(k + 1) ε of its vector: below it is the vector's own rounding.
const IN_SPAN: f64 = 32.0;

/// Orthonormal vectors, one after the other; one that is zero in a network counts for none there.
#[derive(Default)]
pub(super) struct Basis(Vec<Tensor>);

/// What a vector adds to a basis.
pub(super) struct Direction {
    /// Orthogonal to the basis and of norm 1; zero where the vector is zero or in the span.
    pub(super) unit: Tensor,
    /// The vector's coefficients along the basis and along `unit`, the last zero where `unit` is.
    pub(super) coefficients: Vec<Tensor>,
}

impl Basis {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn push(&mut self, unit: Tensor) {
        self.0.push(unit);
    }

    /// x·q for each vector q.
    pub(super) fn dots(&self, x: &Tensor) -> Result<Vec<Tensor>, SimError> {
        self.0.iter().map(|q| dot(x, q)).collect()
    }

    /// `start` + Σ_k c_k q_k over as many vectors as there are coefficients; `None` is zero.
    pub(super) fn combine(&self, start: Option<Tensor>, coefficients: &[Tensor]) -> Result<Option<Tensor>, SimError> {
        let mut sum = start;
        for (c, q) in coefficients.iter().zip(&self.0) {
            sum = Some(match sum {
                Some(sum) => plus_multiple(&sum, c, q)?,
                None => q.broadcast_mul(c)?,
            });
        }
        Ok(sum)
    }

    /// x less its part in the span, and the coefficients of that part.
    pub(super) fn reject(&self, x: &Tensor) -> Result<(Tensor, Vec<Tensor>), SimError> {
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
    /// After the first the remainder is orthogonal to the basis up to ε|x|, which is large beside a small remainder; the second
    /// leaves ε times the remainder (Kahan's "twice is enough"). A remainder that is rounding alone and lies in the span is taken to
    /// ε²|x| and is not mistaken for a direction.
    pub(super) fn direction(&self, x: &Tensor) -> Result<Direction, SimError> {
        let (epsilon, smallest) = match x.dtype() {
            DType::F32 => (f64::from(f32::EPSILON), f64::from(f32::MIN_POSITIVE)),
            _ => (f64::EPSILON, f64::MIN_POSITIVE),
        };
        let (rest, first) = self.reject(x)?;
        let (rest, second) = self.reject(&rest)?;
        let mut coefficients = first.iter().zip(&second).map(|(a, b)| Ok((a + b)?)).collect::<Result<Vec<_>, SimError>>()?;
        let square = dot(&rest, &rest)?;
        let mut of_all = square.clone();
        for along in &coefficients {
            of_all = (of_all + along.sqr()?)?;
        }
        // Where each entry's square may be subnormal the norm is not accurate, nor is any square that is reported.
        let tolerance = IN_SPAN * IN_SPAN * (self.len() as f64 + 1.0) * epsilon * epsilon;
        let new = square.gt(&of_all.affine(tolerance, smallest * x.dim(2)? as f64)?)?.to_dtype(x.dtype())?;
        let length = square.sqrt()?;
        let inverse = (&new / (&length + new.affine(-1.0, 1.0)?)?)?;
        // An infinite length times zero is NaN, so that an overflow stays visible.
        coefficients.push((length * new)?);
        Ok(Direction { unit: rest.broadcast_mul(&inverse)?, coefficients })
    }

    /// The largest entry of |QQᵀ − I| over the networks, where a vector that is zero counts for none.
    pub(super) fn orthogonality_loss(&self) -> Result<f64, SimError> {
        let mut loss = 0.0_f64;
        for (i, p) in self.0.iter().enumerate() {
            for q in &self.0[..=i] {
                let same = std::ptr::eq(p, q);
                for entry in crate::batch::host(&dot(p, q)?)? {
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
fn dot(x: &Tensor, y: &Tensor) -> Result<Tensor, SimError> {
    Ok(x.matmul(&y.t()?)?)
}
