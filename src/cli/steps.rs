use std::num::{NonZeroU64, NonZeroUsize};

use archscale_model::Program;
use archscale_sim::{Bound, Breach, LargestRate, Settings, StreamKey, Weights, largest_rates, training_steps};
use archscale_stats::Moments;
use archscale_theory::{ReluDag, finite_moments, spatial_moments, wide_moments};
use clap::Args;
use serde::Serialize;

use super::domain::{Assumes, Training};
use super::{CliError, Ending, args, known, numbers, output, progress, simulate};

#[derive(Debug, Args)]
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
    /// How weights are represented: dense draws them, lazy only the products that the steps need, auto whichever is quicker for a step.
    #[arg(long, default_value = "auto", value_parser = known::method())]
    method: Weights,
    #[command(flatten)]
    machine: args::Machine,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What every report of this command begins with.
#[derive(Debug, Serialize)]
struct Header {
    architecture: String,
    assumes: Assumes,
    width: usize,
    init: String,
    convention: String,
    activation: String,
    seed: u64,
    networks: u64,
    steps: usize,
    /// How weights were represented.
    method: String,
    /// The vertex that is followed, the last before the readout.
    vertex: usize,
    /// E(Δz)²/η² of its first step to first order in η, and the law that gives it.
    first_step_law: f64,
    first_step_source: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StepsReport {
    #[serde(flatten)]
    header: Header,
    eta: f64,
    /// In units of the first-step law's rate.
    eta_times: f64,
    /// η² times the first-step law.
    predicted_first_change: f64,
    initial_squared_residual: simulate::Estimate,
    /// The first step by which some network has diverged; networks that have are left out of the means.
    first_divergence: Option<usize>,
    /// The first step by which every network has diverged; from there on the means are null.
    diverged_at: Option<usize>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    step: usize,
    from_start: simulate::Estimate,
    from_previous: simulate::Estimate,
    squared_residual: simulate::Estimate,
    /// Fraction of networks; they are left out of the means.
    diverged: f64,
}

#[derive(Debug, Serialize)]
struct LargestReport {
    #[serde(flatten)]
    header: Header,
    /// Null where the movement is free.
    movement: Option<f64>,
    groups: usize,
    /// Geometric mean over the groups.
    largest_rate: f64,
    /// Standard error relative to it, from the spread of the groups; null for one group.
    relative_error: Option<f64>,
    /// Smallest and largest over the groups.
    range: [f64; 2],
    /// Groups by what was not bounded just above: diverged, movement, loss.
    breaches: [usize; 3],
    /// (movement/first-step law)^(1/2); at a movement of 1 where it is free.
    first_step_rate: f64,
    /// largest_rate over first_step_rate.
    ratio: f64,
}

/// The mean squared change of the last vertex's first step per unit η², and where it is from.
fn first_step(program: &Program, width: usize) -> Result<(f64, &'static str), CliError> {
    let found = if program.readout_grid().is_some() {
        let law = spatial_moments(program)?;
        (law.nodes.last().map(|at| at.mean_squared_change), "infinite-channel law")
    } else if let Ok(dag) = ReluDag::new(program, "the first-step law") {
        let law = finite_moments::<f64>(&dag, width as u64)?;
        (law.last().map(|at| at.output_part + at.label_part), "exact law at this width")
    } else {
        let law = wide_moments(program)?;
        (law.nodes.last().map(|at| at.mean_squared_change), "infinite-width law")
    };
    match found {
        (Some(change), source) if change.is_normal() && change > 0.0 => Ok((change, source)),
        (Some(change), _) if change != 0.0 => Err(CliError::Usage(
            "the first-step change of the last hidden vertex leaves the range of double precision, so no learning rate can be measured \
             in its units: take --init target, or fewer vertices"
                .into(),
        )),
        (change, _) => Err(CliError::Usage(format!(
            "the last hidden vertex has a first-step change of {}, so no learning rate can be measured in its units: give an architecture \
             with a trained edge before the readout",
            change.map_or_else(|| "nothing".into(), output::number)
        ))),
    }
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
    let (device, precision) = simulate::machine(&options.machine)?;
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
    if options.largest { largest(options, &program, settings, header) } else { follow(options, &program, &settings, header) }
}

/// The table of steps at one learning rate.
fn follow(options: &Options, program: &Program, settings: &Settings, header: Header) -> Result<Ending, CliError> {
    let unit = header.first_step_law.powf(-0.5);
    let eta = options.eta.unwrap_or(options.eta_times * unit);
    let predicted_first_change = eta * eta * header.first_step_law;
    if !predicted_first_change.is_normal() {
        return Err(CliError::Usage(format!(
            "a learning rate of {} makes a first change beyond the range of double precision: take one nearer to the first-step law's, {}",
            output::number(eta),
            output::number(unit)
        )));
    }
    progress::whole("networks", 0, settings.samples);
    let training = training_steps(program, settings, eta, header.steps, &progress::advance)
        .map_err(|error| simulate::with_options(error, options.method, None))?;
    let step_with = |diverged: u64| training.steps.iter().find(|step| step.diverged >= diverged).map(|step| step.step);
    let rows = training.steps.iter().map(|step| {
        let node = step.nodes.last();
        let of = |moments: Option<&Moments>| moments.map_or_else(|| (&Moments::new()).into(), simulate::Estimate::from);
        Row {
            step: step.step,
            from_start: of(node.map(|node| &node.from_start)),
            from_previous: of(node.map(|node| &node.from_previous)),
            squared_residual: (&step.squared_residual).into(),
            diverged: step.diverged as f64 / settings.samples as f64,
        }
    });
    let report = StepsReport {
        eta,
        eta_times: eta / unit,
        predicted_first_change,
        first_divergence: step_with(1),
        diverged_at: step_with(settings.samples),
        initial_squared_residual: (&training.initial_residual).into(),
        rows: rows.collect(),
        header: Header { method: training.method.to_string(), ..header },
    };
    if options.json {
        output::print_json(&report)?;
        return Ok(Ending::Done);
    }
    output::print(&report.header.assumes.to_string())?;
    let mut table =
        output::table(&["t", "E|z_t − z_0|²/n", "first-step law", "E|z_t − z_t−1|²/n", "E(f_t − y)²", "diverged"]);
    table.add_row(vec![
        "0".into(),
        "0".into(),
        "0".into(),
        "0".into(),
        report.initial_squared_residual.text(),
        "0 %".into(),
    ]);
    for row in report.rows.iter().take(report.diverged_at.unwrap_or(usize::MAX)) {
        table.add_row(vec![
            row.step.to_string(),
            row.from_start.text(),
            if row.step == 1 { output::number(report.predicted_first_change) } else { "—".into() },
            row.from_previous.text(),
            row.squared_residual.text(),
            format!("{:.1} %", 100.0 * row.diverged),
        ]);
    }
    output::print(&table.to_string())?;
    output::print(&format!(
        "{}, vertex {}, η = {} = {} times the rate of the {}; {} networks of width {}, {} weights.",
        report.header.architecture,
        report.header.vertex,
        output::number(report.eta),
        output::number(report.eta_times),
        report.header.first_step_source,
        report.header.networks,
        report.header.width,
        report.header.method
    ))?;
    if let Some(sentence) = divergence(&report) {
        output::print(&sentence)?;
    }
    Ok(Ending::Done)
}

/// What to say of networks that diverged.
fn divergence(report: &StepsReport) -> Option<String> {
    let first = report.first_divergence?;
    let bounded = "The same command with --largest in place of the rate finds the largest one that stays bounded.";
    Some(match report.diverged_at {
        Some(step) => format!(
            "Diverged: by step {step} the loss of every network has grown a millionfold or left the range of numbers at this learning rate, \
             so that nothing is left to average. {bounded}"
        ),
        None => format!(
            "Some networks diverged, the first by step {first}; from then on they are left out of the means, which are of the others alone. \
             {bounded}"
        ),
    })
}

/// The search for the largest learning rate.
fn largest(options: &Options, program: &Program, settings: Settings, header: Header) -> Result<Ending, CliError> {
    let groups = options.groups.get();
    let per_group = settings.samples / groups as u64;
    if per_group == 0 {
        return Err(CliError::Usage(format!(
            "--groups {groups} of --networks {} leaves groups without a network: give at least as many networks as groups",
            settings.samples
        )));
    }
    let bound = Bound { steps: header.steps, movement: options.movement };
    let scale = if options.movement.is_finite() { options.movement } else { 1.0 };
    let first_step_rate = (scale / header.first_step_law).sqrt();
    let settings = Settings { samples: per_group, ..settings };
    progress::whole("networks", 0, per_group * groups as u64);
    // Well below where movements add up, so that the search comes from small rates.
    let start = first_step_rate / (4.0 * header.steps as f64);
    let found = largest_rates(program, &settings, bound, start, groups, &progress::advance)
        .map_err(|error| simulate::with_options(error, options.method, None))?;
    let logs: Vec<f64> = found.iter().map(|group| group.rate().ln()).collect();
    let logs = Moments::from_slice(&logs);
    let fold = |start: f64, pick: fn(f64, f64) -> f64| found.iter().map(LargestRate::rate).fold(start, pick);
    let count = |breach: Breach| found.iter().filter(|group| group.breach == breach).count();
    let error = logs.standard_error();
    let report = LargestReport {
        movement: options.movement.is_finite().then_some(options.movement),
        groups,
        largest_rate: logs.mean().exp(),
        relative_error: error.is_finite().then_some(error),
        range: [fold(f64::INFINITY, f64::min), fold(0.0, f64::max)],
        breaches: [Breach::Diverged, Breach::Movement, Breach::Loss].map(count),
        first_step_rate,
        ratio: logs.mean().exp() / first_step_rate,
        header: Header {
            method: found.first().map_or_else(String::new, |group| group.method.to_string()),
            networks: per_group * groups as u64,
            ..header
        },
    };
    if options.json {
        output::print_json(&report)?;
        return Ok(Ending::Done);
    }
    output::print(&report.header.assumes.to_string())?;
    let mut table = output::table(&[
        "steps",
        "largest learning rate",
        "over the groups",
        "first-step law",
        "ratio",
        "bounded by (groups): divergence, movement, loss",
    ]);
    let error = report.relative_error.map_or_else(|| "unknown".into(), |error| format!("{:.1} %", 100.0 * error));
    table.add_row(vec![
        report.header.steps.to_string(),
        format!("{} ± {error}", output::number(report.largest_rate)),
        format!("{} … {}", output::number(report.range[0]), output::number(report.range[1])),
        output::number(report.first_step_rate),
        output::number(report.ratio),
        report.breaches.map(|count| count.to_string()).join(", "),
    ]);
    output::print(&table.to_string())?;
    output::print(&format!(
        "{}: bounded means that at each of {} steps the mean |z_t − z_0|²/n of vertex {} is at most {}, the mean squared residual at most its \
         first value, and no network has diverged. {} groups of {per_group} networks of width {}, {} weights; a group is the same networks at \
         every rate, found to 1 %.",
        report.header.architecture,
        report.header.steps,
        report.header.vertex,
        output::number(options.movement),
        report.groups,
        report.header.width,
        report.header.method
    ))?;
    Ok(Ending::Done)
}
