//! Arguments that several commands share.

use std::str::FromStr;

use archscale_model::{Activation, Convention, InitRule, Lowering, Network};
use archscale_sim::{DeviceChoice, Precision, SimError};
use archscale_text::Refusal;
use archscale_theory::keep;
use clap::{Args, ValueEnum};

use super::{CliError, known, numbers};

/// Refuses a value that is not a finite number above 0; `what` names the quantity in the message.
pub(crate) fn positive(option: &'static str, what: &str, value: f64) -> Result<(), CliError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(Refusal::new(option, value, format!("give {what} above 0")).into())
}

/// A width, or the infinite-width limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Finite(u64),
    Infinite,
}

impl Width {
    pub(crate) fn finite(self) -> Option<u64> {
        match self {
            Self::Finite(width) => Some(width),
            Self::Infinite => None,
        }
    }
}

impl FromStr for Width {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("inf") {
            return Ok(Self::Infinite);
        }
        match numbers::count::<u64>(text) {
            Ok(width) if width <= WIDTH_LIMIT => Ok(Self::Finite(width)),
            Ok(_) => Err(format!("at most {WIDTH_LIMIT} is accepted; `inf` is the limit")),
            Err(_) => Err("give a whole number of neurons from 1, or inf".into()),
        }
    }
}

/// Beyond this the law differs from its limit by less than one part in 10⁹ on any graph of practical depth.
const WIDTH_LIMIT: u64 = 1_000_000_000_000;

/// Initialisation rule of the linear edges: the gain C of weights N(0, C/fan-in).
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Init {
    /// C = 2 / in-degree of the edge's target: He initialisation divided by how many edges are summed there (equations 3 and 12).
    Target,
    /// C = 2 / in-degree of the edge's source: by how many edges are summed where the edge begins (equation 4).
    Source,
    /// C = 2: He (Kaiming) initialisation of every layer, whatever is summed.
    He,
    /// The paper's code on NAS-Bench-201: `source`, counting edges that no path uses, and C = 4 for the readout.
    Published,
    /// Solved vertex by vertex so that E|z|²/n is 1 at each, for any activation, convention and skips, which get multipliers.
    Keep,
}

impl From<Init> for InitRule {
    fn from(init: Init) -> Self {
        match init {
            Init::Target => Self::Target,
            Init::Source => Self::Source,
            Init::He => Self::He,
            Init::Published => Self::Published,
            Init::Keep => Self::Keep,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Architecture {
    /// The architecture, for instance chain:4 (see `archscale --help`).
    #[arg(value_name = "ARCH", value_parser = known::architecture(), hide_possible_values = true)]
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) rules: Rules,
}

/// Rules by which an architecture becomes a network.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// Initialisation rule of the weights of each layer.
    #[arg(long, value_enum, default_value = "target")]
    pub(crate) init: Init,
    /// Place of the activation. pre: before each layer, and skips carry the sum without it, as in a pre-activation ResNet.
    /// post: after each layer, before the sum. preact: before each layer, and skips carry the activation.
    #[arg(long, default_value = "pre", value_parser = known::convention())]
    pub(crate) convention: Convention,
    /// Activation function; leaky ReLU takes its slope below zero, as in leaky:0.1. `archscale --help` lists them.
    #[arg(long, default_value = "relu", value_name = "NAME[:PARAM]", value_parser = known::activation())]
    pub(crate) activation: Activation,
}

impl Architecture {
    /// Reads the text.
    pub(crate) fn parse(&self) -> Result<Network, CliError> {
        self.rules.network(&self.text)
    }
}

impl Rules {
    /// The network of this text; with gains of its own under --init keep.
    pub(crate) fn network(&self, text: &str) -> Result<Network, CliError> {
        let network = Network::parse(text)?;
        Ok(match self.init {
            Init::Keep => keep(&network, self.convention, self.activation)?,
            _ => network,
        })
    }

    /// The lowering of a network under these options.
    pub(crate) fn lowering(&self, network: &Network) -> Lowering {
        network.lowering(self.init.into()).with_convention(self.convention).with_activation(self.activation)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Machine {
    /// Device that holds the tensors: cpu, cuda, cuda:1, metal.
    #[arg(long, default_value = "cpu")]
    device: String,
    /// Floating-point precision of the tensors.
    #[arg(long, value_enum, default_value = "f64")]
    precision: PrecisionName,
}

impl Machine {
    /// The device and precision that the arguments name.
    pub(crate) fn parse(&self) -> Result<(DeviceChoice, Precision), CliError> {
        let precision = match self.precision {
            PrecisionName::F32 => Precision::F32,
            PrecisionName::F64 => Precision::F64,
        };
        Ok((self.device.parse().map_err(SimError::Nets)?, precision))
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PrecisionName {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}
