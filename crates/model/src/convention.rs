use std::fmt;
use std::str::FromStr;

use crate::ModelError;

/// What a vertex of the graph holds: which side of the activation the edges are summed on.
///
/// All three have the same graphs and the same path sums. In each a linear edge carries its own independent trained matrix,
/// the first hidden vertex reads the input by a linear edge, and the readout is linear in post-activations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Convention {
    /// z(v) = Σ_{linear u→v} W σ(z(u)) + Σ_{skip u→v} z(u).
    ///
    /// **Source.** Chen et al. 2024, equation 1; the published code's `preact=True`, and its cells of NAS-Bench-201.
    #[default]
    Pre,
    /// h(v) = Σ_{linear u→v} σ(W h(u)) + Σ_{skip u→v} h(u): each linear edge has an activation of its own.
    ///
    /// **Source.** The published code's MLPs and CNNs (`preact=False`, its default).
    Post,
    /// z(v) = Σ_{linear u→v} W σ(z(u)) + Σ_{skip u→v} σ(z(u)): every edge reads the post-activation.
    ///
    /// **Source.** Equation 1 with the skip taken from the activation. No Gaussian integral of it is closed beyond two vertices.
    Preact,
}

impl Convention {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Pre, Self::Post, Self::Preact];
}

impl fmt::Display for Convention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pre => "pre",
            Self::Post => "post",
            Self::Preact => "preact",
        })
    }
}

impl FromStr for Convention {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        Self::ALL
            .into_iter()
            .find(|convention| convention.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| ModelError::unknown("convention", text, "pre, post, preact"))
    }
}
