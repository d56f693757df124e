//! Decisions about predicted means, with what each outcome guarantees.
//!
//! Let α be the plan's false-alarm probability, 1 − β its power and m its margin. The law of the studentised mean is taken
//! from Hall's skewness correction and the next order's widening (derived in the file `studentised.rs`); every
//! probability below is exact to the order of those corrections, which the guard keeps small.
//!
//! - **Refuted**: the prediction lies outside the two-sided 1 − α interval. If the claim is true this happens with
//!   probability at most α.
//! - **Supported**: the prediction lies inside, and the interval is so narrow that an error of m would have shown:
//!   (half-width of the 1 − α interval on one side) + (distance of the one-sided bound of level 1 − β on the other) ≤
//!   m·|prediction|, for both sides. Then the one-sided bounds of level 1 − β exclude prediction·(1 ± m), so the decision is
//!   at least as strict as two one-sided tests (Schuirmann 1987) at level β: **if the true mean is off by m or more,
//!   `Supported` has probability at most β**, whatever the sample size. Nothing is promised about errors below m.
//! - **Undecided**: everything else, and always if the guard finds the sample too small for its skewness or kurtosis at
//!   level α, one value carrying more than 1/20 of the sum, no spread beyond rounding, fewer than 30 values, or one value
//!   that is not finite. The field `reason` says which.
//!
//! All of it supposes independent values of one law, and a plan chosen before the data were seen.

use crate::studentised::{Studentised, sample_doubt};
use crate::{Moments, Plan};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// What a decision came to. See the guarantees under [`decide`].
///
/// ```
/// assert_eq!(archscale_stats::Outcome::Undecided.to_string(), "undecided");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The data agree with the claim and would have shown an error of the margin.
    Supported,
    /// The data contradict the claim.
    Refuted,
    /// The data carry neither.
    Undecided,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
        })
    }
}

/// An outcome with the evidence for it. Numbers that the data do not give are NaN, in JSON `null`.
///
/// ```
/// use archscale_stats::{Moments, Outcome, Plan, decide};
/// let plan = Plan::new(0.01, 0.9, 0.1).unwrap();
/// let decision = decide(&Moments::from_slice(&[1.0, 2.0]), 1.5, &plan);
/// assert_eq!(decision.outcome, Outcome::Undecided);
/// assert!(decision.reason.contains("too few"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// What it came to.
    pub outcome: Outcome,
    /// The estimate: a mean, a difference of means or a slope.
    #[serde(deserialize_with = "null_as_nan")]
    pub estimate: f64,
    /// Its standard error.
    #[serde(deserialize_with = "null_as_nan")]
    pub standard_error: f64,
    /// The corrected two-sided interval of level 1 − `false_alarm`.
    #[serde(deserialize_with = "nulls_as_nan")]
    pub interval: (f64, f64),
    /// The predicted value; of a predicted range the point nearest to the estimate.
    #[serde(deserialize_with = "null_as_nan")]
    pub prediction: f64,
    /// The corrected deviation of the estimate from the prediction, as a standard normal deviate.
    #[serde(deserialize_with = "null_as_nan")]
    pub z: f64,
    /// The two-sided probability of a deviation at least as large if the prediction is true.
    #[serde(deserialize_with = "null_as_nan")]
    pub p_value: f64,
    /// Values (or fitted points) that the estimate rests on.
    pub samples: u64,
    /// The plan's false-alarm probability.
    pub false_alarm: f64,
    /// The plan's power.
    pub power: f64,
    /// The plan's relative margin.
    pub margin: f64,
    /// The smallest error, relative to the prediction, that these data would have shown with the plan's power.
    #[serde(deserialize_with = "null_as_nan")]
    pub smallest_detectable: f64,
    /// One sentence on why the outcome is what it is.
    pub reason: String,
}

fn null_as_nan<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}

fn nulls_as_nan<'de, D: Deserializer<'de>>(from: D) -> Result<(f64, f64), D::Error> {
    let (low, high) = <(Option<f64>, Option<f64>)>::deserialize(from)?;
    Ok((low.unwrap_or(f64::NAN), high.unwrap_or(f64::NAN)))
}

