use std::fmt;

use archscale_model::{Activation, Convention, InitRule, Lowering};

use crate::CensusError;

/// One way to lower every cell of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// What a node holds.
    pub convention: Convention,
    /// Gains of the trained edges.
    pub init: InitRule,
}

impl Setting {
    /// The lowering of a cell: the readout has C = 2, under [`InitRule::Published`] that rule's own C = 4.
    ///
    /// In a single cell this readout is all that tells the published rule from the source rule: its exact rates are those of
    /// the source rule over √2.
    #[must_use]
    pub fn lowering(self, activation: Activation) -> Lowering {
        let plain = Lowering::new(self.init).with_convention(self.convention).with_activation(activation);
        if self.init == InitRule::Published { plain } else { plain.with_readout(2.into()) }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.convention, self.init)
    }
}

/// What a census evaluates: every convention under every initialisation rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Conventions, pre or post.
    pub conventions: Vec<Convention>,
    /// Initialisation rules.
    pub inits: Vec<InitRule>,
    /// σ of every node.
    pub activation: Activation,
}

impl Default for Plan {
    /// Both conventions that have a closed form, all four rules, ReLU.
    fn default() -> Self {
        Self {
            conventions: vec![Convention::Pre, Convention::Post],
            inits: vec![InitRule::Target, InitRule::Source, InitRule::He, InitRule::Published],
            activation: Activation::RELU,
        }
    }
}

impl Plan {
    /// The settings, convention by convention, each once.
    pub(crate) fn settings(&self) -> Result<Vec<Setting>, CensusError> {
        if self.conventions.is_empty() {
            return Err(CensusError::Empty { what: "convention" });
        }
        if self.inits.is_empty() {
            return Err(CensusError::Empty { what: "initialisation rule" });
        }
        let mut settings = Vec::new();
        for &convention in &self.conventions {
            if !matches!(convention, Convention::Pre | Convention::Post) {
                return Err(CensusError::Convention { found: convention.to_string() });
            }
            for &init in &self.inits {
                let setting = Setting { convention, init };
                if !settings.contains(&setting) {
                    settings.push(setting);
                }
            }
        }
        Ok(settings)
    }
}
