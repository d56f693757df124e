use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The mean of one number per seed, with Student's interval: exact where the seeds' numbers are independent and normal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Its standard error; `None` for a single seed.
    pub standard_error: Option<f64>,
    /// Lower end at the plan's confidence; `None` for a single seed.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl Interval {
    /// The interval of these numbers; `None` when there are none.
    ///
    /// ```
    /// use archscale_train::Interval;
    /// // Standard error 1/√3, and Student's quantile 4.30265 at two degrees of freedom.
    /// let found = Interval::new(&[1.0, 2.0, 3.0], 0.95).unwrap();
    /// assert_eq!(found.mean, 2.0);
    /// assert!((found.high.unwrap() - 2.0 - 4.302_652_73 / 3f64.sqrt()).abs() < 1e-7);
    /// ```
    #[must_use]
    pub fn new(numbers: &[f64], confidence: f64) -> Option<Self> {
        if numbers.is_empty() {
            return None;
        }
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        if numbers.len() == 1 {
            return Some(Self { mean, standard_error: None, low: None, high: None });
        }
        let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let error = (variance / count).sqrt();
        let quantile = StudentsT::new(0.0, 1.0, count - 1.0).ok()?.inverse_cdf(0.5 + 0.5 * confidence);
        Some(Self {
            mean,
            standard_error: Some(error),
            low: Some(mean - quantile * error),
            high: Some(mean + quantile * error),
        })
    }
}
