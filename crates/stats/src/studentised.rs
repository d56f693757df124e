//! The law of a studentised estimate, corrected for skewness and for the next order in one over the sample size.
//!
//! Let T = (θ̂ − θ)/σ̂ be a studentised mean, a = γ/√n and b = κ/n with γ the skewness and κ the excess kurtosis of one
//! sample. Edgeworth expansion (Hall, *The Bootstrap and Edgeworth Expansion*, Springer 1992, section 2.6) gives
//! P(T ≤ x) = Φ(x) + (a/6)(2x² + 1) φ(x) + O(1/n): a positive skewness makes T skewed to the *left*. At far levels the
//! error of the plain Student interval is a factor exp(−a x³/3) of the upper tail and its inverse of the lower one.
//!
//! **First correction.** Hall, *On the removal of skewness by transformation*, J. R. Statist. Soc. B 54 (1992) 221: the
//! cubic g(t) = t + a t²/3 + a² t³/27 + a/6 is monotone, since g − a/6 = ((1 + a t/3)³ − 1)/a, and g(T) has no term in
//! n^(−1/2). The reference law of g(T) is Student's, which is exact for Gaussian data.
//!
//! **Second correction.** The logarithm of the tail of T at x is −x²/2 − a x³/3 + (1/(4n) − κ/(12n)) x⁴ + …, by the
//! expansion above taken to order 1/n (the terms in γ² x⁶ and γ² x⁴ cancel). Put T = g⁻¹(z): the transformation leaves
//! (5a²/54) z⁴; the 1/(4n) is Student's. The skewness is estimated from the same sample, and its error is correlated with T:
//! E[√n(γ̂ − γ) | T = t] = (κ − 3γ²/2) t, which adds (b/3 − a²/2) z⁴. In all the tail at z is off by exp(ρ z⁴),
//! ρ = b/4 − 11a²/27. It is taken back by moving the point z to z + ρ z³, with max(b, 0)/4 for ρ: the negative term is given
//! away, because the samples in which T falls far low are those that lack the law's large values and so understate a and b.
//!
//! **Guard.** (κ + 2)/n is the squared relative error of the estimated variance by which T is divided. The corrections are
//! used while (κ + 2) z⁴/(4n) ≤ 1 and |a| z ≤ 1/2; beyond that the next orders count and nothing is decided. With the guard
//! the probability of refuting a true mean stays below the nominal one in direct simulation down to levels of 1e-3, and by
//! importance sampling at 1e-6 and 1e-9 (tests/it/calibration.rs). The two tails are less even than that: near the guard the
//! lower tail of T may exceed its half of the level by up to about a half, while the upper one falls short by more.
//!
//! For the difference of two independent means the same holds with a = κ₃(D)/σ³, b = κ₄(D)/σ⁴, the third and fourth
//! cumulants κ₃, κ₄ of the difference D of means and its standard error σ, because the covariances of D with its estimated
//! variance and skewness are those cumulants again.

use crate::Moments;
use crate::tails::{normal_upper_quantile, normal_upper_tail, student_from_normal, student_to_normal};

/// Fewest values per sample: below it the estimated skewness and kurtosis mean nothing.
const MIN_SAMPLES: u64 = 30;
/// Largest share of Σ|x| that one value may carry.
const MAX_SHARE: f64 = 0.05;
/// Largest |a| z: Hall's cubic is the start of a series in this number.
const MAX_SKEW: f64 = 0.5;
/// Largest (b + 2/dof) z⁴/4: the size of the second correction, with 2/dof for its own error.
const MAX_TAIL: f64 = 1.0;
/// Spread, relative to the largest value, at and below which the values differ only by rounding.
const ROUNDING: f64 = 1e-12;

/// An estimate whose studentised form has the law described in this file.
#[derive(Clone, Debug)]
pub(crate) struct Studentised {
    pub(crate) estimate: f64,
    pub(crate) standard_error: f64,
    /// a: the third cumulant of the estimate over the cube of its standard error.
    pub(crate) skew: f64,
    /// b: the fourth cumulant of the estimate over the fourth power of its standard error.
    pub(crate) tail: f64,
    /// Degrees of freedom of the reference law.
    pub(crate) dof: f64,
    /// Whether that law is exact by hypothesis, so that nothing about its shape is estimated.
    pub(crate) exact: bool,
}

impl Studentised {
    /// The mean of one sample.
    pub(crate) fn mean(sample: &Moments) -> Self {
        Self::mean_of(sample, sample.standard_error(), sample.count())
    }

    /// The mean that `count` values of the law of `sample` would have, with a given standard error.
    pub(crate) fn mean_of(sample: &Moments, standard_error: f64, count: u64) -> Self {
        let n = count as f64;
        Self {
            estimate: sample.mean(),
            standard_error,
            skew: sample.skewness() / n.sqrt(),
            tail: sample.excess_kurtosis() / n,
            dof: n - 1.0,
            exact: false,
        }
    }

