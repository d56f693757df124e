//! How many samples a decision needs.

use crate::Moments;
use crate::error::{StatsError, within};
use crate::studentised::{Studentised, sample_doubt};
use crate::tails::normal_upper_quantile;
use serde::{Deserialize, Serialize};

/// The probability, at most, with which the allowance for a pilot's variance may fall short.
const PILOT_ERROR: f64 = 0.01;

/// What a decision must achieve: its two error probabilities and the smallest error it must see.
///
/// - `false_alarm` α: the probability with which a true claim is refuted, in \[1e-30, 0.5\];
/// - `power` 1 − β: the probability with which a claim that is off by `margin` is not supported, in \[0.5, 1 − 1e-12\];
/// - `margin` m: that error, relative to the predicted value, positive.
///
/// ```
/// use archscale_stats::Plan;
/// let plan = Plan::new(0.05, 0.8, 0.1).unwrap();
/// // (1.95996 + 0.84162)² · (0.5/0.1)² = 196.2
/// assert_eq!(plan.samples_for(0.5), 197);
/// assert!(Plan::new(0.0, 0.8, 0.1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawPlan")]
pub struct Plan {
    false_alarm: f64,
    power: f64,
    margin: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlan {
    false_alarm: f64,
    power: f64,
    margin: f64,
}

impl TryFrom<RawPlan> for Plan {
    type Error = StatsError;

    fn try_from(raw: RawPlan) -> Result<Self, StatsError> {
        Self::new(raw.false_alarm, raw.power, raw.margin)
    }
}

/// The size of a run, planned from a pilot.
///
/// Made by [`Plan::samples_from_pilot`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PilotPlan {
    /// Samples to draw: `wanted`, or the largest number allowed if that is less.
    pub samples: u64,
    /// Samples that the plan asks for.
    pub wanted: u64,
    /// Whether the largest number allowed bit; the decision will then most likely be undecided.
    pub capped: bool,
    /// The upper allowance for one value's standard deviation, relative to the prediction, with which the run was planned.
    pub relative_sd: f64,
}

impl Plan {
    /// A plan from its false-alarm probability, power and relative margin.
    ///
    /// # Errors
    /// [`StatsError::Domain`] if a number is outside the domain that the type states.
    ///
    /// ```
    /// use archscale_stats::Plan;
    /// assert_eq!(Plan::new(1e-9, 0.99, 0.02).unwrap().margin(), 0.02);
    /// ```
    pub fn new(false_alarm: f64, power: f64, margin: f64) -> Result<Self, StatsError> {
        // No sample supports a smaller probability, and a larger one decides by a coin.
        let allowed = (1e-30..=0.5).contains(&false_alarm);
        within("false_alarm", false_alarm, allowed, "give the probability of refuting a true claim, from 1e-30 to 0.5")?;
        // A smaller one misses the error more often than not.
        let allowed = (0.5..=1.0 - 1e-12).contains(&power);
        within("power", power, allowed, "give the probability of detecting an error of the margin, from 0.5 to 1 - 1e-12")?;
        let allowed = margin > 0.0 && margin.is_finite();
        within("margin", margin, allowed, "give the smallest relative error that must be detected, above 0 and finite")?;
        Ok(Self { false_alarm, power, margin })
    }

    /// The probability with which a true claim is refuted.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Plan::new(1e-9, 0.99, 0.02).unwrap().false_alarm(), 1e-9);
    /// ```
    #[must_use]
    pub fn false_alarm(&self) -> f64 {
        self.false_alarm
    }

    /// The probability with which a claim off by the margin is not supported.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Plan::new(1e-9, 0.99, 0.02).unwrap().power(), 0.99);
    /// ```
    #[must_use]
    pub fn power(&self) -> f64 {
        self.power
    }

    /// The smallest error that must be detected, relative to the prediction.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Plan::new(1e-9, 0.99, 0.02).unwrap().margin(), 0.02);
    /// ```
    #[must_use]
    pub fn margin(&self) -> f64 {
        self.margin
    }

    /// β, the probability of missing an error of the margin.
    pub(crate) fn miss(&self) -> f64 {
        1.0 - self.power
    }

    fn quantiles(&self) -> f64 {
        normal_upper_quantile(self.false_alarm / 2.0) + normal_upper_quantile(self.miss())
    }

    /// The number of independent samples with which a two-sided test at level α sees an error of the margin with the power.
    ///
    /// **Statement.** n = ⌈((z_{1−α/2} + z_{1−β}) s/m)²⌉ with s = `relative_sd`, the standard deviation of one value over
    /// the predicted mean: exact for Gaussian values of known variance, else a limit in n. Saturates at `u64::MAX`, which is
    /// also the answer if s is NaN or negative.
    ///
    /// This is the power of the test. A true claim in a run of just this size is `Supported` only about every other time,
    /// because the estimated standard error must also come out below the planned one: to end supported, size the run with
    /// [`samples_from_pilot`](Self::samples_from_pilot).
    ///
    /// ```
    /// let plan = archscale_stats::Plan::new(0.05, 0.5, 1.0).unwrap();
    /// assert_eq!(plan.samples_for(10.0), 385); // (1.95996 · 10)² = 384.1
    /// ```
    #[must_use]
    pub fn samples_for(&self, relative_sd: f64) -> u64 {
        if relative_sd.is_nan() || relative_sd < 0.0 {
            return u64::MAX;
        }
        // A float to integer cast saturates.
        ((self.quantiles() * relative_sd / self.margin).powi(2).ceil() as u64).max(1)
    }

