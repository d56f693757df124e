use crate::{Scalar, TheoryError};

/// Sums over a chain's ungated layer-ℓ tangent kernel K, at one layer: the quantities of the papers' recursions.
///
/// **Statement.** With z the pre-activation, h = ReLU(z): s = E|h_{ℓ−1}|⁴/n² feeds layer ℓ; B = E‖K‖_F²/n³, B̃ = E(tr K)²/n³,
/// D = E Σ K_ii²/n³, C = E|z|² tr K/n³, C̃ = E zᵀKz/n³, E = E Σ z_i² K_ii/n³.
///
/// **Source.** Chen et al. 2024, appendix C with q = 1 (equation 27 and below); the two moments that it leaves implicit, B̃ and C̃,
/// read as in proofs/recursion-B.md.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelSums<S> {
    /// s = (1/4)(1 + 5/n)^(ℓ−1), the source term of the step *into the next* layer.
    pub source: S,
    /// E‖K‖_F²/n³.
    pub b: S,
    /// E(tr K)²/n³.
    pub b_trace: S,
    /// E Σ_i K_ii²/n³, absent from the printed recursion.
    pub d: S,
    /// E|z|² tr K/n³.
    pub c: S,
    /// E zᵀKz/n³.
    pub c_trace: S,
    /// E Σ_i z_i² K_ii/n³.
    pub e: S,
}

/// One way to write the recursion from layer to layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecursionForm {
    /// As derived in proofs/recursion-B.md and proofs/recursion-C.md; exact at every width.
    Corrected,
    /// Coefficient for coefficient as printed in appendix C, with |x|² = n.
    Printed,
    /// As printed, but with the source terms of the corrected form.
    PrintedKernel,
    /// As [`RecursionForm::Corrected`] without D: what repairing only the C recursion gives.
    WithoutDiagonal,
}

impl RecursionForm {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Corrected, Self::Printed, Self::PrintedKernel, Self::WithoutDiagonal];

    /// The form's name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Printed => "printed",
            Self::PrintedKernel => "printed, source repaired",
            Self::WithoutDiagonal => "source and C repaired, no D",
        }
    }
}

impl<S: Scalar> KernelSums<S> {
    /// Before the first layer: no kernel yet, s = ¼.
    #[must_use]
    pub fn start() -> Self {
        let [b, b_trace, d, c, c_trace, e] = std::array::from_fn(|_| S::zero());
        Self { source: S::ratio(1, 4), b, b_trace, d, c, c_trace, e }
    }

    /// The sums one layer deeper, at width n.
    ///
    /// # Errors
    /// Width zero.
    pub fn next(&self, form: RecursionForm, width: u64) -> Result<Self, TheoryError> {
        if width == 0 {
            return Err(TheoryError::zero_width());
        }
        let n = S::from_integer(width);
        let inverse = S::one() / n.clone();
        // a + b/n + c/n²
        let poly = |a: i64, b: i64, c: i64| {
            S::ratio(a, 1) + S::ratio(b, 1) * inverse.clone() + S::ratio(c, 1) * inverse.clone() * inverse.clone()
        };
        let combine = |terms: &[(S, &S)]| {
            let mut sum = S::zero();
            for (factor, value) in terms {
                sum.add_product(factor, value);
            }
            sum
        };
        let Self { source: s, b, b_trace, d, c, c_trace, e } = self;
        let source = s.clone() * poly(1, 5, 0);
        let diagonal = |keep: &S| if form == RecursionForm::WithoutDiagonal { S::zero() } else { keep.clone() };
        Ok(match form {
            RecursionForm::Corrected | RecursionForm::WithoutDiagonal => {
                let kept = diagonal(d);
                Self {
                    source,
                    b: combine(&[
                        (poly(1, 0, 0), s),
                        (poly(1, 0, 0), c),
                        (poly(1, 1, 0), b),
                        (poly(0, 1, 0), b_trace),
                        (poly(1, 0, 0), e),
                        (poly(1, 2, 0), &kept),
                    ]),
                    b_trace: n * combine(&[
                        (poly(1, 0, 0), s),
                        (poly(1, 0, 0), c),
                        (poly(0, 1, 0), b_trace),
                        (poly(0, 0, 2), b),
                        (poly(1, 0, 0), e),
                        (poly(0, 1, 2), &kept),
                    ]),
                    d: combine(&[
                        (poly(1, 0, 0), s),
                        (poly(1, 0, 0), c),
                        (poly(0, 2, 0), b),
                        (poly(0, 1, 0), b_trace),
                        (poly(1, 0, 0), e),
                        (poly(0, 3, 0), &kept),
                    ]),
                    c: combine(&[(poly(2, 0, 0), s), (poly(1, 0, 0), c), (poly(0, 2, 0), c_trace), (poly(1, 2, 0), e)]),
                    c_trace: combine(&[
                        (poly(0, 2, 0), s),
                        (poly(0, 1, 0), c),
                        (poly(1, 1, 0), c_trace),
                        (poly(1, 2, 0), e),
                    ]),
                    e: combine(&[(poly(0, 2, 0), s), (poly(0, 1, 0), c), (poly(0, 2, 0), c_trace), (poly(0, 3, 0), e)]),
                }
            }
            RecursionForm::Printed | RecursionForm::PrintedKernel => {
                // Printed sources with |x|² = n: 4/n² |x|² for B, 4 |x|⁴/n² for B̃/n, ½ |x|⁴/n² for C; s = ¼ |x|⁴/n² e^{…}.
                let printed = form == RecursionForm::Printed;
                let growth = s.clone() * S::from_integer(4);
                let b_source = if printed { growth.clone() * poly(0, 4, 0) } else { s.clone() };
                let trace_source = if printed { growth.clone() * poly(4, 0, 0) } else { s.clone() };
                let c_source = growth / S::from_integer(2);
                let c_kernel = combine(&[(poly(0, 1, 0), c), (poly(1, 1, 0), c_trace)]);
                Self {
                    source,
                    b: b_source + combine(&[(poly(1, 0, 0), c), (poly(1, 1, 0), b), (poly(0, 1, 0), b_trace)]),
                    b_trace: n
                        * (trace_source + combine(&[(poly(1, 0, 0), c), (poly(0, 1, 0), b_trace), (poly(0, 0, 2), b)])),
                    d: S::zero(),
                    c: c_source.clone() + c_kernel.clone(),
                    // No equation is printed for C̃: the printed C kernel with a source of the order it needs.
                    c_trace: c_source * inverse + c_kernel,
                    e: S::zero(),
                }
            }
        })
    }

    /// The sums of layers 1..=depth, by iterating one form from the start.
    ///
    /// # Errors
    /// Width zero.
    pub fn iterate(form: RecursionForm, width: u64, depth: usize) -> Result<Vec<Self>, TheoryError> {
        let mut layers = Vec::with_capacity(depth);
        let mut state = Self::start();
        for _ in 0..depth {
            state = state.next(form, width)?;
            layers.push(state.clone());
        }
        Ok(layers)
    }
}
