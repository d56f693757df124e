mod family;
mod moments;
mod weights;

use std::num::NonZeroU64;

use archscale_model::{InitRule, Network, Scaled};
use archscale_theory::{LAWS, LawInput, RECOMMENDED};
use clap::Args;
use serde::Serialize;

use super::domain::{Assumes, Training, three};
use super::{CliError, Ending, args, define, known, numbers, output};
use moments::Moments;
use weights::{Skip, Weights};

/// What a user should know before writing a network down for `scale`.
const NOT_EXPRESSIBLE: &str = "A network here has one width for all hidden vertices and one output. Not expressible: layers of \
                               different widths, fan_out, several outputs, biases, normalisation, strides, attention, embeddings, \
                               and multipliers or gains of a user's own on edges or branches (1/√(2N), Fixup, DeepNorm, depth-μP); \
                               --init keep sets those that keep E|z|²/n at 1.";

#[derive(Debug, Args)]
#[command(after_long_help = NOT_EXPRESSIBLE, after_help = NOT_EXPRESSIBLE)]
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
    /// What a user should know of how the base was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// What stands behind the order of the laws.
    note: &'static str,
}

const NOTE: &str = "every law is a hypothesis on training; their order rests on small networks trained for a pass or three, judged by the \
                    loss over the first pass. Judged by the loss at the end, rates of DAGs moved by a third to a half of what the \
                    recommended law says of ln η, and keeping the base's rate there did no worse; those of chains moved about as it \
                    says (proofs/trained-rates.md)";

