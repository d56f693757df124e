//! `scale`: learning rate and weights of a network from the tuned learning rate of another.

mod family;
mod moments;
mod rates;
mod show;
mod weights;

use std::num::NonZeroU64;

use archscale_model::{InitRule, Network, Scaled};
use archscale_theory::LawInput;
use clap::Args;
use serde::Serialize;

use super::domain::{Assumes, Training};
use super::{CliError, Ending, args, define, known, numbers, output};
use moments::Moments;
use rates::{Rate, disagreement, skipped_laws, sweep};
use weights::{Skip, Weights};

/// Networks that cannot be written down for `scale`, and an example.
const NOT_EXPRESSIBLE: &str = "\
    Domain: a network here has one width for all hidden vertices and one output. Not expressible: layers \
    of different widths, fan_out, several outputs, biases, normalisation, strides, attention, \
    embeddings, and multipliers or gains of a user's own on edges or branches (1/√(2N), Fixup, DeepNorm, \
    depth-μP); --init keep sets those that keep E|z|²/n at 1.\n\
    Example: archscale scale --base chain:3 --lr 0.1 complete:4";

#[derive(Debug, Args)]
#[command(after_help = NOT_EXPRESSIBLE)]
pub(crate) struct Options {
    /// The network whose learning rate was tuned.
    #[arg(long, value_name = "ARCH", required_unless_present = "define", value_parser = known::architecture(), hide_possible_values = true)]
    base: Option<String>,
    /// Its best learning rate.
    #[arg(long, value_name = "RATE", required_unless_present = "define", value_parser = numbers::real)]
    lr: Option<f64>,
    /// The networks to give a learning rate to.
    #[arg(value_name = "ARCH", required_unless_present = "define", value_parser = known::architecture(), hide_possible_values = true)]
    networks: Vec<String>,
    #[command(flatten)]
    rules: args::Rules,
    #[command(flatten)]
    training: Training,
    /// Width n of every hidden vertex: the standard deviations depend on it, the learning rates do not.
    #[arg(long, value_name = "N", default_value = "256", value_parser = numbers::count::<NonZeroU64>)]
    width: NonZeroU64,
    /// Width at which the base was tuned; the same as --width unless given.
    #[arg(long, value_name = "N", value_parser = numbers::count::<NonZeroU64>)]
    base_width: Option<NonZeroU64>,
    /// Dimension d of the data, over images their channels: the fan-in of the edges that read them.
    #[arg(long, value_name = "D", value_parser = numbers::count::<NonZeroU64>)]
    input_dim: Option<NonZeroU64>,
    /// Print what every symbol in the output means.
    #[arg(long)]
    define: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Recommendation {
    assumes: Assumes,
    base: String,
    base_learning_rate: f64,
    init: String,
    convention: String,
    activation: String,
    width: u64,
    base_width: u64,
    input_dim: Option<u64>,
    /// E|z|²/n of the base.
    base_second_moment: Moments,
    networks: Vec<Target>,
    /// Warnings on how the base was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// Grounds for the order of the laws.
    note: &'static str,
}

const NOTE: &str = "every law is a hypothesis on training; their order rests on small networks trained for a pass or three, judged by the \
                    loss over the first pass. Judged by the loss at the end, rates of DAGs moved by a third to a half of what the \
                    recommended law says of ln η, and keeping the base's rate there did no worse; those of chains moved about as it \
                    says (proofs/trained-rates.md)";

#[derive(Debug, Serialize)]
struct Target {
    architecture: String,
    /// True where the first law's rate is recommended.
    recommended: bool,
    /// Reasons against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// The option to try instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<&'static str>,
    /// The learning rate of the first law of `laws`; null when no law gives one.
    learning_rate: Option<f64>,
    /// Interval to sweep: over the laws that are recommended in turn, at least a factor of [`rates::SWEEP`] to either side.
    /// Null without a recommended rate.
    sweep: Option<[f64; 2]>,
    /// E|z|²/n.
    second_moment: Moments,
    /// The recommended law first; those without a value last.
    laws: Vec<Rate>,
    weights: Vec<Weights>,
    /// Skips, where they have multipliers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skips: Vec<Skip>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// The base with what is known of it.
struct Base {
    network: Network,
    input: LawInput,
    moments: Moments,
    /// Reasons why its tuned rate says nothing under this initialisation.
    reasons: Vec<String>,
    learning_rate: f64,
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let (Some(base), Some(learning_rate), false) = (&options.base, options.lr, options.define) else {
        return define::run(options.json);
    };
    let assumes = options.training.assumes(None)?;
    args::positive("--lr", "a learning rate", learning_rate)?;
    let network = options.rules.network(base)?;
    let how = options.rules.lowering(&network);
    let moments = Moments::of(&network, &how)?;
    let base = Base {
        input: LawInput::of(&network, &how, None)?,
        reasons: moments.reasons("the base"),
        moments,
        network,
        learning_rate,
    };
    let networks = options.networks.iter().map(|text| target(text, options, &base)).collect::<Result<Vec<_>, _>>()?;
    let width = options.width.get();
    let report = Recommendation {
        assumes,
        base: base.network.text(),
        base_learning_rate: learning_rate,
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        width,
        base_width: options.base_width.map_or(width, NonZeroU64::get),
        input_dim: options.input_dim.map(NonZeroU64::get),
        base_second_moment: base.moments,
        networks,
        warnings: base.network.warnings(),
        note: NOTE,
    };
    warn(&report);
    if options.json {
        output::print_json(&report)?;
    } else {
        show::show(&report)?;
    }
    Ok(Ending::Done)
}

/// Every warning once: networks of one family share theirs.
fn warn(report: &Recommendation) {
    let mut told: Vec<String> = Vec::new();
    let all = report.networks.iter().flat_map(|network| network.warnings.iter().map(move |text| (Some(network), text)));
    for (network, text) in report.warnings.iter().map(|text| (None, text)).chain(all) {
        let several = report.networks.len() > 1 && !report.warnings.contains(text);
        let text = match network.filter(|_| several) {
            Some(network) => format!("{}: {text}", network.architecture),
            None => text.clone(),
        };
        if !told.contains(&text) {
            told.push(text);
        }
    }
    output::warn(&told);
}

fn target(text: &str, options: &Options, base: &Base) -> Result<Target, CliError> {
    let network = options.rules.network(text)?;
    let how = options.rules.lowering(&network);
    let mut laws = rates::rates(&LawInput::of(&network, &how, None)?, &base.input, base.learning_rate);
    let second_moment = Moments::of(&network, &how)?;
    let mut reasons = base.reasons.clone();
    let own = second_moment.reasons("this network");
    if own.is_empty() {
        reasons.extend(second_moment.against(&base.moments));
    }
    reasons.extend(own);
    let offer = (!reasons.is_empty() && how.init != InitRule::Keep).then_some("--init keep");
    let families = family::differences(&base.network, &network);
    if !families.is_empty() {
        reasons.push(format!("base and target are of different families ({})", families.join("; ")));
    }
    let mut warnings = network.warnings();
    warnings.extend(skipped_laws(&laws));
    warnings.extend(disagreement(&laws));
    let rate = laws.first().and_then(|first| first.exact);
    if rate.is_none_or(|rate| rate.fit().is_none()) {
        reasons.push("no law gives a rate within the range of double precision".into());
    }
    let recommended = reasons.is_empty();
    if let Some(first) = laws.first_mut() {
        first.recommended = recommended;
    }
    let width = options.width.get();
    Ok(Target {
        architecture: network.text(),
        recommended,
        learning_rate: rate.and_then(Scaled::fit),
        sweep: rate.filter(|_| recommended).and_then(|rate| sweep(rate, &laws)),
        second_moment,
        weights: weights::weights(&network, &how, width, options.input_dim.map(NonZeroU64::get))?,
        skips: weights::skips(&network),
        reasons,
        offer,
        laws,
        warnings,
    })
}