/// Decides whether a sample agrees with a mean that is claimed exactly.
///
/// **Guarantees.** With the plan's false-alarm probability α, power 1 − β and margin m, for independent values of one law:
/// a true claim is `Refuted` with probability at most α; a claim that is off by m·|prediction| or more is `Supported` with
/// probability at most β; else, or when the sample is too small for its skewness and kurtosis, `Undecided`. Both
/// probabilities are exact up to terms beyond order 1/n of the Edgeworth expansion.
///
/// A relative margin has no meaning for a prediction of 0, which can be refuted here but not supported: see
/// [`decide_at_scale`].
///
/// ```
/// use archscale_stats::{Moments, Outcome, Plan, decide};
/// let sample = Moments::from_slice(&[1.0, 3.0].repeat(5000)); // mean 2, standard error 0.01
/// let plan = Plan::new(1e-3, 0.99, 0.05).unwrap(); // sees (3.29 + 2.33) · 0.005 = 0.028
/// assert_eq!(decide(&sample, 2.0, &plan).outcome, Outcome::Supported);
/// assert_eq!(decide(&sample, 2.1, &plan).outcome, Outcome::Refuted);
/// let fine = Plan::new(1e-3, 0.99, 0.02).unwrap();
/// assert_eq!(decide(&sample, 2.0, &fine).outcome, Outcome::Undecided);
/// ```
#[must_use]
pub fn decide(sample: &Moments, prediction: f64, plan: &Plan) -> Decision {
    decide_at_scale(sample, prediction, prediction.abs(), plan)
}

/// As [`decide`], with the margin relative to `scale` instead of to the prediction: for predictions at or near 0.
///
/// ```
/// use archscale_stats::{Moments, Outcome, Plan, decide_at_scale};
/// let sample = Moments::from_slice(&[-1.0, 1.0].repeat(5000)); // mean 0, standard error 0.01
/// let plan = Plan::new(1e-3, 0.99, 0.1).unwrap();
/// assert_eq!(decide_at_scale(&sample, 0.0, 1.0, &plan).outcome, Outcome::Supported);
/// ```
#[must_use]
pub fn decide_at_scale(sample: &Moments, prediction: f64, scale: f64, plan: &Plan) -> Decision {
    let law = Studentised::mean(sample);
    judge(&law, sample.count(), Target::Point { value: prediction, scale }, plan, sample_doubt(sample))
}

/// Decides whether two independent samples have equal means: the estimate is `first` − `second`, the prediction 0.
///
/// The margin is relative to |mean of `second`|, so put the reference there. Guarantees as for [`decide`], with Welch's
/// degrees of freedom and the skewness and kurtosis of the difference; both samples must pass the guard.
///
/// ```
/// use archscale_stats::{Moments, Outcome, Plan, decide_difference};
/// let (a, b) = (Moments::from_slice(&[1.0, 3.0].repeat(5000)), Moments::from_slice(&[2.0, 2.4].repeat(5000)));
/// let plan = Plan::new(1e-3, 0.99, 0.05).unwrap();
/// assert_eq!(decide_difference(&a, &b, &plan).outcome, Outcome::Refuted); // −0.2 with standard error 0.0102
/// assert_eq!(decide_difference(&a, &a, &plan).outcome, Outcome::Supported);
/// ```
#[must_use]
pub fn decide_difference(first: &Moments, second: &Moments, plan: &Plan) -> Decision {
    let law = Studentised::difference(first, second);
    let doubt = sample_doubt(first)
        .map(|why| format!("first sample: {why}"))
        .or_else(|| sample_doubt(second).map(|why| format!("second sample: {why}")));
    let target = Target::Point { value: 0.0, scale: second.mean().abs() };
    judge(&law, first.count() + second.count(), target, plan, doubt)
}

