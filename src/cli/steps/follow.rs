//! `steps`: gradient steps at one learning rate.

use archscale_model::Program;
use archscale_sim::{Settings, Training, TrainingStep, training_steps};
use archscale_stats::Moments;
use archscale_text::fixed;
use serde::Serialize;

use super::super::estimate::Estimate;
use super::super::simulation::with_options;
use super::super::{CliError, output, progress};
use super::header::Header;

/// The learning rate that the user gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rate {
    Value(f64),
    /// In units of the first-step law's.
    Times(f64),
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
    initial_squared_residual: Estimate,
    /// The first step by which some network has diverged; networks that have are left out of the means.
    first_divergence: Option<usize>,
    /// The first step by which every network has diverged; from there on the means are null.
    diverged_at: Option<usize>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    step: usize,
    from_start: Estimate,
    from_previous: Estimate,
    squared_residual: Estimate,
    /// Fraction of networks; they are left out of the means.
    diverged: f64,
}

impl Row {
    /// The step of so many networks.
    fn new(step: &TrainingStep, networks: u64) -> Self {
        let node = step.nodes.last();
        Self {
            step: step.step,
            from_start: estimate(node.map(|node| &node.from_start)),
            from_previous: estimate(node.map(|node| &node.from_previous)),
            squared_residual: (&step.squared_residual).into(),
            diverged: step.diverged as f64 / networks as f64,
        }
    }
}

fn estimate(moments: Option<&Moments>) -> Estimate {
    moments.map_or_else(|| (&Moments::new()).into(), Estimate::from)
}

/// Prints the steps at one learning rate.
///
/// # Errors
/// A rate whose first change no double holds, a failed simulation.
pub(super) fn run(rate: Rate, program: &Program, settings: &Settings, header: Header, json: bool) -> Result<(), CliError> {
    let unit = header.first_step_law.powf(-0.5);
    let eta = match rate {
        Rate::Value(eta) => eta,
        Rate::Times(factor) => factor * unit,
    };
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
        .map_err(|error| with_options(error, settings.method, None))?;
    let report = StepsReport {
        eta,
        eta_times: eta / unit,
        predicted_first_change,
        first_divergence: diverged_step(&training, 1),
        diverged_at: diverged_step(&training, settings.samples),
        initial_squared_residual: (&training.initial_residual).into(),
        rows: training.steps.iter().map(|step| Row::new(step, settings.samples)).collect(),
        header: Header { method: training.method.to_string(), ..header },
    };
    if json { output::print_json(&report) } else { show(&report) }
}

/// The first step by which so many networks have diverged.
fn diverged_step(training: &Training, networks: u64) -> Option<usize> {
    training.steps.iter().find(|step| step.diverged >= networks).map(|step| step.step)
}

fn show(report: &StepsReport) -> Result<(), CliError> {
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
            format!("{} %", fixed(100.0 * row.diverged, 1)),
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
    if let Some(sentence) = divergence(report) {
        output::print(&sentence)?;
    }
    Ok(())
}

/// A sentence on networks that diverged; nothing where none has.
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
