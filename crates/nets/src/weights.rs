use std::fmt;
use std::str::FromStr;

use crate::NetsError;

/// How the trained weights are represented. Both are exact at every width; they draw different networks.
///
/// ```
/// use archscale_nets::Weights;
/// assert_eq!("lazy".parse::<Weights>()?, Weights::Lazy);
/// assert!("sparse".parse::<Weights>().is_err());
/// # Ok::<(), archscale_nets::NetsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Weights {
    /// Every weight is drawn: n² numbers per matrix and network.
    #[default]
    Dense,
    /// Only what the passes ask of a weight is drawn, in the same joint law ([`LazyGaussian`](crate::LazyGaussian)): n
    /// numbers per matrix, pass and column. For passes that carry n columns a lazy matrix draws all its entries: as exact,
    /// but slower than dense ones.
    Lazy,
    /// The one whose estimated time per network is smaller, chosen by whoever estimates; dense where nobody does.
    Auto,
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dense => "dense",
            Self::Lazy => "lazy",
            Self::Auto => "auto",
        })
    }
}

impl FromStr for Weights {
    type Err = NetsError;

    fn from_str(text: &str) -> Result<Self, NetsError> {
        match text {
            "dense" => Ok(Self::Dense),
            "lazy" => Ok(Self::Lazy),
            "auto" => Ok(Self::Auto),
            _ => Err(NetsError::UnknownWeights { found: text.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for weights in [Weights::Dense, Weights::Lazy, Weights::Auto] {
            assert_eq!(weights.to_string().parse::<Weights>().unwrap(), weights);
        }
        assert!(matches!("Lazy".parse::<Weights>(), Err(NetsError::UnknownWeights { .. })));
    }
}
