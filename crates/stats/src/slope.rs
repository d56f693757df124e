//! Exponents: the slope of log y on log x with its error.

use crate::decision::{Target, judge};
use crate::studentised::Studentised;
use crate::{Decision, Plan, StatsError};
use serde::{Deserialize, Serialize};

/// Standard error, relative to the larger of the slope and 1, that rounding alone can leave.
const ROUNDING: f64 = 1e-12;

/// One measured point of a power law.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatePoint {
    /// The abscissa (a width, a depth), positive.
    pub x: f64,
    /// The ordinate (a distance, a moment), positive.
    pub y: f64,
    /// The standard error of y over y, which is the standard error of log y to first order.
    pub relative_error: f64,
}

/// What is known of the points' errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlopeErrors {
    /// Known up to one common factor, which is estimated from the scatter: Student's law with two degrees of freedom fewer
    /// than points.
    Relative,
    /// Known as given, from samples large enough: the normal law. More scatter than they allow widens the interval in
    /// proportion; less does not narrow it.
    Absolute,
}

/// A weighted least-squares line through (log x, log y).
///
/// **Statement.** With u = log x, v = log y and w = relative_error^(−2): slope = Σ w (u − ū)(v − v̄) / Σ w (u − ū)², ū and
/// v̄ the weighted means; the slope's variance is 1/Σ w (u − ū)² times the squared `scatter` = Σ w r²/(k − 2) (for
/// [`SlopeErrors::Absolute`]: times the larger of it and 1), r the residuals and k the number of points.
///
/// **Domain.** Exact for Gaussian errors of log y and an exact power law. A correction to the power law, such as c/n beside
/// 1/n, is a bias that no interval covers: take x large enough, or claim a range with [`decide_slope_interval`].
///
/// ```
/// use archscale_stats::{RatePoint, Slope, SlopeErrors};
/// let points = [1.0, 2.0, 4.0].map(|x: f64| RatePoint { x, y: 5.0 / x, relative_error: 0.01 });
/// let fit = Slope::fit(&points, SlopeErrors::Absolute).unwrap();
/// assert!((fit.slope + 1.0).abs() < 1e-12 && (fit.intercept - 5.0_f64.ln()).abs() < 1e-12);
/// // Σ(u − ū)² = 2 (log 2)²
/// assert!((fit.standard_error - 0.01 / (2.0_f64.sqrt() * 2.0_f64.ln())).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Slope {
    /// The exponent.
    pub slope: f64,
    /// log y at x = 1.
    pub intercept: f64,
    /// The slope's standard error.
    pub standard_error: f64,
    /// √(Σ w r²/(k − 2)): near 1 if the errors are right and the power law holds.
    pub scatter: f64,
    /// Points fitted.
    pub points: u64,
    /// How the errors were taken.
    pub errors: SlopeErrors,
}

impl Slope {
    /// Fits the line.
    ///
    /// # Errors
    /// [`StatsError::RatePoint`] if a number is not positive and finite; [`StatsError::TooFewPoints`] below three points or
    /// two different x.
    ///
    /// ```
    /// use archscale_stats::{Slope, SlopeErrors};
    /// assert!(Slope::fit(&[], SlopeErrors::Relative).is_err());
    /// ```
    pub fn fit(points: &[RatePoint], errors: SlopeErrors) -> Result<Self, StatsError> {
        for (index, &RatePoint { x, y, relative_error }) in points.iter().enumerate() {
            if ![x, y, relative_error].iter().all(|&value| value > 0.0 && value.is_finite()) {
                return Err(StatsError::RatePoint { index, x, y, relative_error });
            }
        }
        let mut abscissas: Vec<f64> = points.iter().map(|point| point.x).collect();
        abscissas.sort_by(f64::total_cmp);
        abscissas.dedup();
        if points.len() < 3 || abscissas.len() < 2 {
            return Err(StatsError::TooFewPoints { points: points.len(), distinct: abscissas.len() });
        }
        // Weights relative to the best point keep their squares in range.
        let best = points.iter().map(|point| point.relative_error).fold(f64::INFINITY, f64::min);
        let logs = points.iter().map(|point| ((best / point.relative_error).powi(2), point.x.ln(), point.y.ln()));
        let sum = |term: &dyn Fn(f64, f64, f64) -> f64| logs.clone().map(|(w, u, v)| term(w, u, v)).sum::<f64>();
        let total = sum(&|w, _, _| w);
        let (u0, v0) = (sum(&|w, u, _| w * u) / total, sum(&|w, _, v| w * v) / total);
        let spread = sum(&|w, u, _| w * (u - u0).powi(2));
        let slope = sum(&|w, u, v| w * (u - u0) * (v - v0)) / spread;
        let residual = sum(&|w, u, v| w * (v - v0 - slope * (u - u0)).powi(2));
        let scatter = (residual / (points.len() - 2) as f64).sqrt() / best;
        let factor = match errors {
            SlopeErrors::Relative => scatter,
            SlopeErrors::Absolute => scatter.max(1.0),
        };
        Ok(Self {
            slope,
            intercept: v0 - slope * u0,
            standard_error: best * factor / spread.sqrt(),
            scatter,
            points: points.len() as u64,
            errors,
        })
    }

