use std::fmt;
use std::str::FromStr;

use num_rational::BigRational;

use crate::{Gain, ModelError};

/// Initialisation rule: the gain C(u, v) of a linear edge, whose weights are N(0, C/n), from the in-degrees of its ends.
///
/// **Source.** Chen et al. 2024: `Target` is equations 3 and 12, `Source` is equation 4 and the published code, `He` is the
/// plain fan-in rule. The input's own in-degree counts as 1.
///
/// ```
/// use archscale_model::InitRule;
/// assert_eq!(InitRule::Target.gain(1, 4).to_string(), "1/2");
/// assert_eq!(InitRule::Source.gain(1, 4).to_string(), "2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InitRule {
    /// C(u, v) = 2 / d_in(v), the in-degree of the edge's target.
    Target,
    /// C(u, v) = 2 / d_in(u), the in-degree of the edge's source.
    Source,
    /// C(u, v) = 2 for every edge.
    He,
}

impl InitRule {
    /// All rules, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Target, Self::Source, Self::He];

    /// Gain C(u, v) of an edge whose source has in-degree `source` and whose target has in-degree `target`.
    ///
    /// In-degrees of zero (the input) count as 1.
    #[must_use]
    pub fn gain(self, source: usize, target: usize) -> Gain {
        BigRational::new(2.into(), self.divisor(source, target).into())
    }

    /// C(u, v) / 2 in floating point: the weight of one edge in [`crate::PathSums`].
    #[must_use]
    pub fn half_gain(self, source: usize, target: usize) -> f64 {
        1.0 / self.divisor(source, target) as f64
    }

    fn divisor(self, source: usize, target: usize) -> usize {
        match self {
            Self::Target => target.max(1),
            Self::Source => source.max(1),
            Self::He => 1,
        }
    }
}

impl fmt::Display for InitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Target => "target",
            Self::Source => "source",
            Self::He => "he",
        })
    }
}

impl FromStr for InitRule {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.to_string() == text)
            .ok_or_else(|| ModelError::UnknownInit { found: text.into() })
    }
}
