use crate::{Scalar, TheoryError};

/// Infinite-width mean squared change of layer ℓ of a chain.
///
/// **Statement.** B(ℓ) = ℓ(2ℓ² + 1)/12, independent of the total depth; limit n → ∞.
///
/// **Source.** Jelassi et al. 2023, theorem 1.1, gives the order ℓ³; the polynomial is proofs/chain-cubic.md.
///
/// ```
/// use archscale_theory::chain_limit;
/// assert_eq!(chain_limit::<f64>(2), 1.5);
/// ```
#[must_use]
pub fn chain_limit<S: Scalar>(layer: u64) -> S {
    let l = S::from_integer(layer);
    l.clone() * (S::from_integer(2) * l.clone() * l + S::one()) / S::from_integer(12)
}

/// B(ℓ) of a chain at width n, in closed form.
///
/// **Statement.** With k = ℓ − 1, λ = 1 + 5/n, μ = 1 − 1/n: SS = (n/2)² λᵏ, U = (n/2)³ k λᵏ,
/// V = (n/2)³ (n/6) μ (λᵏ − μᵏ), St = (U + 2V)/3,
/// P = (n/2)⁴ [λᵏ (k + k(k−1)/3 + 2nμk/9) − (n²/27) μ λ (λᵏ − μᵏ)],
/// R = (n/2)⁴ [Σ_{j<k} μ^{k−j} λʲ (1 + 2j/3 + 2nμ/9) − (2n/9) k μ^{k+1}],
/// B(ℓ) = n⁻² [SS + (4/n) St + (4/(3n²)) ((n+2) P − (n−1) R)]. Exact at every n ≥ 1.
///
/// **Source.** proofs/chain-closed-forms.md.
///
/// # Errors
/// Width or layer zero.
///
/// ```
/// use archscale_theory::chain_label_part;
/// use num_rational::BigRational;
/// // 3/2 + 5/(2n)
/// assert_eq!(chain_label_part::<BigRational>(2, 5)?.to_string(), "2");
/// # Ok::<(), archscale_theory::TheoryError>(())
/// ```
pub fn chain_label_part<S: Scalar>(layer: u64, width: u64) -> Result<S, TheoryError> {
    if width == 0 {
        return Err(TheoryError::zero_width());
    }
    if layer == 0 {
        return Err(TheoryError::zero_layer());
    }
    let whole = S::from_integer;
    let n = whole(width);
    let k = layer - 1;
    let lambda = S::one() + whole(5) / n.clone();
    let mu = S::one() - S::one() / n.clone();
    let half = n.clone() / whole(2);
    let square = half.clone() * half.clone();
    let powers = |base: &S| {
        let mut list = vec![S::one()];
        for _ in 0..=k {
            let next = list[list.len() - 1].clone() * base.clone();
            list.push(next);
        }
        list
    };
    let (lambdas, mus) = (powers(&lambda), powers(&mu));
    let at = k as usize;
    let depth = whole(k);
    let gap = lambdas[at].clone() - mus[at].clone();
    let ss = square.clone() * lambdas[at].clone();
    let u = square.clone() * half.clone() * depth.clone() * lambdas[at].clone();
    let v = square.clone() * half * n.clone() / whole(6) * mu.clone() * gap.clone();
    let st = (u + whole(2) * v) / whole(3);
    let slope = whole(2) * n.clone() * mu.clone() / whole(9);
    let pairs = whole(k * k.saturating_sub(1));
    let p = lambdas[at].clone() * (depth.clone() + pairs / whole(3) + slope.clone() * depth.clone())
        - n.clone() * n.clone() / whole(27) * mu * lambda * gap;
    let mut r = S::zero() - whole(2) * n.clone() / whole(9) * depth * mus[at + 1].clone();
    for j in 0..at {
        let factor = S::one() + whole(2 * j as u64) / whole(3) + slope.clone();
        r += mus[at - j].clone() * lambdas[j].clone() * factor;
    }
    let fourth = square.clone() * square;
    let inner = (n.clone() + whole(2)) * p - (n.clone() - S::one()) * r;
    let tail = whole(4) * fourth * inner / (whole(3) * n.clone() * n.clone());
    Ok((ss + whole(4) * st / n.clone() + tail) / (n.clone() * n))
}

/// The expansions of B(L) and A(L; L) in 1/n.
///
/// **Statement.** B(L) = b₀ + b₁/n + b₂/n² + O(n⁻³) with b₀ = L(2L²+1)/12, b₁ = 5L(L−1)(L²−L+1)/12,
/// b₂ = L(L−1)(L−2)(84L²−148L+143)/120; A(L; L) = a₁/n + a₂/n² + a₃/n³ + O(n⁻⁴) with a₁ = b₀,
/// a₂ = L(23L³−22L²+25L−11)/12, a₃ = L(L−1)(276L³−434L²+531L−256)/24. Hence n A/B = 1 + (9L − 6 + 6L/(2L²+1))/n + O(n⁻²).
///
/// **Source.** proofs/chain-closed-forms.md: b₀, b₁ and a₁ by hand for all L; the others by a degree bound in L and finitely many exact
/// values, which is a proof for all L as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainExpansion<S> {
    /// Coefficients of n⁰, n⁻¹, n⁻² of B(L).
    pub label_part: [S; 3],
    /// Coefficients of n⁻¹, n⁻², n⁻³ of A(L; L).
    pub output_part: [S; 3],
}

impl<S: Scalar> ChainExpansion<S> {
    /// The coefficients for a chain of this depth, at its last layer.
    ///
    /// ```
    /// use archscale_theory::ChainExpansion;
    /// assert_eq!(ChainExpansion::<f64>::new(2).label_part, [1.5, 2.5, 0.0]);
    /// ```
    #[must_use]
    pub fn new(depth: u64) -> Self {
        let whole = S::from_integer;
        let l = whole(depth);
        let polynomial = |coefficients: &[i64]| {
            let mut sum = S::zero();
            for &coefficient in coefficients {
                sum = sum * l.clone() + S::ratio(coefficient, 1);
            }
            sum
        };
        let below = |k: i64| l.clone() - S::ratio(k, 1);
        let leading = chain_limit::<S>(depth);
        Self {
            label_part: [
                leading.clone(),
                polynomial(&[5, 0]) * below(1) * polynomial(&[1, -1, 1]) / whole(12),
                l.clone() * below(1) * below(2) * polynomial(&[84, -148, 143]) / whole(120),
            ],
            output_part: [
                leading,
                l.clone() * polynomial(&[23, -22, 25, -11]) / whole(12),
                l.clone() * below(1) * polynomial(&[276, -434, 531, -256]) / whole(24),
            ],
        }
    }
}
