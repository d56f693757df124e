use std::fmt;

use serde::Serialize;

use crate::{ConformanceError, MUTANT_PERCENT};

/// The result of one check of one layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The check's name.
    pub name: &'static str,
    /// Comparisons that an error of the mutant's size would have failed.
    pub compared: usize,
    /// Fewer comparisons than this check nothing.
    pub required: usize,
    /// The comparison that came nearest to what is allowed, or went farthest beyond; `None` where nothing was compared.
    pub largest: Option<Departure>,
    /// The comparisons that failed.
    pub departures: Vec<Departure>,
    /// Whether the layer made wrong by two per cent was refused; `None` where there was nothing to make wrong.
    pub mutant_refused: Option<bool>,
    /// What kept the check from being made, or from being decided.
    pub problem: Option<String>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Departure {
    /// What was compared, and where.
    pub place: String,
    /// What the layer claims; not a number where it claims nothing.
    pub claimed: f64,
    /// What was found.
    pub found: f64,
    /// The largest distance that is explained.
    pub allowed: f64,
}

/// What a check, or all of them, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Enough was compared, nothing failed, and the mutant was refused.
    Holds,
    /// A comparison failed.
    Fails,
    /// Too little was compared, the mutant was not refused, or the check could not be made.
    Undecided,
    /// The layer claims nothing that this check is about.
    Absent,
}

impl Departure {
    /// The distance in units of what is allowed; infinite where a side is not a number.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        let distance = (self.claimed - self.found).abs();
        match distance / self.allowed {
            // No distance and none allowed.
            _ if distance == 0.0 => 0.0,
            ratio if ratio.is_nan() => f64::INFINITY,
            ratio => ratio,
        }
    }
}

impl Check {
    pub(crate) fn new(name: &'static str) -> Self {
        let (largest, departures) = (None, Vec::new());
        Self { name, compared: 0, required: 0, largest, departures, mutant_refused: None, problem: None }
    }

    /// What the check came to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if !self.departures.is_empty() {
            return Verdict::Fails;
        }
        if self.problem.is_some() {
            return Verdict::Undecided;
        }
        match self.mutant_refused {
            None if self.largest.is_none() => Verdict::Absent,
            Some(true) if self.compared >= self.required => Verdict::Holds,
            _ => Verdict::Undecided,
        }
    }

    /// Records a comparison; it counts where an error of half the mutant's size, relative to `scale`, would fail it.
    pub(crate) fn compare(&mut self, scale: f64, departure: Departure) {
        self.compared += usize::from(departure.allowed < 0.005 * f64::from(MUTANT_PERCENT) * scale.abs());
        if departure.ratio() > 1.0 {
            self.departures.push(departure.clone());
        }
        if self.largest.as_ref().is_none_or(|largest| departure.ratio() > largest.ratio()) {
            self.largest = Some(departure);
        }
    }

    /// The check `made` of the layer, with what the same check of a mutant came to.
    pub(crate) fn with_mutant(
        made: Result<Self, ConformanceError>,
        mutant: Result<Self, ConformanceError>,
        name: &'static str,
    ) -> Self {
        let mut check = made.unwrap_or_else(|error| Self::unmade(name, &error));
        if check.largest.is_some() {
            check.mutant_refused = Some(mutant.is_ok_and(|mutant| !mutant.departures.is_empty()));
        }
        check
    }

    /// A check that could not be made.
    pub(crate) fn unmade(name: &'static str, error: &ConformanceError) -> Self {
        Self { problem: Some(error.to_string()), ..Self::new(name) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "FAILS",
            Self::Undecided => "undecided",
            Self::Absent => "—",
        })
    }
}