#[derive(Debug, Serialize)]
struct Target {
    architecture: String,
    /// Whether the first law's rate is recommended.
    recommended: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// What to try instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<&'static str>,
    /// The learning rate of the first law of `laws`; null when no law gives one.
    learning_rate: Option<f64>,
    /// Where to sweep: over the laws that are recommended in turn, at least a factor of [`SWEEP`] to either side. Null without a
    /// recommended rate.
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

#[derive(Debug, Serialize)]
struct Rate {
    law: &'static str,
    recommended: bool,
    /// Null where the law gives none, or one beyond the range of double precision.
    learning_rate: Option<f64>,
    /// Its decimal logarithm there.
    #[serde(skip_serializing_if = "Option::is_none")]
    learning_rate_log10: Option<f64>,
    /// The learning rate over that of the base.
    ratio: Option<f64>,
    /// What must hold for the law to be meant, or why it gives no value here.
    caveat: String,
    #[serde(skip)]
    exact: Option<Scaled>,
}

/// Smallest factor to either side of a recommended rate within which to sweep.
const SWEEP: f64 = 3.0;

/// Factor between laws from which on they disagree.
const DISAGREEMENT: f64 = 3.0;

/// The base with what is known of it.
struct Base {
    network: Network,
    input: LawInput,
    moments: Moments,
    /// Why its tuned rate says nothing under this initialisation.
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
        show(&report)?;
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

/// The rate of every law, the recommended ones first, those without a value last.
fn rates(input: &LawInput, base: &Base) -> Vec<Rate> {
    let none = |law, caveat| Rate {
        law,
        recommended: false,
        learning_rate: None,
        learning_rate_log10: None,
        ratio: None,
        caveat,
        exact: None,
    };
    let preference = |id: &str| RECOMMENDED.iter().position(|&preferred| preferred == id).unwrap_or(RECOMMENDED.len());
    let mut laws: Vec<Rate> = LAWS
        .iter()
        .map(|law| match ((law.rate)(input), (law.rate)(&base.input)) {
            (Ok(rate), Ok(of_base)) => {
                let ratio = rate / of_base;
                let exact = ratio * Scaled::from(base.learning_rate);
                Rate {
                    learning_rate: exact.fit(),
                    learning_rate_log10: exact.fit().is_none().then(|| exact.log10()),
                    ratio: ratio.fit(),
                    exact: Some(exact),
                    ..none(law.id, law.hypotheses.into())
                }
            }
            (Err(gap), _) => none(law.id, gap.to_string()),
            (_, Err(gap)) => none(law.id, format!("of the base: {gap}")),
        })
        .collect();
    laws.sort_by_key(|rate| (rate.exact.is_none(), preference(rate.law)));
    laws
}

fn target(text: &str, options: &Options, base: &Base) -> Result<Target, CliError> {
    let network = options.rules.network(text)?;
    let how = options.rules.lowering(&network);
    let mut laws = rates(&LawInput::of(&network, &how, None)?, base);
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

/// From the smallest to the largest rate of the laws that are recommended in turn, and a factor of [`SWEEP`] around the first.
fn sweep(rate: Scaled, laws: &[Rate]) -> Option<[f64; 2]> {
    let in_turn = laws.iter().filter(|law| RECOMMENDED.contains(&law.law)).filter_map(|law| law.exact);
    let (mut low, mut high) = (rate / Scaled::from(SWEEP), rate * Scaled::from(SWEEP));
    for other in in_turn {
        low = if other < low { other } else { low };
        high = high.max(other);
    }
    Some([low.fit()?, high.fit()?])
}

/// Recommended laws that come before the first one with a value.
fn skipped_laws(laws: &[Rate]) -> Option<String> {
    let first = laws.first().filter(|first| first.exact.is_some())?;
    let before: Vec<&str> = RECOMMENDED.iter().copied().take_while(|&id| id != first.law).collect();
    let why = |id: &&str| laws.iter().find(|rate| rate.law == *id).map_or("", |rate| rate.caveat.as_str());
    (!before.is_empty()).then(|| {
        let skipped: Vec<String> = before.iter().map(|id| format!("{id} gives no rate here ({})", why(id))).collect();
        format!("{}, so {} stands in its place", skipped.join(", "), first.law)
    })
}

/// The two laws that are furthest apart, where that is far.
fn disagreement(laws: &[Rate]) -> Option<String> {
    let known: Vec<(&str, Scaled)> = laws.iter().filter_map(|rate| Some((rate.law, rate.exact?))).collect();
    let mut low = *known.first()?;
    let mut high = low;
    for &at in &known {
        low = if at.1 < low.1 { at } else { low };
        high = if at.1 > high.1 { at } else { high };
    }
    let apart = high.1 > low.1 * Scaled::from(DISAGREEMENT);
    apart.then(|| {
        format!(
            "the laws disagree by more than a factor of {DISAGREEMENT}: {} says {}, {} says {}",
            low.0,
            three(low.1),
            high.0,
            three(high.1)
        )
    })
}

fn show(report: &Recommendation) -> Result<(), CliError> {
    output::print(&report.assumes.to_string())?;
    output::print(&format!(
        "Base {}: learning rate {}, {} init, E|z|²/n {}.",
        report.base,
        three(report.base_learning_rate.into()),
        report.init,
        report.base_second_moment.text()
    ))?;
    for network in &report.networks {
        show_network(network)?;
    }
    if report.base_width != report.width {
        output::print(&format!(
            "The base was tuned at n = {} and the weights are those at n = {}: with readout N(0, C/n²) the rate of SGD does not change \
             with width, up to terms of order 1/n.",
            report.base_width, report.width
        ))?;
    }
    output::print(&format!("n = {}. {}", report.width, weights::NOTE))?;
    output::print(&define::legend(&["E|z|²/n", "C"]))?;
    output::print(&format!("Note: {NOTE}."))
}

fn show_network(network: &Target) -> Result<(), CliError> {
    output::print(&match (network.learning_rate, network.sweep) {
        (Some(rate), Some([low, high])) => {
            let [rate, low, high] = [rate, low, high].map(|value| three(value.into()));
            format!("{}: learning rate {rate}, sweep [{low}, {high}].", network.architecture)
        }
        _ => {
            let offer = network.offer.map(|offer| format!(" Try {offer}, which keeps E|z|²/n at 1.")).unwrap_or_default();
            format!("{}: no rate is recommended: {}.{offer}", network.architecture, network.reasons.join("; "))
        }
    })?;
    output::print(&format!("E|z|²/n: {}.", network.second_moment.text()))?;
    let mut table = output::table(&["law", "learning rate", "ratio", "meant for"]).details(&["meant for"]);
    for rate in &network.laws {
        let show = |value: Option<Scaled>| value.map_or_else(|| "—".into(), three);
        let name = if rate.recommended { format!("{} (recommended)", rate.law) } else { rate.law.into() };
        table.add_row(vec![name, show(rate.exact), show(rate.ratio.map(Scaled::from)), rate.caveat.clone()]);
    }
    output::print(&table.to_string())?;
    for rate in network.laws.iter().filter(|rate| rate.exact.is_none()) {
        output::print(&format!("No rate by {}: {}", rate.law, rate.caveat))?;
    }
    weights::show(&network.weights)
}
