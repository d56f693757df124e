//! `simulate`: Monte-Carlo estimates of the law's quantities, from networks alone.

use std::num::{NonZeroU64, NonZeroUsize};

use archscale_model::Node;
use archscale_sim::{NodeEstimate, Precision, Readout, Settings, StreamKey, Weights};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::estimate::Estimate;
use super::simulation::with_options;
use super::{CliError, Ending, args, known, numbers, output, progress};

/// Domain and example.
const HELP: &str = "Domain: any architecture and activation, at widths whose weights fit the memory.\n\
                    Example: archscale simulate chain:3 --width 64 --samples 10k";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    architecture: args::Architecture,
    /// Width n of every hidden vertex.
    #[arg(long, value_name = "N", value_parser = numbers::count::<NonZeroUsize>)]
    width: NonZeroUsize,
    /// Number of independent networks.
    #[arg(long, value_name = "S", default_value = "10000", value_parser = numbers::count::<NonZeroU64>)]
    samples: NonZeroU64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    seed: u64,
    /// Treatment of the readout, the last layer: its weights are drawn or averaged over, and the expectations are the same.
    /// Integrated unless given, projected with --method lazy.
    #[arg(long, value_enum)]
    readout: Option<ReadoutName>,
    /// Representation of weights: dense draws them, lazy only the products that the passes need, auto whichever is quicker.
    #[arg(long, default_value = "auto", value_parser = known::method())]
    method: Weights,
    #[command(flatten)]
    machine: args::Machine,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReadoutName {
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

#[derive(Debug, Serialize)]
struct SimulationReport {
    architecture: String,
    width: usize,
    init: String,
    convention: String,
    activation: String,
    samples: u64,
    seed: u64,
    readout: String,
    /// Representation of the weights.
    method: String,
    device: String,
    precision: String,
    vertices: Vec<VertexEstimate>,
    /// The first vertex at which the values of some network left the range of the precision; estimates that they enter are null.
    #[serde(skip_serializing_if = "Option::is_none")]
    overflowed_at: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct VertexEstimate {
    id: usize,
    in_degree: usize,
    second_moment: Estimate,
    #[serde(rename = "A")]
    output_part: Estimate,
    #[serde(rename = "B")]
    label_part: Estimate,
    mean_squared_change: Estimate,
    /// Over an image: the mean squared change at every position.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    per_position: Vec<Estimate>,
}

impl VertexEstimate {
    fn new(estimate: &NodeEstimate, node: &Node) -> Self {
        Self {
            id: node.id,
            in_degree: node.in_degree,
            second_moment: (&estimate.second_moment).into(),
            output_part: (&estimate.a).into(),
            label_part: (&estimate.b).into(),
            mean_squared_change: (&estimate.squared_change).into(),
            per_position: estimate.per_position.iter().map(|at| (&at.squared_change).into()).collect(),
        }
    }

    /// True where something could not be averaged.
    fn is_missing(&self) -> bool {
        let all = [self.second_moment, self.output_part, self.label_part, self.mean_squared_change];
        all.iter().chain(&self.per_position).any(|estimate| estimate.mean.is_none())
    }
}

/// Warnings of estimates that left the range of the precision, above or below.
fn out_of_range(vertices: &[VertexEstimate], overflowed_at: Option<usize>, precision: Precision) -> Vec<String> {
    let wider = match precision {
        Precision::F32 => "take --precision f64",
        _ => "take --init target, or fewer vertices; `law` gives the values themselves",
    };
    let above = overflowed_at.map(|id| {
        format!("at vertex {id} some networks leave the range of {precision}; what cannot be averaged stands as —: {wider}")
    });
    let zero = |vertex: &&VertexEstimate| vertex.second_moment.mean.is_some_and(|mean| mean < f64::MIN_POSITIVE);
    let below = vertices.iter().find(zero).map(|vertex| {
        let id = vertex.id;
        format!(
            "at vertex {id} every network gives 0: its neurons are dead, or their values are below the range of {precision}"
        )
    });
    above.into_iter().chain(below).collect()
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let architecture = options.architecture.parse()?;
    let how = options.architecture.rules.lowering(&architecture);
    let program = architecture.lower(&how)?;
    let (device, precision) = options.machine.parse()?;
    // A lazy matrix would have to be drawn whole for the columns of an integrated readout.
    let unnamed = if options.method == Weights::Lazy { Readout::Projected } else { Readout::Integrated };
    let readout = options.readout.map_or(unnamed, Readout::from);
    let case = format!("{} {} {} {} n={}", architecture.text(), how.init, how.convention, how.activation, options.width);
    let key = StreamKey::new("simulate", case, options.seed);
    let method = options.method;
    let settings =
        Settings { device, precision, readout, method, ..Settings::new(options.width.get(), options.samples.get(), key) };
    progress::whole("networks", 0, settings.samples);
    let simulation = archscale_sim::simulate(&program, &settings, &progress::advance)
        .map_err(|error| with_options(error, method, Some(readout)))?;
    let vertices: Vec<VertexEstimate> =
        (simulation.nodes.iter().zip(program.nodes())).map(|(estimate, node)| VertexEstimate::new(estimate, node)).collect();
    let overflowed_at = vertices.iter().find(|vertex| vertex.is_missing()).map(|vertex| vertex.id);
    let mut warnings = architecture.warnings();
    warnings.extend(out_of_range(&vertices, overflowed_at, precision));
    let report = SimulationReport {
        architecture: architecture.text(),
        width: settings.width,
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        samples: settings.samples,
        seed: options.seed,
        readout: simulation.readout.to_string(),
        method: simulation.method.to_string(),
        device: settings.device.to_string(),
        precision: settings.precision.to_string(),
        vertices,
        overflowed_at,
        warnings,
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
        return Ok(Ending::Done);
    }
    show(&report)?;
    Ok(Ending::Done)
}

fn show(report: &SimulationReport) -> Result<(), CliError> {
    let mut table = output::table(&["vertex", "in-degree", "E|z|²/n", "A/η²", "B/η²", "E(Δz)²/η²"]);
    for vertex in &report.vertices {
        table.add_row(vec![
            vertex.id.to_string(),
            vertex.in_degree.to_string(),
            vertex.second_moment.text(),
            vertex.output_part.text(),
            vertex.label_part.text(),
            vertex.mean_squared_change.text(),
        ]);
    }
    output::print(&table.to_string())
}
