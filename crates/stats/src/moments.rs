//! Streaming central moments of order one to four.

use serde::{Deserialize, Serialize};

/// The count, mean and central power sums of a sample, gathered in one pass.
///
/// **Statement.** For values x₁…x_n the state holds n, the mean, M_k = Σ (x_i − mean)^k for k = 2, 3, 4, and, as a
/// diagnostic of heavy tails, Σ|x_i| and max|x_i|. [`push`](Self::push) and [`merge`](Self::merge) are exact in real
/// arithmetic; in floating point they avoid the cancellation of raw power sums.
///
/// **Source.** Terriberry (2007) for one value at a time; Pébay, *Formulas for robust, one-pass parallel computation of
/// covariances and arbitrary-order statistical moments*, Sandia report SAND2008-6212, equations 2.1 and 3.1, for merging.
///
/// **Order.** Merging is not associative in floating point. A given tree of merges over given blocks has the same bits
/// whichever threads computed the blocks, so a run which fixes its blocks and merges them in index order gives one result
/// for any number of threads.
///
/// **Values that are not finite** are counted but not mixed in: they make every statistic NaN for good, and every
/// decision `Undecided`, so that a simulation which overflowed cannot support or refute anything.
///
/// ```
/// use archscale_stats::Moments;
/// let m = Moments::from_slice(&[1.0, 2.0, 3.0, 4.0]);
/// assert_eq!((m.count(), m.mean(), m.variance()), (4, 2.5, 5.0 / 3.0));
/// ```
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moments {
    /// Finite values seen.
    finite: u64,
    /// Values seen that were NaN or infinite.
    non_finite: u64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
    sum_abs: f64,
    max_abs: f64,
}

impl Moments {
    /// The moments of no values: the identity of [`merge`](Self::merge).
    ///
    /// ```
    /// use archscale_stats::Moments;
    /// assert_eq!(Moments::new().count(), 0);
    /// assert!(Moments::new().mean().is_nan());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The moments of a slice, pushed in its order.
    ///
    /// ```
    /// use archscale_stats::Moments;
    /// assert_eq!(Moments::from_slice(&[3.0, 5.0]).mean(), 4.0);
    /// ```
    #[must_use]
    pub fn from_slice(values: &[f64]) -> Self {
        let mut moments = Self::new();
        for &x in values {
            moments.push(x);
        }
        moments
    }

    /// Adds one value.
    ///
    /// ```
    /// use archscale_stats::Moments;
    /// let mut m = Moments::new();
    /// m.push(7.0);
    /// assert_eq!(m.mean(), 7.0);
    /// m.push(f64::INFINITY);
    /// assert!(m.mean().is_nan());
    /// ```
    pub fn push(&mut self, x: f64) {
        if !x.is_finite() {
            self.non_finite += 1;
            return;
        }
        self.finite += 1;
        let n = self.finite as f64;
        let delta = x - self.mean;
        let step = delta / n;
        let step_sq = step * step;
        let gain = delta * step * (n - 1.0);
        self.mean += step;
        self.m4 += gain * step_sq * (n * n - 3.0 * n + 3.0) + 6.0 * step_sq * self.m2 - 4.0 * step * self.m3;
        self.m3 += gain * step * (n - 2.0) - 3.0 * step * self.m2;
        self.m2 += gain;
        self.sum_abs += x.abs();
        self.max_abs = self.max_abs.max(x.abs());
    }

