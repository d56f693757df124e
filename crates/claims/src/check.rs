use archscale_stats::{Decision, Outcome};
use num_rational::BigRational;
use num_traits::ToPrimitive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Verdict;

/// The method of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Exact rational arithmetic: no error at all.
    Exact,
    /// Floating-point arithmetic on a closed form, to a stated tolerance.
    Numeric,
    /// Monte-Carlo simulation.
    Simulation,
    /// Learning rates measured by training.
    Training,
}

/// One comparison of a prediction with an independent value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The comparison, in words.
    pub what: String,
    /// The method.
    pub method: Method,
    /// The outcome.
    #[schemars(with = "String")]
    pub outcome: Outcome,
    /// The predicted value; null when the check is over many.
    pub prediction: Option<f64>,
    /// The independent value.
    pub estimate: Option<f64>,
    /// Standard error of the estimate.
    pub standard_error: Option<f64>,
    /// Networks simulated, or graphs examined.
    pub samples: Option<u64>,
    /// Smallest relative error that would have been caught with the planned power.
    pub smallest_detectable: Option<f64>,
    /// Probability of refuting a true prediction.
    pub false_alarm: f64,
    /// The simulator's representation of the weights, dense or lazy; null where nothing was simulated.
    #[serde(default)]
    pub weights: Option<String>,
    /// One sentence on why.
    pub reason: String,
    /// The command that prints the prediction, where one does.
    pub prediction_command: Option<String>,
}

/// A deliberately wrong formula and whether the check rejected it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mutant {
    /// Its error, in words.
    pub what: String,
    /// Whether the check that accepts the right formula rejects it.
    pub rejected: bool,
    /// Deviation in standard errors, for a simulated check.
    pub z: Option<f64>,
}

/// All evidence on one claim.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Checks of the claim as stated: one refuted check refutes it.
    pub checks: Vec<Check>,
    /// Checks of the corrected statement, for a claim that is wrong as printed.
    pub corrected: Vec<Check>,
    /// Deliberately wrong versions, given to the same checks.
    pub mutants: Vec<Mutant>,
    /// Further findings, in sentences whose numbers were computed in this run.
    pub notes: Vec<String>,
    /// The same as tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
}

/// A table of a report.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Its caption.
    pub title: String,
    /// Names of its columns.
    pub header: Vec<String>,
    /// Rows, as wide as the header.
    pub rows: Vec<Vec<String>>,
}

impl Check {
    /// A simulated comparison.
    #[must_use]
    pub fn simulated(what: impl Into<String>, decision: &Decision, command: impl Into<String>) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        Self {
            what: what.into(),
            method: Method::Simulation,
            outcome: decision.outcome,
            prediction: finite(decision.prediction),
            estimate: finite(decision.estimate),
            standard_error: finite(decision.standard_error),
            samples: Some(decision.samples),
            smallest_detectable: finite(decision.smallest_detectable),
            false_alarm: decision.false_alarm,
            weights: None,
            reason: decision.reason.clone(),
            prediction_command: Some(command.into()),
        }
    }

    /// An exact comparison of two rationals.
    #[must_use]
    pub fn exact(what: impl Into<String>, prediction: &BigRational, value: &BigRational) -> Self {
        let equal = prediction == value;
        Self {
            what: what.into(),
            method: Method::Exact,
            outcome: if equal { Outcome::Supported } else { Outcome::Refuted },
            prediction: prediction.to_f64(),
            estimate: value.to_f64(),
            standard_error: None,
            samples: None,
            smallest_detectable: Some(0.0),
            false_alarm: 0.0,
            weights: None,
            reason: if equal { "equal as fractions".into() } else { format!("{value} is not {prediction}") },
            prediction_command: None,
        }
    }

    /// A statement over many graphs, or a tolerance on a closed form, that either holds or does not.
    #[must_use]
    pub fn holds(what: impl Into<String>, method: Method, holds: bool, cases: u64, reason: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            method,
            outcome: if holds { Outcome::Supported } else { Outcome::Refuted },
            prediction: None,
            estimate: None,
            standard_error: None,
            samples: Some(cases),
            smallest_detectable: None,
            false_alarm: 0.0,
            weights: None,
            reason: reason.into(),
            prediction_command: None,
        }
    }

    /// A check of measured learning rates: what was predicted and what found, over this many networks.
    #[must_use]
    pub fn trained(
        what: impl Into<String>,
        outcome: Outcome,
        (prediction, found): (f64, f64),
        networks: u64,
        reason: impl Into<String>,
    ) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        Self {
            outcome,
            prediction: finite(prediction),
            estimate: finite(found),
            ..Self::holds(what, Method::Training, true, networks, reason)
        }
    }

    /// The same check with this probability of refuting a true prediction.
    #[must_use]
    pub fn with_false_alarm(mut self, probability: f64) -> Self {
        self.false_alarm = probability;
        self
    }

    /// The same check with the simulator's representation of the weights.
    #[must_use]
    pub fn with_weights(mut self, weights: archscale_sim::Weights) -> Self {
        self.weights = Some(weights.to_string());
        self
    }

    /// The same check with the command that prints its prediction.
    #[must_use]
    pub fn with_command(mut self, command: impl Into<String>) -> Self {
        self.prediction_command = Some(command.into());
        self
    }
}

impl Mutant {
    /// A mutant judged on simulated data.
    #[must_use]
    pub fn simulated(what: impl Into<String>, decision: &Decision) -> Self {
        Self {
            what: what.into(),
            rejected: decision.outcome == Outcome::Refuted,
            z: decision.z.is_finite().then_some(decision.z),
        }
    }

    /// A mutant judged by exact or numeric comparison.
    #[must_use]
    pub fn compared(what: impl Into<String>, rejected: bool) -> Self {
        Self { what: what.into(), rejected, z: None }
    }
}

impl Finding {
    /// Adds the evidence of another part of the claim.
    pub(crate) fn append(&mut self, more: Self) {
        self.checks.extend(more.checks);
        self.corrected.extend(more.corrected);
        self.mutants.extend(more.mutants);
        self.notes.extend(more.notes);
        self.tables.extend(more.tables);
    }

    /// The verdict on the claim as stated.
    ///
    /// A refuted check refutes it. It is supported only when every check is, every corrected statement holds and every
    /// mutant was rejected: a check that cannot tell a wrong formula from the right one supports nothing.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let sound = self.mutants.iter().all(|mutant| mutant.rejected) && !self.mutants.is_empty();
        let corrected = self.corrected.iter().all(|check| check.outcome == Outcome::Supported);
        if !sound || !corrected {
            Verdict::Undecided
        } else if self.checks.iter().any(|check| check.outcome == Outcome::Refuted) {
            Verdict::Refuted
        } else if !self.checks.is_empty() && self.checks.iter().all(|check| check.outcome == Outcome::Supported) {
            Verdict::Supported
        } else {
            Verdict::Undecided
        }
    }

    /// The check to show in one line: what refutes the claim, or else the last that was simulated or trained.
    #[must_use]
    pub fn headline(&self) -> Option<&Check> {
        let refuted = self.checks.iter().find(|check| check.outcome == Outcome::Refuted && check.estimate.is_some());
        refuted
            .or_else(|| self.checks.iter().rfind(|check| matches!(check.method, Method::Simulation | Method::Training)))
            .or_else(|| self.checks.first())
    }
}
