//! `steps --largest`: the largest learning rate at which training stays bounded.

use archscale_model::Program;
use archscale_sim::{Bound, Breach, LargestRate, Settings, largest_rates};
use archscale_stats::Moments;
use archscale_text::{Refusal, fixed};
use serde::Serialize;

use super::super::simulation::with_options;
use super::super::{CliError, output, progress};
use super::header::Header;

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

/// Prints the largest learning rate that stays bounded.
///
/// # Errors
/// Fewer networks than groups, a bound that is not positive, a failed simulation.
pub(super) fn run(
    movement: f64,
    groups: usize,
    program: &Program,
    settings: Settings,
    header: Header,
    json: bool,
) -> Result<(), CliError> {
    let per_group = settings.samples / groups as u64;
    if per_group == 0 {
        let found = format!("{groups}, of {} networks", settings.samples);
        return Err(Refusal::new("--groups", found, "give at least as many networks as groups").into());
    }
    let bound = Bound { steps: header.steps, movement };
    let scale = if movement.is_finite() { movement } else { 1.0 };
    let first_step_rate = (scale / header.first_step_law).sqrt();
    let settings = Settings { samples: per_group, ..settings };
    progress::whole("networks", 0, per_group * groups as u64);
    // Well below where movements add up, so that the search comes from small rates.
    let start = first_step_rate / (4.0 * header.steps as f64);
    let found = largest_rates(program, &settings, bound, start, groups, &progress::advance)
        .map_err(|error| with_options(error, settings.method, None))?;
    let logs: Vec<f64> = found.iter().map(|group| group.rate().ln()).collect();
    let logs = Moments::from_slice(&logs);
    let fold = |start: f64, pick: fn(f64, f64) -> f64| found.iter().map(LargestRate::rate).fold(start, pick);
    let count = |breach: Breach| found.iter().filter(|group| group.breach == breach).count();
    let error = logs.standard_error();
    let report = LargestReport {
        movement: movement.is_finite().then_some(movement),
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
    if json { output::print_json(&report) } else { show(&report, per_group) }
}

fn show(report: &LargestReport, per_group: u64) -> Result<(), CliError> {
    output::print(&report.header.assumes.to_string())?;
    let mut table = output::table(&[
        "steps",
        "largest learning rate",
        "over the groups",
        "first-step law",
        "ratio",
        "bounded by (groups): divergence, movement, loss",
    ]);
    let error = report.relative_error.map_or_else(|| "unknown".into(), |error| format!("{} %", fixed(100.0 * error, 1)));
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
        output::number(report.movement.unwrap_or(f64::INFINITY)),
        report.groups,
        report.header.width,
        report.header.method
    ))?;
    Ok(())
}