/// Decides whether the mean lies in a claimed range \[low, high\], either end of which may be infinite: a bound.
///
/// **Guarantees.** If the mean lies in the range, `Refuted` (the whole 1 − α interval lies outside) has probability at most
/// α. `Supported` means that the one-sided bounds of level 1 − β lie within \[low − m|low|, high + m|high|\]; if the mean
/// lies at or beyond one of these ends that has probability at most β. Guard as for [`decide`].
///
/// ```
/// use archscale_stats::{Moments, Outcome, Plan, decide_interval};
/// let sample = Moments::from_slice(&[1.0, 3.0].repeat(5000)); // mean 2, standard error 0.01
/// let plan = Plan::new(1e-3, 0.99, 0.01).unwrap();
/// assert_eq!(decide_interval(&sample, 1.5, 2.5, &plan).outcome, Outcome::Supported);
/// assert_eq!(decide_interval(&sample, 2.1, f64::INFINITY, &plan).outcome, Outcome::Refuted);
/// assert_eq!(decide_interval(&sample, f64::NEG_INFINITY, 2.0, &plan).outcome, Outcome::Undecided);
/// ```
#[must_use]
pub fn decide_interval(sample: &Moments, low: f64, high: f64, plan: &Plan) -> Decision {
    judge(&Studentised::mean(sample), sample.count(), Target::Range { low, high }, plan, sample_doubt(sample))
}

/// What is predicted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// One value; the margin is relative to `scale`.
    Point { value: f64, scale: f64 },
    /// Any value of a closed range; the margin is relative to each end.
    Range { low: f64, high: f64 },
}

pub(crate) fn judge(law: &Studentised, samples: u64, target: Target, plan: &Plan, doubt: Option<String>) -> Decision {
    let (alpha, beta, m) = (plan.false_alarm(), plan.miss(), plan.margin());
    let (low, high) = match target {
        Target::Point { value, .. } => (value, value),
        Target::Range { low, high } => (low, high),
    };
    let mut decision = Decision {
        outcome: Outcome::Undecided,
        estimate: law.estimate,
        standard_error: law.standard_error,
        interval: (f64::NAN, f64::NAN),
        prediction: if low <= high { law.estimate.max(low).min(high) } else { f64::NAN },
        z: f64::NAN,
        p_value: f64::NAN,
        samples,
        false_alarm: alpha,
        power: plan.power(),
        margin: m,
        smallest_detectable: f64::NAN,
        reason: String::new(),
    };
    if let Some(why) = doubt {
        decision.reason = why;
        return decision;
    }
    // A point must be finite; a range may be open on either side.
    let usable = match target {
        Target::Point { value, scale } => value.is_finite() && scale.is_finite(),
        Target::Range { low, high } => low <= high && low < f64::INFINITY && high > f64::NEG_INFINITY,
    };
    if !usable {
        decision.reason = format!("the prediction [{low}, {high}] is no finite value and no range");
        return decision;
    }
    if let Some(why) = law.doubt(alpha) {
        decision.reason = why;
        return decision;
    }
    decision.interval = (law.estimate - law.below(alpha / 2.0), law.estimate + law.above(alpha / 2.0));
    let inside = low <= law.estimate && law.estimate <= high && low < high;
    (decision.z, decision.p_value) = if inside { (0.0, 1.0) } else { law.test(decision.prediction) };
    let detectable = plan.detectable(law);
    let scale = match target {
        Target::Point { scale, .. } => scale.abs(),
        Target::Range { .. } => decision.prediction.abs(),
    };
    decision.smallest_detectable = detectable / scale;

    let excluded = decision.interval.1 < low || decision.interval.0 > high;
    let narrow = match target {
        Target::Point { .. } => detectable <= m * scale,
        Target::Range { .. } => {
            // An infinite end has no margin: ∞ − ∞ must not arise.
            let floor = if low.is_finite() { low - m * low.abs() } else { low };
            let ceiling = if high.is_finite() { high + m * high.abs() } else { high };
            law.estimate - law.below(beta) >= floor && law.estimate + law.above(beta) <= ceiling
        }
    };
    (decision.outcome, decision.reason) = if excluded {
        (Outcome::Refuted, format!("the prediction lies outside the interval of false-alarm probability {alpha:e}"))
    } else if narrow {
        (Outcome::Supported, format!("the prediction lies inside, and an error of {m} would have shown"))
    } else {
        (Outcome::Undecided, format!("the prediction lies inside, but an error of {m} might not have shown"))
    };
    decision
}