    /// The relative error which the test at level α sees with the power, given the mean's standard error relative to the
    /// prediction: (z_{1−α/2} + z_{1−β}) times it. The inverse of [`samples_for`](Self::samples_for).
    ///
    /// ```
    /// let plan = archscale_stats::Plan::new(0.05, 0.5, 1.0).unwrap();
    /// assert!((plan.smallest_detectable(0.1) - 0.195996).abs() < 1e-6);
    /// ```
    #[must_use]
    pub fn smallest_detectable(&self, relative_se: f64) -> f64 {
        self.quantiles() * relative_se
    }

    /// The size of a run, from a pilot whose values must not be used again in the decision.
    ///
    /// **Rule.** The variance of one value is taken as s² exp(c √(2(κ + 2)/n₀)), with s², κ and n₀ the variance, excess
    /// kurtosis and size of the pilot and c the normal quantile of 99 %, or of the power if that is more: (κ + 2)/n is the
    /// variance of the logarithm of a variance estimated from n values, and the factor 2 covers the pilot's and the run's
    /// own. The number wanted is the smallest n ≥ n₀ at which [`decide`](crate::decide), with this variance and the pilot's
    /// skewness and kurtosis, would pass its guard and see an error of the margin. A heavy-tailed pilot understates s² and κ
    /// together, so the rule is an allowance and no bound, and 99 % is asked for to keep 90 % of the runs narrow enough
    /// (tests/it/planning.rs; a quantile of 90 % leaves 85 %). A run that still turns out too wide is `Undecided`, never
    /// wrongly decided.
    ///
    /// # Errors
    /// [`StatsError::Pilot`] if the pilot is too small, not finite, without spread or carried by one value;
    /// [`StatsError::Domain`] if the prediction is zero or not finite, or `largest` is zero.
    ///
    /// ```
    /// use archscale_stats::{Moments, Plan};
    /// let pilot = Moments::from_slice(&[1.0, 3.0].repeat(50)); // mean 2, standard deviation 1.005, κ = −2
    /// let plan = Plan::new(0.01, 0.9, 0.05).unwrap();
    /// let run = plan.samples_from_pilot(&pilot, 2.0, 1000).unwrap();
    /// // ((2.5758 + 1.2816)/0.05 · 1.005/2)² = 1503.2; Student's quantiles ask for 4 or 5 more.
    /// assert!(run.wanted > 1503 && run.wanted < 1510);
    /// assert!(run.capped && run.samples == 1000);
    /// ```
    pub fn samples_from_pilot(&self, pilot: &Moments, prediction: f64, largest: u64) -> Result<PilotPlan, StatsError> {
        let scale = prediction.abs();
        let allowed = scale > 0.0 && scale.is_finite();
        within("prediction", prediction, allowed, "a relative margin is relative to a value that is finite and not 0")?;
        within("largest", 0.0, largest > 0, "allow at least one sample")?;
        let samples = pilot.count();
        if let Some(why) = sample_doubt(pilot) {
            return Err(StatsError::Pilot { samples, why });
        }
        let spread = (pilot.excess_kurtosis() + 2.0).max(0.0);
        let confidence = normal_upper_quantile(self.miss().min(PILOT_ERROR));
        let allowance = (confidence * (2.0 * spread / samples as f64).sqrt()).exp();
        let sd = (pilot.variance() * allowance).sqrt();
        let enough = |n: u64| {
            let run = Studentised::mean_of(pilot, sd / (n as f64).sqrt(), n);
            run.doubt(self.false_alarm).is_none() && self.detectable(&run) <= self.margin * scale
        };
        let wanted = smallest(samples, enough).ok_or_else(|| StatsError::Pilot {
            samples,
            why: "no number of samples reaches the margin; widen it or reduce the variance".into(),
        })?;
        Ok(PilotPlan { samples: wanted.min(largest), wanted, capped: wanted > largest, relative_sd: sd / scale })
    }

    /// The smallest absolute error that an estimate sees: the two-sided interval's half-width on one side plus the
    /// one-sided bound's, of probability β, on the other; the worse of the two sides.
    pub(crate) fn detectable(&self, law: &Studentised) -> f64 {
        let (alpha, beta) = (self.false_alarm / 2.0, self.miss());
        (law.below(alpha) + law.above(beta)).max(law.above(alpha) + law.below(beta))
    }
}

/// The smallest n ≥ `from` with `enough(n)`, for a condition that stays true once it is.
fn smallest(from: u64, enough: impl Fn(u64) -> bool) -> Option<u64> {
    if enough(from) {
        return Some(from);
    }
    let (mut low, mut high) = (from, from.checked_mul(2)?);
    while !enough(high) {
        low = high;
        high = high.checked_mul(2)?;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}
