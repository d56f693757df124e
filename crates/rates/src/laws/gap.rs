use archscale_theory::{LawGap, TheoryError};
use thiserror::Error;

/// Why a law predicts no rate for a network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Gap {
    /// The law itself says why.
    #[error(transparent)]
    Law(#[from] LawGap),
    /// The law reads a covariate that the measurement does not state.
    #[error("the measurement states no covariate '{name}'")]
    Covariate {
        /// The covariate.
        name: String,
    },
    /// The prediction is no positive finite rate.
    #[error("the law predicts {found} here")]
    NotFinite {
        /// What it predicts, in words.
        found: &'static str,
    },
}

impl From<TheoryError> for Gap {
    fn from(error: TheoryError) -> Self {
        Self::Law(LawGap::Unavailable(error))
    }
}
