//! A ledger of false-alarm probabilities.

use crate::error::{StatsError, in_open_unit};
use serde::Serialize;
use std::fmt;

/// Relative rounding allowed when parts of a total are added up again.
const ROUNDING: f64 = 1e-12;

/// The Monte-Carlo assertions of a suite and the probability with which a true one fails.
///
/// **Statement.** By the union bound the probability that any of the recorded assertions fails by chance is at most the sum
/// of their false-alarm probabilities, whether or not they are independent. The ledger keeps that sum at or below a total.
///
/// ```
/// use archscale_stats::Budget;
/// let mut ledger = Budget::new(1e-6).unwrap();
/// let each = ledger.allot(2).unwrap();
/// ledger.record("second moment", each).unwrap();
/// ledger.record("gradient", each).unwrap();
/// assert_eq!(ledger.spent(), 1e-6);
/// assert!(ledger.record("tangent kernel", 1e-9).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Budget {
    total: f64,
    entries: Vec<Entry>,
}

/// One assertion of a [`Budget`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// The assertion's name, unique in its ledger.
    pub name: String,
    /// The probability with which it fails though what it asserts is true.
    pub false_alarm: f64,
}

impl Budget {
    /// An empty ledger with a total false-alarm probability in (0, 1).
    ///
    /// # Errors
    /// [`StatsError::Domain`] for any other total.
    ///
    /// ```
    /// assert!(archscale_stats::Budget::new(1e-6).is_ok());
    /// assert!(archscale_stats::Budget::new(1.0).is_err());
    /// ```
    pub fn new(total: f64) -> Result<Self, StatsError> {
        in_open_unit("total", total, "choose the probability with which the whole suite may fail by chance")?;
        Ok(Self { total, entries: Vec::new() })
    }

    /// The equal share of what is left for each of `parts` assertions. Records nothing.
    ///
    /// # Errors
    /// [`StatsError::Domain`] if `parts` is zero or nothing is left.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Budget::new(0.5).unwrap().allot(4).unwrap(), 0.125);
    /// ```
    pub fn allot(&self, parts: u64) -> Result<f64, StatsError> {
        let share = self.left() / parts as f64;
        in_open_unit("share", share, "ask for at least one part while something of the total is left")
    }

    /// Records an assertion.
    ///
    /// # Errors
    /// [`StatsError::BudgetExceeded`] if the total would be exceeded, [`StatsError::DuplicateAssertion`] if the name is
    /// taken, [`StatsError::Domain`] if the probability is not in (0, 1). The ledger is then unchanged.
    ///
    /// ```
    /// let mut ledger = archscale_stats::Budget::new(1e-6).unwrap();
    /// ledger.record("second moment", 1e-9).unwrap();
    /// assert!(ledger.record("second moment", 1e-9).is_err());
    /// ```
    pub fn record(&mut self, name: impl Into<String>, false_alarm: f64) -> Result<(), StatsError> {
        in_open_unit("false_alarm", false_alarm, "give the probability that the assertion fails by chance")?;
        let name = name.into();
        if self.entries.iter().any(|entry| entry.name == name) {
            return Err(StatsError::DuplicateAssertion { name });
        }
        if self.spent() + false_alarm > self.total * (1.0 + ROUNDING) {
            return Err(StatsError::BudgetExceeded { name, asked: false_alarm, left: self.left(), total: self.total });
        }
        self.entries.push(Entry { name, false_alarm });
        Ok(())
    }

    /// The sum over the recorded assertions: a bound on the probability that any fails by chance.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Budget::new(1e-6).unwrap().spent(), 0.0);
    /// ```
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.entries.iter().map(|entry| entry.false_alarm).sum()
    }

    /// What of the total is left, at least 0.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Budget::new(0.25).unwrap().left(), 0.25);
    /// ```
    #[must_use]
    pub fn left(&self) -> f64 {
        (self.total - self.spent()).max(0.0)
    }

    /// The total.
    ///
    /// ```
    /// assert_eq!(archscale_stats::Budget::new(0.25).unwrap().total(), 0.25);
    /// ```
    #[must_use]
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The recorded assertions, in order.
    ///
    /// ```
    /// assert!(archscale_stats::Budget::new(0.25).unwrap().entries().is_empty());
    /// ```
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// One line per assertion, then the sum and the total.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            writeln!(f, "{:9.2e}  {}", entry.false_alarm, entry.name)?;
        }
        write!(f, "{:9.2e}  sum over {} assertions, of {:e}", self.spent(), self.entries.len(), self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_fill_the_total_and_no_more() {
        for parts in [1, 3, 7, 1000] {
            let mut ledger = Budget::new(1e-6).unwrap();
            let share = ledger.allot(parts).unwrap();
            for k in 0..parts {
                ledger.record(format!("assertion {k}"), share).unwrap();
            }
            let before = ledger.clone();
            assert!(matches!(ledger.record("one more", share), Err(StatsError::BudgetExceeded { .. })));
            assert_eq!(ledger, before);
        }
    }

    #[test]
    fn bad_entries_are_refused() {
        let mut ledger = Budget::new(1e-6).unwrap();
        for bad in [0.0, -1e-9, f64::NAN, 1.0] {
            assert!(matches!(ledger.record("x", bad), Err(StatsError::Domain { .. })));
        }
        assert!(ledger.allot(0).is_err());
        ledger.record("x", 1e-7).unwrap();
        assert!(matches!(ledger.record("x", 1e-7), Err(StatsError::DuplicateAssertion { .. })));
        assert!(ledger.to_string().ends_with("1.00e-7  sum over 1 assertions, of 1e-6"));
    }
}