    fn law(&self) -> Studentised {
        let dof = match self.errors {
            SlopeErrors::Relative => self.points as f64 - 2.0,
            SlopeErrors::Absolute => f64::INFINITY,
        };
        Studentised { estimate: self.slope, standard_error: self.standard_error, skew: 0.0, tail: 0.0, dof, exact: true }
    }

    /// The two-sided confidence interval of level 1 − `false_alarm`.
    ///
    /// # Errors
    /// [`StatsError::Domain`] if the probability is not in (0, 1).
    ///
    /// ```
    /// use archscale_stats::{RatePoint, Slope, SlopeErrors};
    /// let points = [(1.0, 1.0), (2.0, 2.0), (4.0, 5.0)].map(|(x, y)| RatePoint { x, y, relative_error: 0.1 });
    /// let fit = Slope::fit(&points, SlopeErrors::Relative).unwrap();
    /// // slope log 5/(2 log 2) = 1.161; one degree of freedom: t = 1 at a false-alarm probability of 1/2
    /// let (low, high) = fit.interval(0.5).unwrap();
    /// assert!((high - fit.slope - fit.standard_error).abs() < 1e-9 && (fit.slope - low - fit.standard_error).abs() < 1e-9);
    /// ```
    pub fn interval(&self, false_alarm: f64) -> Result<(f64, f64), StatsError> {
        crate::error::in_open_unit("false_alarm", false_alarm, "choose the probability that the interval misses the slope")?;
        let law = self.law();
        Ok((self.slope - law.below(false_alarm / 2.0), self.slope + law.above(false_alarm / 2.0)))
    }
}

/// Decides whether a fitted exponent has a claimed value; guarantees as for [`decide`](crate::decide), within the domain of
/// [`Slope`]. The margin is relative to |prediction|.
///
/// ```
/// use archscale_stats::{Outcome, Plan, RatePoint, Slope, SlopeErrors, decide_slope};
/// let points = [8.0, 16.0, 32.0, 64.0].map(|x: f64| RatePoint { x, y: 3.0 / x, relative_error: 0.01 });
/// let fit = Slope::fit(&points, SlopeErrors::Absolute).unwrap(); // standard error 0.01/(√5 log 2) = 0.00645
/// let plan = Plan::new(1e-3, 0.99, 0.1).unwrap();
/// assert_eq!(decide_slope(&fit, -1.0, &plan).outcome, Outcome::Supported);
/// assert_eq!(decide_slope(&fit, -0.5, &plan).outcome, Outcome::Refuted);
/// ```
#[must_use]
pub fn decide_slope(fit: &Slope, prediction: f64, plan: &Plan) -> Decision {
    judge(&fit.law(), fit.points, Target::Point { value: prediction, scale: prediction.abs() }, plan, fit.doubt())
}

/// Decides whether a fitted exponent lies in a claimed range; guarantees as for
/// [`decide_interval`](crate::decide_interval), within the domain of [`Slope`].
///
/// ```
/// use archscale_stats::{Outcome, Plan, RatePoint, Slope, SlopeErrors, decide_slope_interval};
/// let points = [8.0, 16.0, 32.0, 64.0].map(|x: f64| RatePoint { x, y: 3.0 / x, relative_error: 0.01 });
/// let fit = Slope::fit(&points, SlopeErrors::Absolute).unwrap();
/// let plan = Plan::new(1e-3, 0.99, 0.01).unwrap();
/// assert_eq!(decide_slope_interval(&fit, -1.1, -0.9, &plan).outcome, Outcome::Supported);
/// assert_eq!(decide_slope_interval(&fit, -0.9, 0.0, &plan).outcome, Outcome::Refuted);
/// ```
#[must_use]
pub fn decide_slope_interval(fit: &Slope, low: f64, high: f64, plan: &Plan) -> Decision {
    judge(&fit.law(), fit.points, Target::Range { low, high }, plan, fit.doubt())
}

impl Slope {
    fn doubt(&self) -> Option<String> {
        // Points on an exact line leave only rounding from which the common factor could be estimated.
        (self.errors == SlopeErrors::Relative && self.standard_error <= ROUNDING * (1.0 + self.slope.abs()))
            .then(|| "the points lie on a line to rounding: give their errors as absolute, or compare exactly".into())
    }
}