    /// The moments of the two samples together, `self` first.
    ///
    /// Merging with an empty sample changes no bit of the other. See the type for what order means.
    ///
    /// ```
    /// use archscale_stats::Moments;
    /// let (a, b) = (Moments::from_slice(&[1.0, 2.0]), Moments::from_slice(&[3.0, 4.0]));
    /// assert_eq!(a.merge(&b).mean(), 2.5);
    /// assert_eq!(a.merge(&b).count(), 4);
    /// ```
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let non_finite = self.non_finite + other.non_finite;
        if other.finite == 0 {
            return Self { non_finite, ..self.clone() };
        }
        if self.finite == 0 {
            return Self { non_finite, ..other.clone() };
        }
        let finite = self.finite + other.finite;
        let (na, nb, n) = (self.finite as f64, other.finite as f64, finite as f64);
        let delta = other.mean - self.mean;
        let step = delta / n;
        let (step_sq, nab) = (step * step, na * nb);
        Self {
            finite,
            non_finite,
            mean: self.mean + step * nb,
            m2: self.m2 + other.m2 + delta * step * nab,
            m3: self.m3 + other.m3 + delta * step_sq * nab * (na - nb) + 3.0 * step * (na * other.m2 - nb * self.m2),
            m4: self.m4
                + other.m4
                + delta * step * step_sq * nab * (na * na - nab + nb * nb)
                + 6.0 * step_sq * (na * na * other.m2 + nb * nb * self.m2)
                + 4.0 * step * (na * other.m3 - nb * self.m3),
            sum_abs: self.sum_abs + other.sum_abs,
            max_abs: self.max_abs.max(other.max_abs),
        }
    }

    /// The moments of `factor` times each value (in real arithmetic exactly those; a factor that is not finite turns
    /// every value into one that is not finite).
    ///
    /// ```
    /// use archscale_stats::Moments;
    /// let m = Moments::from_slice(&[1.0, 3.0]).scaled(-2.0);
    /// assert_eq!((m.mean(), m.variance()), (-4.0, 8.0));
    /// ```
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        if !factor.is_finite() {
            return Self { non_finite: self.count(), ..Self::new() };
        }
        let square = factor * factor;
        Self {
            finite: self.finite,
            non_finite: self.non_finite,
            mean: self.mean * factor,
            m2: self.m2 * square,
            m3: self.m3 * square * factor,
            m4: self.m4 * square * square,
            sum_abs: self.sum_abs * factor.abs(),
            max_abs: self.max_abs * factor.abs(),
        }
    }

    /// The number of values pushed, those that were not finite included.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[1.0, f64::NAN]).count(), 2);
    /// ```
    #[must_use]
    pub fn count(&self) -> u64 {
        self.finite + self.non_finite
    }

    /// The number of values pushed that were NaN or infinite.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[1.0, f64::NAN]).non_finite(), 1);
    /// ```
    #[must_use]
    pub fn non_finite(&self) -> u64 {
        self.non_finite
    }

    /// The sample mean; NaN for an empty sample.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[1.0, 2.0]).mean(), 1.5);
    /// ```
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.with_at_least(1, self.mean)
    }

    /// The unbiased sample variance M₂/(n − 1); NaN below two values.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[1.0, 3.0]).variance(), 2.0);
    /// ```
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.with_at_least(2, self.m2 / (self.finite as f64 - 1.0))
    }

    /// The estimated standard deviation of the sample mean, √(variance/n); NaN below two values.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[1.0, 3.0]).standard_error(), 1.0);
    /// ```
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.finite as f64).sqrt()
    }

    /// The sample skewness √n M₃ / M₂^{3/2}; NaN below two values or without spread.
    ///
    /// Its absolute value never exceeds √n, so a small sample of a skewed law understates the skewness.
    ///
    /// ```
    /// let m = archscale_stats::Moments::from_slice(&[0.0, 0.0, 3.0]); // deviations −1, −1, 2: M₂ = 6, M₃ = 6
    /// assert!((m.skewness() - 0.5_f64.sqrt()).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn skewness(&self) -> f64 {
        self.with_at_least(2, (self.finite as f64).sqrt() * self.m3 / (self.m2 * self.m2.sqrt()))
    }

    /// The sample excess kurtosis n M₄ / M₂² − 3; NaN below two values or without spread.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[-1.0, 1.0]).excess_kurtosis(), -2.0);
    /// ```
    #[must_use]
    pub fn excess_kurtosis(&self) -> f64 {
        self.with_at_least(2, self.finite as f64 * self.m4 / (self.m2 * self.m2) - 3.0)
    }

    /// The largest |x| seen; NaN for an empty sample.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[1.0, -2.0]).max_abs(), 2.0);
    /// ```
    #[must_use]
    pub fn max_abs(&self) -> f64 {
        self.with_at_least(1, self.max_abs)
    }

    /// The share of Σ|x_i| that the largest single |x_i| carries; NaN for an empty sample or one of zeros.
    ///
    /// Near 1/n for a bounded law. A share that does not shrink as n grows marks a law whose mean the sample has not yet
    /// seen (O'Brien 1980: it tends to 0 almost surely if and only if the mean exists).
    ///
    /// ```
    /// assert_eq!(archscale_stats::Moments::from_slice(&[1.0, -3.0]).max_share(), 0.75);
    /// ```
    #[must_use]
    pub fn max_share(&self) -> f64 {
        self.with_at_least(1, self.max_abs / self.sum_abs)
    }

    fn with_at_least(&self, needed: u64, value: f64) -> f64 {
        if self.non_finite > 0 || self.finite < needed { f64::NAN } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_four_by_hand() {
        // Deviations ±0.5, ±1.5: M₂ = 5, M₃ = 0, M₄ = 2(1/16 + 81/16) = 10.25.
        let m = Moments::from_slice(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((m.m2, m.m3, m.m4), (5.0, 0.0, 10.25));
        assert_eq!(m.excess_kurtosis(), 4.0 * 10.25 / 25.0 - 3.0);
        assert_eq!(m.standard_error(), (5.0_f64 / 12.0).sqrt());
        assert_eq!(m.max_share(), 0.4);
    }

    #[test]
    fn skewed_sample_by_hand() {
        // 0, 0, 0, 4: mean 1, deviations −1, −1, −1, 3: M₂ = 12, M₃ = 24, M₄ = 84.
        let m = Moments::from_slice(&[0.0, 0.0, 0.0, 4.0]);
        assert_eq!((m.mean, m.m2, m.m3, m.m4), (1.0, 12.0, 24.0, 84.0));
    }

    #[test]
    fn no_value_one_value_and_no_spread() {
        let none = Moments::new();
        assert!(none.mean().is_nan() && none.max_share().is_nan() && none.variance().is_nan());
        let one = Moments::from_slice(&[2.0]);
        assert_eq!(one.mean(), 2.0);
        assert!(one.variance().is_nan() && one.standard_error().is_nan());
        let flat = Moments::from_slice(&[2.0, 2.0, 2.0]);
        assert_eq!(flat.variance(), 0.0);
        assert!(flat.skewness().is_nan() && flat.excess_kurtosis().is_nan());
    }

    #[test]
    fn one_non_finite_value_spoils_every_statistic() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let m = Moments::from_slice(&[1.0, bad, 2.0]);
            assert_eq!((m.count(), m.non_finite()), (3, 1));
            let merged = Moments::from_slice(&[1.0, 2.0]).merge(&m);
            for m in [m.clone(), merged, Moments::new().merge(&m), m.merge(&Moments::new()), m.scaled(2.0)] {
                assert_eq!(m.non_finite(), 1);
                for x in [m.mean(), m.variance(), m.standard_error(), m.skewness(), m.excess_kurtosis(), m.max_share()] {
                    assert!(x.is_nan());
                }
            }
        }
        assert!(Moments::from_slice(&[1.0, 2.0]).scaled(f64::NAN).mean().is_nan());
    }

    #[test]
    fn merging_with_nothing_keeps_every_bit() {
        let m = Moments::from_slice(&[0.1, 0.7, -3.3]);
        assert_eq!(m.merge(&Moments::new()), m);
        assert_eq!(Moments::new().merge(&m), m);
    }
}
