//! `steps`: several true gradient steps of wide networks.

mod follow;
mod header;
mod largest;

use std::num::{NonZeroU64, NonZeroUsize};

use archscale_sim::{Settings, StreamKey, Weights};
use clap::Args;

use super::domain::Training;
use super::{CliError, Ending, args, known, numbers, output};
use follow::Rate;
use header::{Header, first_step};

/// Domain and example.
const HELP: &str = "\
    Domain: any architecture and activation with a trained edge before the readout; plain SGD on one \
    data point.\n\
    Example: archscale steps chain:3 --steps 5 --width 256";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    architecture: args::Architecture,
    #[command(flatten)]
    training: Training,
    /// Number of gradient steps T.
    #[arg(long, value_name = "T", default_value = "10", value_parser = numbers::count::<NonZeroUsize>)]
    steps: NonZeroUsize,
    /// Learning rate.
    #[arg(long, value_name = "X", conflicts_with_all = ["eta_times", "largest"], value_parser = numbers::real)]
    eta: Option<f64>,
    /// Learning rate in units of the first-step law's, at which E(Δz)² of the last vertex would be 1 after one step.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, conflicts_with = "largest", value_parser = numbers::real)]
    eta_times: f64,
    /// Search for the largest learning rate that stays bounded over all T steps: mean |z_t − z_0|²/n of the last vertex at most
    /// --movement, mean squared residual at most its first value, no network diverged.
    #[arg(long)]
    largest: bool,
    /// With --largest, the bound on the mean |z_t − z_0|²/n; inf leaves it free, so that only the loss bounds the rate.
    #[arg(long, value_name = "K", default_value_t = 1.0, requires = "largest", value_parser = numbers::real_or_infinite)]
    movement: f64,
    /// With --largest, independent groups of networks, each searched on its own: their spread gives the error.
    #[arg(long, value_name = "G", default_value = "8", requires = "largest", value_parser = numbers::count::<NonZeroUsize>)]
    groups: NonZeroUsize,
    /// Width n of every hidden vertex.
    #[arg(long, value_name = "N", default_value = "1024", value_parser = numbers::count::<NonZeroUsize>)]
    width: NonZeroUsize,
    /// Number of independent networks, of all groups together.
    #[arg(long, value_name = "S", default_value = "64", value_parser = numbers::count::<NonZeroU64>)]
    networks: NonZeroU64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    seed: u64,
    /// Representation of weights: dense draws them, lazy only the products that the steps need, auto whichever is quicker
    /// for a step.
    #[arg(long, default_value = "auto", value_parser = known::method())]
    method: Weights,
    #[command(flatten)]
    machine: args::Machine,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    if let Some(eta) = options.eta {
        args::positive("--eta", "a learning rate", eta)?;
    }
    args::positive("--eta-times", "a multiple of a learning rate", options.eta_times)?;
    let assumes = options.training.assumes(Some(options.width.get() as u64))?;
    let architecture = options.architecture.parse()?;
    let how = options.architecture.rules.lowering(&architecture);
    let program = architecture.lower(&how)?;
    let (device, precision) = options.machine.parse()?;
    let width = options.width.get();
    let (change, source) = first_step(&program, width)?;
    let case = format!("{} {} {} {} n={width}", architecture.text(), how.init, how.convention, how.activation);
    let key = StreamKey::new("steps", case, options.seed);
    let settings =
        Settings { device, precision, method: options.method, ..Settings::new(width, options.networks.get(), key) };
    let header = Header {
        architecture: architecture.text(),
        assumes,
        width,
        init: how.init.to_string(),
        convention: how.convention.to_string(),
        activation: how.activation.to_string(),
        seed: options.seed,
        networks: settings.samples,
        steps: options.steps.get(),
        method: String::new(),
        vertex: program.nodes().last().map_or(0, |node| node.id),
        first_step_law: change,
        first_step_source: source,
        warnings: architecture.warnings(),
    };
    output::warn(&header.warnings);
    if options.largest {
        largest::run(options.movement, options.groups.get(), &program, settings, header, options.json)?;
    } else {
        let rate = options.eta.map_or(Rate::Times(options.eta_times), Rate::Value);
        follow::run(rate, &program, &settings, header, options.json)?;
    }
    Ok(Ending::Done)
}