    /// The difference of the means of two independent samples, with Welch's degrees of freedom.
    pub(crate) fn difference(first: &Moments, second: &Moments) -> Self {
        let (u, v) = (first.standard_error().powi(2), second.standard_error().powi(2));
        let (n, m) = (first.count() as f64, second.count() as f64);
        let variance = u + v;
        // Shares of the variance, so that no power of a tiny or huge scale is formed.
        let (p, q) = (u / variance, v / variance);
        Self {
            estimate: first.mean() - second.mean(),
            standard_error: variance.sqrt(),
            skew: first.skewness() / n.sqrt() * p.powf(1.5) - second.skewness() / m.sqrt() * q.powf(1.5),
            tail: first.excess_kurtosis() / n * p * p + second.excess_kurtosis() / m * q * q,
            dof: 1.0 / (p * p / (n - 1.0) + q * q / (m - 1.0)),
            exact: false,
        }
    }

    fn widening(&self) -> f64 {
        (self.tail / 4.0).max(0.0)
    }

    /// The point y of g(T) that is exceeded with probability `tail`.
    fn point(&self, tail: f64) -> f64 {
        let z = normal_upper_quantile(tail);
        student_from_normal(z + self.widening() * z.powi(3), self.dof)
    }

    /// g⁻¹(y) = 3((1 + a(y − a/6))^{1/3} − 1)/a, written without a division by a.
    fn inverse_cubic(&self, y: f64) -> f64 {
        let shifted = y - self.skew / 6.0;
        let root = (1.0 + self.skew * shifted).cbrt();
        3.0 * shifted / (root * root + root + 1.0)
    }

    fn cubic(&self, t: f64) -> f64 {
        let at = self.skew * t;
        t * (1.0 + at / 3.0 + at * at / 27.0) + self.skew / 6.0
    }

    /// How far the one-sided lower bound which θ undershoots with probability `tail` lies below the estimate.
    pub(crate) fn below(&self, tail: f64) -> f64 {
        self.standard_error * self.inverse_cubic(self.point(tail))
    }

    /// How far the one-sided upper bound which θ exceeds with probability `tail` lies above the estimate.
    pub(crate) fn above(&self, tail: f64) -> f64 {
        -self.standard_error * self.inverse_cubic(-self.point(tail))
    }

    /// The normal deviate, with the sign of the corrected deviation, and the two-sided p-value of θ = `value`.
    ///
    /// They agree with the bounds: the p-value is below α exactly when `value` is outside the two-sided interval.
    pub(crate) fn test(&self, value: f64) -> (f64, f64) {
        let y = self.cubic((self.estimate - value) / self.standard_error);
        let w = student_to_normal(y.abs(), self.dof);
        let rho = self.widening();
        // The real root of z + ρ z³ = w.
        let scale = (3.0 * rho).sqrt();
        let z = if scale * w < 1e-8 { w } else { 2.0 / scale * ((1.5 * scale * w).asinh() / 3.0).sinh() };
        (z.copysign(y), (2.0 * normal_upper_tail(z)).min(1.0))
    }

    /// Why the corrections cannot be trusted at a two-sided level, if they cannot.
    pub(crate) fn doubt(&self, level: f64) -> Option<String> {
        if ![self.estimate, self.standard_error, self.skew, self.tail].iter().all(|x| x.is_finite()) || self.dof.is_nan() {
            return Some("the sample moments overflow: rescale the values".into());
        }
        if self.exact {
            return None;
        }
        let z = normal_upper_quantile(level / 2.0);
        let skew = self.skew.abs() * z;
        if skew > MAX_SKEW {
            return Some(format!(
                "the sample is too small for its skewness at this level: |skewness|/√n · z = {skew:.3} > {MAX_SKEW}; \
                    it needs about {:.1} times as many samples",
                (skew / MAX_SKEW).powi(2)
            ));
        }
        let tail = (self.tail + 2.0 / self.dof) * z.powi(4) / 4.0;
        if tail > MAX_TAIL {
            return Some(format!(
                "the sample is too small for its kurtosis at this level: (excess kurtosis + 2)/(4n) · z⁴ = {tail:.3} \
                    > {MAX_TAIL}; it needs about {tail:.1} times as many samples"
            ));
        }
        None
    }
}

/// Why a sample can carry no decision at any level, if it cannot.
pub(crate) fn sample_doubt(sample: &Moments) -> Option<String> {
    let n = sample.count();
    if sample.non_finite() > 0 {
        return Some(format!("{} of {n} values are NaN or infinite", sample.non_finite()));
    }
    if n < MIN_SAMPLES {
        return Some(format!("{n} values are too few to judge a mean: at least {MIN_SAMPLES} are needed"));
    }
    if !sample.variance().is_finite() {
        return Some("the sample moments overflow: rescale the values".into());
    }
    if sample.variance().sqrt() <= ROUNDING * sample.max_abs() {
        return Some("the values differ by no more than rounding: compare them exactly, not statistically".into());
    }
    if sample.max_share() > MAX_SHARE {
        return Some(format!(
            "one value carries {:.3} of the sum of absolute values (at most {MAX_SHARE}): the sample has not yet seen \
                the law's tail",
            sample.max_share()
        ));
    }
    None
}
