use std::fmt;

use archscale_model::{Activation, Convention, InitRule, Lowering, ModelError, Network, Program};

/// A network to be measured: an architecture and the rules that draw its weights and evaluate it.
///
/// ```
/// use archscale_rates::NetworkSpec;
/// let spec = NetworkSpec::parse("chain:3", "target", "pre", "relu")?;
/// assert_eq!((spec.architecture(), spec.program()?.nodes().len()), ("chain:3", 3));
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSpec {
    /// The architecture as it was written; over images the network's own text spells out every default.
    architecture: String,
    network: Network,
    /// Initialisation rule.
    pub init: InitRule,
    /// Convention.
    pub convention: Convention,
    /// Activation.
    pub activation: Activation,
}

impl NetworkSpec {
    /// Reads the four texts of a suite or of a file of measurements.
    ///
    /// # Errors
    /// The first text that names nothing.
    pub fn parse(architecture: &str, init: &str, convention: &str, activation: &str) -> Result<Self, ModelError> {
        Ok(Self {
            network: Network::parse(architecture)?,
            architecture: architecture.into(),
            init: init.parse()?,
            convention: convention.parse()?,
            activation: activation.parse()?,
        })
    }

    /// The architecture as it was written.
    #[must_use]
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The lowering of a network by these rules.
    #[must_use]
    pub fn lowering(&self, network: &Network) -> Lowering {
        network.lowering(self.init).with_convention(self.convention).with_activation(self.activation)
    }

    /// The network as primitive operations.
    ///
    /// # Errors
    /// As [`Network::lower`].
    pub fn program(&self) -> Result<Program, ModelError> {
        self.network.lower(&self.lowering(&self.network))
    }
}

impl fmt::Display for NetworkSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.architecture, self.init, self.convention, self.activation)
    }
}
