//! `law conv:… --kernels`: the learning rate of a network of convolutions against the side of its kernels.

use std::num::{NonZeroU64, NonZeroUsize};

use archscale_model::{ConvNetwork, Lowering, ModelError, Network};
use archscale_sim::{DeviceChoice, Precision, Readout, Settings, StreamKey};
use archscale_theory::kernel_exponents;
use clap::Args;
use serde::Serialize;

use super::super::simulation::simulate;
use super::super::{CliError, args, numbers, output, progress};

/// Simulation of the same exponents, which a finite width asks for.
#[derive(Debug, Args)]
#[command(mut_arg("device", |device| device.requires("kernels")))]
#[command(mut_arg("precision", |precision| precision.requires("kernels")))]
pub(super) struct Measuring {
    /// Networks of each kernel.
    #[arg(long, default_value = "2000", value_name = "S", requires = "kernels", value_parser = numbers::count::<NonZeroU64>)]
    samples: NonZeroU64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, requires = "kernels", value_parser = numbers::natural::<u64>)]
    seed: u64,
    #[command(flatten)]
    machine: args::Machine,
}

/// A measured value and its standard error.
type Measured = (f64, f64);

/// Local exponents within this of a reading's count as it.
const TOLERANCE: f64 = 0.05;

#[derive(Debug, Serialize)]
struct Report {
    architecture: String,
    /// α of η* ~ k^−α by least squares, in the limit of many channels.
    exponent: f64,
    /// The reading of the published factor q⁻¹ that holds here.
    reading: String,
    width: Option<usize>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    kernel: usize,
    taps: usize,
    mean_squared_change: f64,
    /// Learning rate over that of the first kernel.
    learning_rate: f64,
    /// α from the kernel before to this one.
    exponent: Option<f64>,
    /// B as simulated at the width, and its standard error.
    measured: Option<Measured>,
    /// The same α from the simulated values, and its standard error; a bias of order 1/width is not in it.
    measured_exponent: Option<Measured>,
}

/// Prints the law's exponents for these sides of the kernel; at a finite width also those of simulated networks.
///
/// # Errors
/// A network without kernels, gains that depend on the kernel, sides that cannot be compared, a failed simulation.
pub(super) fn run(
    network: &Network,
    how: &Lowering,
    kernels: &[usize],
    width: Option<NonZeroUsize>,
    measuring: &Measuring,
    json: bool,
) -> Result<(), CliError> {
    let Network::Images(network) = network else { return Err(without_kernels(&network.text())) };
    let law = kernel_exponents(network, how, kernels)?;
    let machine = measuring.machine.parse()?;
    if width.is_some() {
        progress::whole("networks", 0, measuring.samples.get() * law.rows.len() as u64);
    }
    let mut rows: Vec<Row> = Vec::new();
    for (index, at) in law.rows.iter().enumerate() {
        let measured = match width {
            Some(width) => measure(network, how, at.kernel, width, measuring, machine)?,
            None => None,
        };
        let before = rows.last();
        rows.push(Row {
            kernel: at.kernel,
            taps: at.taps,
            mean_squared_change: at.mean_squared_change,
            learning_rate: (law.rows[0].mean_squared_change / at.mean_squared_change).sqrt(),
            exponent: index.checked_sub(1).and_then(|index| law.local.get(index)).copied(),
            measured,
            measured_exponent: before.and_then(|before| measured_exponent(before, at.kernel, measured?)),
        });
    }
    let report = Report {
        architecture: network.to_string(),
        exponent: law.exponent,
        reading: law.reading(TOLERANCE).to_string(),
        width: width.map(NonZeroUsize::get),
        rows,
    };
    if json { output::print_json(&report) } else { show(&report) }
}

fn without_kernels(text: &str) -> CliError {
    let mend = format!("write {}", ConvNetwork::GRAMMAR);
    let (problem, place) = ("it has no kernels".into(), format!("'{text}'"));
    ModelError::Malformed { notation: ConvNetwork::KEYWORD, problem, place, mend }.into()
}

/// B of the last vertex with kernels of this side, as simulated.
fn measure(
    network: &ConvNetwork,
    how: &Lowering,
    kernel: usize,
    width: NonZeroUsize,
    measuring: &Measuring,
    machine: (DeviceChoice, Precision),
) -> Result<Option<Measured>, CliError> {
    let (device, precision) = machine;
    let program = network.with_kernel(kernel)?.lower(how)?;
    // The name of an earlier command: a key is part of the numbers.
    let case = format!("{network} {} k={kernel} n={width}", how.init);
    let key = StreamKey::new("kernel-exponent", case, measuring.seed);
    let plain = Settings::new(width.get(), measuring.samples.get(), key);
    let settings = Settings { device, precision, readout: Readout::Projected, ..plain };
    let simulation = simulate(&program, &settings)?;
    Ok(simulation.nodes.last().map(|node| (node.b.mean(), node.b.standard_error())))
}

/// α between two simulated kernels: half the slope of ln B over ln k.
fn measured_exponent(before: &Row, kernel: usize, to: Measured) -> Option<Measured> {
    let from = before.measured?;
    let step = (kernel as f64 / before.kernel as f64).ln();
    let error = 0.5 * (from.1 / from.0).hypot(to.1 / to.0) / step;
    Some((0.5 * (to.0 / from.0).ln() / step, error))
}

fn show(report: &Report) -> Result<(), CliError> {
    let mut heading = vec!["kernel k", "taps q", "E(Δz)²/η²", "η* over the first", "α from the kernel before"];
    if report.width.is_some() {
        heading.extend(["simulated B/η²", "α as simulated"]);
    }
    let mut table = output::table(&heading);
    for row in &report.rows {
        let mut cells = vec![
            row.kernel.to_string(),
            row.taps.to_string(),
            output::number(row.mean_squared_change),
            output::number(row.learning_rate),
            output::maybe(row.exponent),
        ];
        if report.width.is_some() {
            cells.extend([pair(row.measured), pair(row.measured_exponent)]);
        }
        table.add_row(cells);
    }
    output::print(&report.architecture)?;
    output::print(&table.to_string())?;
    output::print(&format!("α = {} by least squares: {}", output::number(report.exponent), report.reading))
}

fn pair(value: Option<Measured>) -> String {
    value.map_or_else(|| "—".into(), |(mean, error)| format!("{} ± {}", output::number(mean), output::number(error)))
}
