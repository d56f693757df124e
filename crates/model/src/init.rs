use std::fmt;
use std::str::FromStr;

use num_rational::BigRational;

use crate::{Gain, ModelError};

/// Initialisation rule: the gain C(u, v) of a linear edge, whose weights are N(0, C/n), from the in-degrees of its ends.
///
/// **Source.** Chen et al. 2024: `Target` is equations 3 and 12, `Source` is equation 4, `He` is the plain fan-in rule,
/// `Published` what the published code draws. The input's own in-degree counts as 1. [`crate::Graph::gain`] gives the gain of
/// an edge of a graph, the readout's included.
///
/// **The published code**, whose weights have standard deviation (2/(d · fan))^½ with d an in-degree and fan one dimension of
/// the matrix:
///
/// - An edge of a cell divides by the in-degree d of its *source*, which counts the non-zero digits of the code, also those
///   at nodes that nothing reaches; the stem, and the first node of *every* cell of a network, count 1. Hidden matrices are
///   square, so `fan_out` (its MLPs and CNNs) and `fan_in` (its NAS-Bench-201 networks) agree: C = 2/d.
/// - Its residual blocks divide by 2, the number of edges that read the block's input, in the first convolution and in the
///   shortcut, and by 1 in the second convolution.
/// - Its readout squares that standard deviation, with d = 1. In `fan_in` mode it is 2/n, hence C = 4 in N(0, C/n²); this is
///   what `Published` takes. In `fan_out` mode it is 2/(number of outputs) at every width n: no mean-field readout at all, and
///   not N(0, C/n²) with any constant C.
/// - In `fan_out` mode the stem's variance is 2/n also where the data have another dimension than n. Here the input is a
///   vector of width n, so C = 2 in either mode.
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
    /// C(u, v) = 2 / d_in(u), the in-degree of the edge's source, also into the output.
    Source,
    /// C(u, v) = 2 for every edge.
    He,
    /// As the published code draws: C(u, v) = 2 / d(u) as it counts in-degrees, C = 4 into the output.
    Published,
    /// The gains and multipliers that the edges of the graph have of their own ([`crate::Graph::with_gains`]), solved for E|z|²/n = 1.
    ///
    /// No rule of in-degrees, so no text is read as it; a graph whose edges have none is not lowered under it.
    Keep,
}

impl InitRule {
    /// The rules that are functions of the two in-degrees alone, in the order of the documentation.
    ///
    /// [`InitRule::Published`] is not among them: it has its own count of in-degrees and its own readout.
    pub const BY_IN_DEGREE: [Self; 3] = [Self::Target, Self::Source, Self::He];

    /// Gain C(u, v) of an edge into a hidden vertex, from the in-degrees of its source and target.
    ///
    /// In-degrees of zero (the input) count as 1. `Keep` agrees with `Target` where that keeps E|z|²/n: for ReLU without skips. For `Published` the source's in-degree must be the one that the code counts,
    /// and the readout differs: [`crate::Graph::gain`] sees to both.
    #[must_use]
    pub fn gain(self, source: usize, target: usize) -> Gain {
        BigRational::new(2.into(), self.divisor(source, target).into())
    }

    /// C(u, v) / 2 of the same edge in floating point.
    #[must_use]
    pub fn half_gain(self, source: usize, target: usize) -> f64 {
        1.0 / self.divisor(source, target) as f64
    }

    fn divisor(self, source: usize, target: usize) -> usize {
        match self {
            Self::Target | Self::Keep => target.max(1),
            Self::Source | Self::Published => source.max(1),
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
            Self::Published => "published",
            Self::Keep => "keep",
        })
    }
}

impl FromStr for InitRule {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        Self::BY_IN_DEGREE
            .into_iter()
            .chain([Self::Published])
            .find(|rule| rule.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| ModelError::unknown("initialisation", text, "target, source, he, published"))
    }
}
