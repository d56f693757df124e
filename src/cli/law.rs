//! `law`: the exact law on an architecture, and over images its dependence on the kernels.

mod kernels;
mod values;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use archscale_model::{Lowering, Network, Node, Scaled};
use archscale_theory::{LAWS, Law, LawGap, LawInput};
use clap::Args;
use serde::Serialize;

use super::domain::{Assumes, Training, drift};
use super::field::{self, Field};
use super::{CliError, Ending, args, define, numbers, output};
use values::{Parts, Values};

/// Domain and example.
const HELP: &str = "\
    Domain: at a finite width linear edges with ReLU; in the limit any activation, skips and merges; \
    over images the limit of many channels, with ReLU.\n\
    Example: archscale law chain:4 --width 64 --exact\n\
    Example: archscale law conv:dims=2,size=8 --kernels 1,3,5";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The architecture, for instance chain:4 (see `archscale --help`).
    #[arg(value_name = "ARCH", required_unless_present = "define")]
    text: Option<String>,
    #[command(flatten)]
    rules: args::Rules,
    #[command(flatten)]
    training: Training,
    /// Width n of every hidden vertex, or inf. With --kernels a finite width also simulates networks of that width.
    #[arg(long, default_value = "inf", value_name = "N|inf")]
    width: args::Width,
    /// Also give A and B as exact fractions.
    #[arg(long)]
    exact: bool,
    /// Over images: the learning rate against the side of the kernels, for these sides. Those larger than the image are left
    /// out.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "K,K,…",
        conflicts_with_all = ["exact", "define"],
        value_parser = numbers::count::<usize>,
    )]
    kernels: Vec<usize>,
    /// Print what every symbol in the output means.
    #[arg(long)]
    define: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten, next_help_heading = "Simulation with --kernels and a finite --width")]
    measuring: kernels::Measuring,
}

