use archscale_model::Activation;

use crate::{GaussianTable, TheoryError};

/// A chain whose gain holds the pre-activation variance at one value in every layer.
///
/// **Statement.** With C = q/E σ², the pre-activation variance is q at every depth; χ = C E σ′² is the factor by which a
/// gradient's second moment grows per layer, and r = E σ′⁴/(E σ′²)². With k_ℓ = 1 + χ + … + χ^(ℓ−1), the mean-squared change
/// at the last of L layers, readout of gain C, is in the limit n → ∞
///
/// B(L) = χ s² (k_L² + r Σ_{ℓ<L} χ^(2(L−ℓ)) k_ℓ²), s = E σ².
///
/// At χ = 1 this is s² (L² + r L (L−1)(2L−1)/6), of order L³; at χ > 1 it is of order L χ^(2L).
///
/// **Source.** proofs/wide-law.md, section 7, ours. The input has mean square s and enters through the gain C.
///
/// **Domain.** q > 0, and an activation with E σ² > 0. The variance is held fixed only in exact arithmetic: whether it is
/// stable against a deviation is another question, and for GELU it is not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedVarianceChain {
    /// q, the pre-activation variance of every layer.
    pub variance: f64,
    /// C = q / E σ².
    pub gain: f64,
    /// χ = C E σ′².
    pub gradient_factor: f64,
    /// r = E σ′⁴ / (E σ′²)².
    pub slope_ratio: f64,
    /// s = E σ².
    pub activation_moment: f64,
}

impl FixedVarianceChain {
    /// The chain of this activation at pre-activation variance `variance`.
    ///
    /// # Errors
    /// A variance that is not positive and finite; an expectation that cannot be evaluated.
    ///
    /// ```
    /// use archscale_model::Activation;
    /// use archscale_theory::{FixedVarianceChain, GaussianTable};
    /// let chain = FixedVarianceChain::new(Activation::RELU, 1.0, &mut GaussianTable::new())?;
    /// assert_eq!((chain.gain, chain.gradient_factor, chain.slope_ratio), (2.0, 1.0, 2.0));
    /// // 3 (2·9 + 1)/12
    /// assert_eq!(chain.change(3), 4.75);
    /// # Ok::<(), archscale_theory::TheoryError>(())
    /// ```
    pub fn new(activation: Activation, variance: f64, table: &mut GaussianTable) -> Result<Self, TheoryError> {
        let refused = |what: &str| {
            TheoryError::inaccurate(
                what,
                format!("{variance:e}"),
                "give a positive, finite variance and an activation that is not zero",
            )
        };
        if !(variance > 0.0 && variance.is_finite()) {
            return Err(refused("moments"));
        }
        let moments = table.moments(activation, variance)?;
        if !(moments.second > 0.0 && moments.slope_second > 0.0) {
            return Err(refused(&format!("gain of {activation}")));
        }
        let gain = variance / moments.second;
        Ok(Self {
            variance,
            gain,
            gradient_factor: gain * moments.slope_second,
            slope_ratio: moments.slope_fourth / (moments.slope_second * moments.slope_second),
            activation_moment: moments.second,
        })
    }

    /// B(L), per unit η² and label variance; 0 for no layer.
    #[must_use]
    pub fn change(&self, depth: usize) -> f64 {
        let square = self.gradient_factor * self.gradient_factor;
        // κ_ℓ/s and B_ℓ/s² of the last layer, by their recursions: sums of non-negative terms.
        let (mut kernel, mut cross) = (0.0, 0.0);
        for _ in 0..depth {
            cross = square * (self.slope_ratio * kernel * kernel + cross);
            kernel = 1.0 + self.gradient_factor * kernel;
        }
        self.gradient_factor * self.activation_moment.powi(2) * (kernel * kernel + cross)
    }

    /// The exponent p of B ~ L^p between L and 2L: 3 where the cubic law holds.
    #[must_use]
    pub fn local_exponent(&self, depth: usize) -> f64 {
        (self.change(2 * depth) / self.change(depth)).log2()
    }
}
