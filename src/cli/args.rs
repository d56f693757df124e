use std::ffi::OsString;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;

use archscale_claims::survey::Part;
use archscale_model::notations::NOTATIONS;
use archscale_model::{Activation, ActivationFamily, ConvNetwork, Convention, InitRule, Lowering, Network};
use archscale_sim::{Readout, Weights};
use archscale_theory::keep;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::domain::Training;
use super::{CliError, known, numbers, version};

/// How an architecture sets its initialisation and its largest usable learning rate: exact laws, simulation, verdicts.
#[derive(Debug, Parser)]
#[command(name = "archscale", version = version::version(), after_help = after_help(), max_term_width = 110)]
pub(crate) struct Arguments {
    /// Print how to cite this software and the paper it examines, as BibTeX.
    #[arg(long)]
    pub(crate) citation: bool,
    /// Print tables with all columns and numbers with all digits, however wide; else they fit the terminal, or COLUMNS or 80 columns.
    #[arg(long, global = true)]
    pub(crate) wide: bool,
    /// Threads to work with; all processors unless given. Results do not depend on it.
    #[arg(long, global = true, value_name = "N", value_parser = numbers::count::<usize>)]
    pub(crate) threads: Option<usize>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// Reads a command line, its first word the program's name.
    pub(crate) fn read_from<T: Into<OsString> + Clone>(words: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        let matches = lenient(Self::command()).try_get_matches_from(words).map_err(with_suggestion)?;
        Self::from_arg_matches(&matches)
    }
}

/// Negative numbers are values wherever a value stands, so that what refuses them can say which numbers it takes. Words may have capitals.
fn lenient(command: clap::Command) -> clap::Command {
    let accept = |argument: clap::Arg| {
        let has_value = argument.get_action().takes_values();
        argument.allow_negative_numbers(has_value).ignore_case(has_value)
    };
    command.mut_args(accept).mut_subcommands(lenient)
}

/// Names the command that an unknown one is nearest to, where the parser of arguments found none near enough.
fn with_suggestion(mut error: clap::Error) -> clap::Error {
    if let (Some(ContextValue::String(found)), None) =
        (error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::SuggestedSubcommand))
    {
        let command = Arguments::command();
        let names = command.get_subcommands().map(clap::Command::get_name);
        if let Some(meant) = archscale_model::closest(found, names).map(String::from) {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![meant]));
        }
    }
    error
}