#[derive(Debug, Serialize)]
struct LawReport {
    architecture: String,
    assumes: Assumes,
    width: WidthField,
    init: String,
    convention: String,
    activation: String,
    /// Standard error relative to the values, where the law is evaluated by sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_error: Option<f64>,
    vertices: Vec<VertexLaw>,
    /// Law by law; null where a law sets no bound, or beside its logarithm.
    learning_rate: BTreeMap<&'static str, Option<f64>>,
    /// Decimal logarithms of the rates beyond double precision.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    learning_rate_log10: BTreeMap<&'static str, f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum WidthField {
    Finite(u64),
    Infinite(&'static str),
}

impl From<args::Width> for WidthField {
    fn from(width: args::Width) -> Self {
        width.finite().map_or(Self::Infinite("inf"), Self::Finite)
    }
}

#[derive(Debug, Serialize)]
struct VertexLaw {
    id: usize,
    in_degree: usize,
    #[serde(flatten)]
    second_moment: Field,
    #[serde(flatten)]
    output_part: Field,
    #[serde(flatten)]
    label_part: Field,
    /// A + B, where A is known.
    #[serde(flatten)]
    mean_squared_change: Field,
    #[serde(rename = "A_exact", skip_serializing_if = "Option::is_none")]
    output_part_exact: Option<String>,
    #[serde(rename = "B_exact", skip_serializing_if = "Option::is_none")]
    label_part_exact: Option<String>,
    /// Over an image: the mean squared change at every position.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_position: Option<Vec<Option<f64>>>,
    /// Decimal logarithms at those positions, where one of them is beyond double precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_position_log10: Option<Vec<f64>>,
}

impl VertexLaw {
    fn new(node: &Node, values: &Values, index: usize) -> Self {
        let exact = values.exact.as_ref().map(|exact| &exact[index]);
        let Parts { second_moment, output_part, label_part } = values.float[index];
        let positions = values.per_position.as_ref().map(|list| &list[index]);
        let far = positions.filter(|list| list.iter().any(|change| change.fit().is_none()));
        Self {
            id: node.id,
            in_degree: node.in_degree,
            second_moment: Field::new("second_moment", second_moment),
            output_part: Field::maybe("A", output_part),
            label_part: Field::new("B", label_part),
            mean_squared_change: Field::maybe("mean_squared_change", output_part.map(|part| part + label_part)),
            output_part_exact: exact.and_then(|exact| exact.output_part.as_ref()).map(ToString::to_string),
            label_part_exact: exact.map(|exact| exact.label_part.to_string()),
            per_position: positions.map(|list| list.iter().map(|change| change.fit()).collect()),
            per_position_log10: far.map(|list| list.iter().map(|change| change.log10()).collect()),
        }
    }
}

/// A law with its rate on this network, or why it has none.
type LawRate = (&'static Law, Result<Scaled, LawGap>);

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    if options.define {
        return define::run(options.json);
    }
    let assumes = options.training.assumes(options.width.finite())?;
    // The text is missing only where --define is given.
    let network = options.rules.network(options.text.as_deref().unwrap_or_default())?;
    let how = options.rules.lowering(&network);
    if !options.kernels.is_empty() {
        return against_kernels(options, &network, &how);
    }
    let width = options.width.finite();
    // Before an image of any size is laid out.
    if matches!(network, Network::Images(_)) && (options.exact || width.is_some()) {
        let what = if options.exact { "exact fractions" } else { "a finite width" };
        return Err(CliError::Usage(format!(
            "no law at {what} over images: only the limit of many channels is known; leave --width and --exact out"
        )));
    }
    let program = network.lower(&how)?;
    let input = LawInput::of(&network, &how, width)?;
    let values = Values::of(&program, &input, width, options.exact)?;
    let nodes = program.nodes();
    let rates: Vec<LawRate> = LAWS.iter().map(|law| (law, (law.rate)(&input))).collect();
    let drifts = drift(nodes.iter().zip(&values.float).map(|(node, at)| (node.id, at.second_moment)), how.init);
    let report = LawReport {
        architecture: network.text(),
        assumes,
        width: options.width.into(),
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        relative_error: values.relative_error,
        vertices: nodes.iter().enumerate().map(|(index, node)| VertexLaw::new(node, &values, index)).collect(),
        learning_rate: rates.iter().map(|(law, rate)| (law.id, rate.as_ref().ok().and_then(|rate| rate.fit()))).collect(),
        learning_rate_log10: rates
            .iter()
            .filter_map(|(law, rate)| Some((law.id, field::log10(*rate.as_ref().ok()?)?)))
            .collect(),
        warnings: [network.warnings(), values.caveats, drifts].concat(),
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
    } else {
        show(&report, &rates, options.exact)?;
    }
    Ok(Ending::Done)
}

fn against_kernels(options: &Options, network: &Network, how: &Lowering) -> Result<Ending, CliError> {
    if matches!(options.rules.init, args::Init::Keep) {
        return Err(CliError::Usage(
            "--init keep solves the gains for one kernel: take another rule, of target it is a special case".into(),
        ));
    }
    // A width that no processor can count to is refused by the simulator with all others that are too large.
    let width = options.width.finite().map(|width| usize::try_from(width).unwrap_or(usize::MAX));
    let width = width.and_then(NonZeroUsize::new);
    kernels::run(network, how, &options.kernels, width, &options.measuring, options.json)?;
    Ok(Ending::Done)
}

/// The refusal of the command that `--kernels` took the place of, with the same words as they are written now.
pub(crate) fn moved(words: &[String]) -> CliError {
    let given = |option: &str| words.iter().any(|word| word.starts_with(option));
    let mut now = vec!["archscale law".to_string()];
    if !words.iter().any(|word| word.starts_with("conv:")) {
        now.push("conv:…".into());
    }
    now.extend(words.iter().filter(|word| !["-h", "--help"].contains(&word.as_str())).cloned());
    if !given("--kernels") {
        now.push("--kernels 1,3,5,7".into());
    }
    CliError::Usage(format!("kernel-exponent is now: {}", now.join(" ")))
}

/// Vertices of a long list that are shown at each of its ends.
const ENDS: usize = 20;

fn show(report: &LawReport, rates: &[LawRate], exact: bool) -> Result<(), CliError> {
    output::print(&report.assumes.to_string())?;
    show_vertices(&report.vertices, exact)?;
    output::print(&define::legend(&["E|z|²/n", "A", "B"]))?;
    if let Some(error) = report.relative_error {
        output::print(&format!("Evaluated by quasi-Monte-Carlo, relative standard error {error:.1e}."))?;
    }
    let mut table =
        output::table(&["law", "learning rate, up to a constant", "formula", "source"]).details(&["formula", "source"]);
    for (law, rate) in rates {
        let rate = rate.as_ref().map_or_else(ToString::to_string, |&rate| field::text(rate));
        table.add_row(vec![law.id.to_string(), rate, law.formula.into(), law.source.into()]);
    }
    output::print(&table.to_string())
}

fn show_vertices(vertices: &[VertexLaw], exact: bool) -> Result<(), CliError> {
    let mut heading = vec!["vertex", "in-degree", "E|z|²/n", "A/η²", "B/η²"];
    if exact {
        heading.extend(["A exact", "B exact"]);
    }
    let mut table = output::table(&heading);
    let count = vertices.len();
    // Both ends of a long list; its middle is in the JSON.
    let left_out = if count > 2 * ENDS + 1 { ENDS..count - ENDS } else { 0..0 };
    for (index, vertex) in vertices.iter().enumerate() {
        if index == left_out.start && !left_out.is_empty() {
            let mut row = vec![format!("… {} more (--json)", left_out.len())];
            row.resize(heading.len(), "…".into());
            table.add_row(row);
        }
        if left_out.contains(&index) {
            continue;
        }
        let mut row = vec![
            vertex.id.to_string(),
            vertex.in_degree.to_string(),
            vertex.second_moment.text(),
            vertex.output_part.text(),
            vertex.label_part.text(),
        ];
        if exact {
            row.extend([fraction(&vertex.output_part_exact), fraction(&vertex.label_part_exact)]);
        }
        table.add_row(row);
    }
    output::print(&table.to_string())
}

fn fraction(text: &Option<String>) -> String {
    text.as_ref().map_or_else(|| "—".into(), |text| output::exact(text))
}
