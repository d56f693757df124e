use std::num::NonZeroU64;

use archscale_model::{EdgeKind, Network};
use archscale_theory::{LAWS, LawInput, RECOMMENDED};
use clap::Args;
use num_traits::ToPrimitive;
use serde::Serialize;

use super::{CliError, Ending, args, known, numbers, output};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The network whose learning rate was tuned.
    #[arg(long, value_name = "ARCH", value_parser = known::architecture(), hide_possible_values = true)]
    base: String,
    /// Its best learning rate.
    #[arg(long, value_name = "RATE", value_parser = numbers::real)]
    lr: f64,
    /// The networks to give a learning rate to.
    #[arg(value_name = "ARCH", required = true, value_parser = known::architecture(), hide_possible_values = true)]
    networks: Vec<String>,
    #[command(flatten)]
    rules: args::Rules,
    /// Width n of every hidden vertex: the standard deviations depend on it, the learning rates do not.
    #[arg(long, value_name = "N", default_value = "256", value_parser = numbers::count::<NonZeroU64>)]
    width: NonZeroU64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Recommendation {
    base: String,
    base_learning_rate: f64,
    init: String,
    convention: String,
    activation: String,
    width: u64,
    networks: Vec<Target>,
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
    /// The learning rate of the first law of `laws`; null when no law gives one.
    learning_rate: Option<f64>,
    /// The recommended law first; those without a value last.
    laws: Vec<Rate>,
    weights: Vec<Weights>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Rate {
    law: &'static str,
    recommended: bool,
    learning_rate: Option<f64>,
    /// The learning rate over that of the base.
    ratio: Option<f64>,
    /// What must hold for the law to be meant, or why it gives no value here.
    caveat: String,
}

/// The initial weights of one edge.
#[derive(Debug, Serialize)]
struct Weights {
    from: String,
    to: String,
    /// Gain C: the variance is C over the fan-in, into the output over its square.
    gain: f64,
    /// Fan-in: n, or n times the number of taps of the kernel.
    fan_in: u64,
    standard_deviation: f64,
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    args::positive("--lr", "a learning rate", options.lr)?;
    let base = Network::parse(&options.base)?;
    let of_base = LawInput::of(&base, &options.rules.lowering(&base), None)?;
    let networks = options.networks.iter().map(|text| target(text, options, &of_base)).collect::<Result<Vec<_>, _>>()?;
    let how = options.rules.lowering(&base);
    let report = Recommendation {
        base: base.text(),
        base_learning_rate: options.lr,
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        width: options.width.get(),
        networks,
        note: NOTE,
    };
    for network in &report.networks {
        output::warn(&network.warnings);
    }
    if options.json {
        output::print_json(&report)?;
    } else {
        for network in &report.networks {
            show(network, &report)?;
        }
        output::print(&format!("Note: {NOTE}."))?;
    }
    Ok(Ending::Done)
}

fn target(text: &str, options: &Options, of_base: &LawInput) -> Result<Target, CliError> {
    let network = Network::parse(text)?;
    let input = LawInput::of(&network, &options.rules.lowering(&network), None)?;
    let preference = |id: &str| RECOMMENDED.iter().position(|&preferred| preferred == id).unwrap_or(RECOMMENDED.len());
    let mut laws: Vec<Rate> = LAWS
        .iter()
        .map(|law| match ((law.rate)(&input), (law.rate)(of_base)) {
            (Ok(rate), Ok(base)) => {
                let ratio = rate / base;
                let learning_rate = Some(ratio * options.lr);
                Rate { law: law.id, recommended: false, learning_rate, ratio: Some(ratio), caveat: law.hypotheses.into() }
            }
            (Err(gap), _) => {
                Rate { law: law.id, recommended: false, learning_rate: None, ratio: None, caveat: gap.to_string() }
            }
            (_, Err(gap)) => {
                let caveat = format!("of the base: {gap}");
                Rate { law: law.id, recommended: false, learning_rate: None, ratio: None, caveat }
            }
        })
        .collect();
    laws.sort_by_key(|rate| (rate.learning_rate.is_none(), preference(rate.law)));
    if let Some(first) = laws.first_mut().filter(|first| first.learning_rate.is_some()) {
        first.recommended = true;
    }
    Ok(Target {
        architecture: network.text(),
        learning_rate: laws.first().and_then(|first| first.learning_rate),
        weights: weights(&network, options)?,
        laws,
        warnings: network.warnings(),
    })
}

/// One entry per trained edge, in the order of its target.
fn weights(network: &Network, options: &Options) -> Result<Vec<Weights>, CliError> {
    let (graph, how) = (network.graph(), options.rules.lowering(network));
    let mut list = Vec::new();
    for v in 1..graph.vertex_count() {
        for edge in graph.parents(v).iter().filter(|edge| edge.kind != EdgeKind::Skip) {
            let output = v == graph.output();
            let gain = how.gain(graph, v, *edge).to_f64().unwrap_or(f64::NAN);
            let taps = if output { 1 } else { network.taps(edge.source(), v)? };
            let fan_in = options.width.get() * taps as u64;
            let size = fan_in as f64;
            let standard_deviation = if output { gain.sqrt() / size } else { (gain / size).sqrt() };
            list.push(Weights { from: graph.name(edge.source()), to: graph.name(v), gain, fan_in, standard_deviation });
        }
    }
    Ok(list)
}

fn show(network: &Target, report: &Recommendation) -> Result<(), CliError> {
    output::print(&format!(
        "{}: learning rate {} ({} at {}, {} init)",
        network.architecture,
        network.learning_rate.map_or_else(|| "unknown".into(), output::number),
        output::number(report.base_learning_rate),
        report.base,
        report.init,
    ))?;
    let mut table = output::table(&["law", "learning rate", "ratio", "meant for"]).details(&["meant for"]);
    for rate in &network.laws {
        let show = |value: Option<f64>| value.map_or_else(|| "—".into(), output::number);
        let name = if rate.recommended { format!("{} (recommended)", rate.law) } else { rate.law.into() };
        table.add_row(vec![name, show(rate.learning_rate), show(rate.ratio), rate.caveat.clone()]);
    }
    output::print(&table.to_string())?;
    for rate in network.laws.iter().filter(|rate| rate.learning_rate.is_none()) {
        output::print(&format!("No rate by {}: {}", rate.law, rate.caveat))?;
    }
    const SHOWN: usize = 40;
    let mut table = output::table(&["edge", "fan-in", "gain C", "standard deviation"]);
    for edge in network.weights.iter().take(SHOWN) {
        let (gain, deviation) = (output::number(edge.gain), output::number(edge.standard_deviation));
        table.add_row(vec![format!("{} → {}", edge.from, edge.to), edge.fan_in.to_string(), gain, deviation]);
    }
    output::print(&table.to_string())?;
    if network.weights.len() > SHOWN {
        output::print(&format!("{} more edges are in the JSON output (--json).", network.weights.len() - SHOWN))?;
    }
    Ok(())
}