/// The ways to write an architecture, as the notations themselves tell them, and the exit codes.
fn after_help() -> String {
    let mut text = String::from("ARCH is one of\n");
    for notation in NOTATIONS {
        text.push_str(&format!("  {}\n      {}\n", notation.grammar, notation.help));
    }
    text.push_str(&format!("  {}\n      {}\n", ConvNetwork::GRAMMAR, ConvNetwork::HELP));
    text.push_str("\nActivations:\n");
    for family in ActivationFamily::BUILT_IN {
        text.push_str(&format!("  {:12} {}\n", family.grammar, family.help));
    }
    text.push_str(
        "\nExit codes: 0 done, 1 a claim came out otherwise than expected, 2 unusable input or output that cannot be written, \
         3 undecided within the budget, 130 stopped by Ctrl-C.\n\
         Errors and warnings are plain text on standard error, also under --json.\n\
         Numbers may be written 20000, 20_000, 20k or 2e4.",
    );
    text
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge the claims: simulate, compare with the closed forms, print a verdict for each.
    Verify(Verify),
    /// Exact law of one gradient step on an architecture: second moments, A, B, learning rates.
    Law(Law),
    /// Path sums over all input–output paths, by dynamic programming.
    Paths(Paths),
    /// Monte-Carlo estimates of the same quantities, from networks alone.
    Simulate(Simulate),
    /// Hold every learning-rate law on an architecture against simulation.
    Compare(Compare),
    /// How the learning rate of a network of convolutions depends on the side of its kernels.
    KernelExponent(super::kernel_exponent::Options),
    /// Several true gradient steps of wide networks, or the largest learning rate at which they stay bounded.
    Steps(super::steps::Options),
    /// Learning rate and weights of a network from the tuned learning rate of another, by every law, the recommended one first.
    Scale(super::scale::Options),
    /// Every cell of a search space: exact learning rates against every path law.
    Census(super::census::Options),
    /// Maximal learning rates of trained networks: run suites of measurements, score every law on them.
    Maxlr(super::maxlr::Options),
    /// Join the files of the parts of a divided `verify --arch`.
    Merge(super::survey::Merge),
    /// List the claims, or show one whole.
    Claims(Claims),
    /// Print the JSON schema of a file: an architecture, results.json, a suite, a line of measurements.
    Schema(Schema),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Refuses what is no number above 0; `what` it is stands in the message.
pub(crate) fn positive(argument: &str, what: &str, value: f64) -> Result<(), CliError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(CliError::Usage(format!("{argument} {value}: {what} is a number above 0")))
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

/// How an architecture becomes a network.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// How the weights of each layer are initialised.
    #[arg(long, value_enum, default_value = "target")]
    pub(crate) init: Init,
    /// Where the activation stands. pre: before each layer, and skips carry the sum without it, as in a pre-activation ResNet. post:
    /// after each layer, before the sum. preact: before each layer, and skips carry the activation.
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

    /// How a network is lowered under these options.
    pub(crate) fn lowering(&self, network: &Network) -> Lowering {
        network.lowering(self.init.into()).with_convention(self.convention).with_activation(self.activation)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Law {
    /// The architecture, for instance chain:4 (see `archscale --help`).
    #[arg(value_name = "ARCH", required_unless_present = "define")]
    text: Option<String>,
    #[command(flatten)]
    pub(crate) rules: Rules,
    #[command(flatten)]
    pub(crate) training: Training,
    /// Width n of every hidden vertex, or inf.
    #[arg(long, default_value = "inf", value_name = "N|inf")]
    pub(crate) width: Width,
    /// Also give A and B as exact fractions.
    #[arg(long)]
    pub(crate) exact: bool,
    /// Print what every symbol in the output means.
    #[arg(long)]
    pub(crate) define: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Law {
    /// The network; its text is missing only where --define is given.
    pub(crate) fn network(&self) -> Result<Network, CliError> {
        self.rules.network(self.text.as_deref().unwrap_or_default())
    }
}

#[derive(Debug, Args)]
pub(crate) struct Paths {
    #[command(flatten)]
    pub(crate) architecture: Architecture,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Machine {
    /// Where tensors live: cpu, cuda, cuda:1, metal.
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    /// Floating-point precision of the tensors.
    #[arg(long, value_enum, default_value = "f64")]
    pub(crate) precision: PrecisionName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PrecisionName {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ReadoutName {
    /// The last layer's weights are drawn at random, one set per network, as when training starts.
    Sampled,
    /// Their average is taken exactly within two directions: errors nearly as small as integrated, for little more work than sampled.
    Projected,
    /// Their average is taken exactly, given the other weights: the smallest errors, the most work per network.
    Integrated,
}

impl From<ReadoutName> for Readout {
    fn from(name: ReadoutName) -> Self {
        match name {
            ReadoutName::Sampled => Self::Sampled,
            ReadoutName::Projected => Self::Projected,
            ReadoutName::Integrated => Self::Integrated,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) architecture: Architecture,
    /// Width n of every hidden vertex.
    #[arg(long, value_name = "N", value_parser = numbers::count::<NonZeroUsize>)]
    pub(crate) width: NonZeroUsize,
    /// Number of independent networks.
    #[arg(long, value_name = "S", default_value = "10000", value_parser = numbers::count::<NonZeroU64>)]
    pub(crate) samples: NonZeroU64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    pub(crate) seed: u64,
    /// Whether the weights of the readout, the last layer, are drawn or averaged over; the expectations are the same. Integrated unless
    /// given, projected with --method lazy.
    #[arg(long, value_enum)]
    pub(crate) readout: Option<ReadoutName>,
    /// How weights are represented: dense draws them, lazy only the products that the passes need, auto whichever is quicker.
    #[arg(long, default_value = "auto", value_parser = known::method())]
    pub(crate) method: Weights,
    #[command(flatten)]
    pub(crate) machine: Machine,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) architecture: Architecture,
    #[command(flatten)]
    pub(crate) training: Training,
    /// Network that fixes each law's constant; the chain as deep as the longest path unless given, or where ARCH is that chain one
    /// of half its depth.
    #[arg(long, value_name = "ARCH", value_parser = known::architecture(), hide_possible_values = true)]
    pub(crate) base: Option<String>,
    /// Width at which both networks are simulated.
    #[arg(long, value_name = "N", default_value = "64", value_parser = numbers::count::<NonZeroUsize>)]
    pub(crate) width: NonZeroUsize,
    /// Number of independent networks of each.
    #[arg(long, value_name = "S", default_value = "20000", value_parser = numbers::count::<NonZeroU64>)]
    pub(crate) samples: NonZeroU64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    pub(crate) seed: u64,
    /// Relative deviation of a learning rate that is let pass: the laws are stated up to terms of order 1/n.
    #[arg(long, default_value_t = 0.1, value_parser = numbers::real)]
    pub(crate) margin: f64,
    #[command(flatten)]
    pub(crate) machine: Machine,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum EffortName {
    /// Errors of 4 % would be caught.
    Quick,
    /// Errors of 2 % would be caught.
    Normal,
    /// Errors of 1 % would be caught.
    Deep,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Judge only this claim; may be given several times (`archscale claims` lists them).
    #[arg(long, value_name = "ID", value_parser = known::claim(), hide_possible_values = true)]
    pub(crate) claim: Vec<String>,
    /// How small an error must be caught, hence how many networks are simulated.
    #[arg(long, value_enum, default_value = "normal")]
    pub(crate) effort: EffortName,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    pub(crate) seed: u64,
    /// Judge the claims on these architectures, one by one: ARCH, cells:K, nb201 or @FILE (one per line); may be given several times.
    /// One that breaks a claim's hypothesis is outside its domain, which refutes nothing.
    #[arg(long, value_name = "ARCH", requires = "out", requires = "claim", value_parser = known::architecture(), hide_possible_values = true)]
    pub(crate) arch: Vec<String>,
    /// With --arch, only the I-th of K parts of the cases; `merge` joins the parts.
    #[arg(long, value_name = "I/K", requires = "arch")]
    pub(crate) shard: Option<Part>,
    /// Write results.json, report.md, claims.tex and three figures into this folder; with --arch, the cases into this file. A run that
    /// was stopped goes on with the same command; nothing of another run is replaced.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) machine: Machine,
    /// Print the results as JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Claims {
    #[command(subcommand)]
    pub(crate) command: Option<ClaimsCommand>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClaimsCommand {
    /// List them; so does `archscale claims` alone.
    List,
    /// Show one claim whole.
    Show {
        /// The claim's id, as `archscale claims` lists them.
        #[arg(value_name = "ID", value_parser = known::claim(), hide_possible_values = true)]
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which file.
    #[arg(value_enum, default_value = "architecture")]
    pub(crate) file: SchemaName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaName {
    /// The file behind file:PATH.
    Architecture,
    /// results.json of `verify --out`.
    Results,
    /// A suite of `maxlr run`.
    Suite,
    /// A line of a file of measurements, for `maxlr report FILE`.
    Measurement,
}
