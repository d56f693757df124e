use std::num::{NonZeroU64, NonZeroUsize};

use archscale_model::{ConvNetwork, ModelError, Network};
use archscale_sim::{Readout, Settings, StreamKey};
use archscale_theory::kernel_exponents;
use clap::Args;
use serde::Serialize;

use super::{CliError, Ending, args, numbers, output, progress, simulate};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    architecture: args::Architecture,
    /// Sides of the kernels; those larger than the image are left out.
    #[arg(long, value_delimiter = ',', default_value = "1,3,5,7", value_name = "K,K,…", value_parser = numbers::count::<usize>)]
    kernels: Vec<usize>,
    /// Also measure the exponents by simulating networks of this width.
    #[arg(long, value_name = "N", value_parser = numbers::count::<NonZeroUsize>)]
    width: Option<NonZeroUsize>,
    /// Networks of each kernel.
    #[arg(long, default_value = "2000", value_name = "S", value_parser = numbers::count::<NonZeroU64>)]
    samples: NonZeroU64,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    seed: u64,
    #[command(flatten)]
    machine: args::Machine,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Local exponents within this of a reading's count as it.
const TOLERANCE: f64 = 0.05;

#[derive(Debug, Serialize)]
struct Report {
    architecture: String,
    /// α of η* ~ k^−α by least squares, in the limit of many channels.
    exponent: f64,
    /// What the published factor q⁻¹ comes to here.
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
    measured: Option<(f64, f64)>,
    /// The same α from the simulated values, and its standard error; a bias of order 1/width is not in it.
    measured_exponent: Option<(f64, f64)>,
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let Network::Images(network) = options.architecture.parse()? else {
        let mend = format!("write {}", ConvNetwork::GRAMMAR);
        let problem = "it has no kernels".to_string();
        let place = format!("'{}'", options.architecture.text);
        return Err(ModelError::Malformed { notation: ConvNetwork::KEYWORD, problem, place, mend }.into());
    };
    if matches!(options.architecture.rules.init, args::Init::Keep) {
        return Err(CliError::Usage(
            "--init keep solves the gains for one kernel: take another rule, of target it is a special case".into(),
        ));
    }
    let text = network.to_string();
    let how = options.architecture.rules.lowering(&Network::Images(network.clone()));
    let law = kernel_exponents(&network, &how, &options.kernels)?;
    let (device, precision) = simulate::machine(&options.machine)?;
    if options.width.is_some() {
        progress::whole("networks", 0, options.samples.get() * law.rows.len() as u64);
    }
    let mut rows: Vec<Row> = Vec::new();
    for at in &law.rows {
        let measured = match options.width {
            None => None,
            Some(width) => {
                let program = network.with_kernel(at.kernel)?.lower(&how)?;
                let key = StreamKey::new(
                    "kernel-exponent",
                    format!("{text} {} k={} n={width}", how.init, at.kernel),
                    options.seed,
                );
                let plain = Settings::new(width.get(), options.samples.get(), key);
                let settings = Settings { device, precision, readout: Readout::Projected, ..plain };
                let simulation = simulate::simulate(&program, &settings)?;
                simulation.nodes.last().map(|node| (node.b.mean(), node.b.standard_error()))
            }
        };
        let before = rows.last();
        let step = before.map(|before| (at.kernel as f64 / before.kernel as f64).ln());
        let exponent = rows.len().checked_sub(1).and_then(|index| law.local.get(index)).copied();
        let measured_exponent =
            before.and_then(|before| before.measured).zip(measured).zip(step).map(|((from, to), step)| {
                let error = 0.5 * (from.1 / from.0).hypot(to.1 / to.0) / step;
                (0.5 * (to.0 / from.0).ln() / step, error)
            });
        let learning_rate = (law.rows[0].mean_squared_change / at.mean_squared_change).sqrt();
        rows.push(Row {
            kernel: at.kernel,
            taps: at.taps,
            mean_squared_change: at.mean_squared_change,
            learning_rate,
            exponent,
            measured,
            measured_exponent,
        });
    }
    let reading = law.reading(TOLERANCE).to_string();
    let report =
        Report { architecture: text, exponent: law.exponent, reading, width: options.width.map(NonZeroUsize::get), rows };
    if options.json {
        output::print_json(&report)?;
    } else {
        show(&report)?;
    }
    Ok(Ending::Done)
}

fn show(report: &Report) -> Result<(), CliError> {
    let mut heading = vec!["kernel k", "taps q", "E(Δz)²/η²", "η* over the first", "α from the kernel before"];
    if report.width.is_some() {
        heading.extend(["simulated B/η²", "α as simulated"]);
    }
    let mut table = output::table(&heading);
    for row in &report.rows {
        let show = |value: Option<f64>| value.map_or_else(|| "—".into(), output::number);
        let pair = |value: Option<(f64, f64)>| {
            value.map_or_else(|| "—".into(), |(mean, error)| format!("{} ± {}", output::number(mean), output::number(error)))
        };
        let mut cells = vec![
            row.kernel.to_string(),
            row.taps.to_string(),
            output::number(row.mean_squared_change),
            output::number(row.learning_rate),
            show(row.exponent),
        ];
        if report.width.is_some() {
            cells.extend([pair(row.measured), pair(row.measured_exponent)]);
        }
        table.add_row(cells);
    }
    output::print(&report.architecture)?;
    output::print(&table.to_string())?;
    output::print(&format!("α = {} by least squares: {}", output::number(report.exponent), report.reading))?;
    Ok(())
}
