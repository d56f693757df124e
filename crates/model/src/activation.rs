use std::fmt;

/// Coordinatewise nonlinearity of a program.
///
/// **Domain.** The finite-width law holds for [`Activation::Relu`]; a quantity that needs more says so in its own errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Activation {
    /// σ(z) = max(z, 0), with slope 1 for z > 0 and 0 elsewhere.
    Relu,
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relu => "relu",
        })
    }
}
