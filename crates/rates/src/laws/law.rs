use archscale_theory::Law;

use super::{FURTHER_LAWS, Features, Gap};
use crate::RatesError;

/// A parameter of a law, fitted to measurements between its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its symbol in the formula.
    pub name: &'static str,
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

/// How a law computes ln η, up to a constant.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Predict {
    /// A law of the theory crate.
    Law(&'static Law),
    /// A function of the features and of the parameters.
    Formula(fn(&Features, &[f64]) -> Result<f64, Gap>),
}

/// A learning-rate law whose parameters, if it has any, are fitted: a prediction of the maximal rate up to one constant.
///
/// That constant is no parameter: it is fitted too, or taken from the base network.
///
/// ```
/// use archscale_rates::ParametricLaw;
/// let law = ParametricLaw::find("self-and-cross")?;
/// assert_eq!((law.parameters.len(), law.parameters[0].name), (1, "ln λ"));
/// assert_eq!(ParametricLaw::find("paper")?.parameters.len(), 0);
/// # Ok::<(), archscale_rates::RatesError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ParametricLaw {
    /// Name in reports.
    pub id: &'static str,
    /// The formula, in plain text.
    pub formula: &'static str,
    /// What must hold for the law to be meant, or why it is tried.
    pub hypotheses: &'static str,
    /// Parameters that are fitted, at most three; the constant is none of them.
    pub parameters: &'static [Parameter],
    /// The prediction.
    pub predict: Predict,
}

impl From<&'static Law> for ParametricLaw {
    fn from(law: &'static Law) -> Self {
        Self { id: law.id, formula: law.formula, hypotheses: law.hypotheses, parameters: &[], predict: Predict::Law(law) }
    }
}

impl ParametricLaw {
    /// The rate of the base network for every architecture: the hypothesis that the architecture does not matter. Laws are
    /// compared with it ([`crate::OneRate`], [`crate::EvaluationSet::base_ratio`]). It correlates with nothing, so it stands
    /// in no table of laws.
    pub const UNCHANGED: Self = Self {
        id: "unchanged",
        formula: "1",
        hypotheses: "The base network's learning rate for every architecture.",
        parameters: &[],
        predict: Predict::Formula(|_, _| Ok(0.0)),
    };

    /// Every law of the theory crate, then every further law, in the order of reports.
    #[must_use]
    pub fn all() -> Vec<Self> {
        archscale_theory::LAWS.iter().map(Self::from).chain(FURTHER_LAWS.iter().copied()).collect()
    }

    /// The law of this name.
    ///
    /// # Errors
    /// When none is registered under it; the message lists those that are.
    pub fn find(id: &str) -> Result<Self, RatesError> {
        let all = Self::all();
        all.iter().find(|law| law.id == id).copied().ok_or_else(|| RatesError::UnknownLaw {
            found: id.into(),
            expected: all.iter().map(|law| law.id).collect::<Vec<_>>().join(", "),
        })
    }

    /// ln η at these parameters, up to the constant.
    ///
    /// # Errors
    /// When the law says nothing about this network.
    pub fn ln_rate(&self, features: &Features, theta: &[f64]) -> Result<f64, Gap> {
        let ln_rate = match self.predict {
            Predict::Law(law) => (law.rate)(features.input())?.ln(),
            Predict::Formula(formula) => formula(features, theta)?,
        };
        let found = match ln_rate {
            _ if ln_rate.is_finite() => return Ok(ln_rate),
            f64::INFINITY => "a learning rate without bound",
            f64::NEG_INFINITY => "a learning rate of zero",
            _ => "no number",
        };
        Err(Gap::NotFinite { found })
    }

    /// The middle of every parameter's range.
    #[must_use]
    pub fn middle(&self) -> Vec<f64> {
        self.parameters.iter().map(|parameter| 0.5 * (parameter.low + parameter.high)).collect()
    }
}
