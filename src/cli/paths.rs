//! `paths`: sums over all input–output paths.

use archscale_model::{DepthHistogram, InitRule, PathSums};
use clap::Args;
use serde::Serialize;

use super::field::Field;
use super::{CliError, Ending, args, output};

/// Domain and example.
const HELP: &str = "Domain: any architecture; a path counts its trained edges that enter hidden vertices.\n\
                    Example: archscale paths complete:8";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    architecture: args::Architecture,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct PathReport {
    architecture: String,
    init: String,
    /// Number of input–output paths.
    paths: String,
    sum_depth: String,
    sum_squared: String,
    sum_cubed: String,
    shortest: usize,
    longest: usize,
    /// Σ_p w_p.
    #[serde(flatten)]
    weighted_paths: Field,
    #[serde(flatten)]
    weighted_sum_cubed: Field,
    /// Number of paths of each depth from 0 on; absent where counting them would take too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let architecture = options.architecture.parse()?;
    let init = InitRule::from(options.architecture.rules.init);
    let graph = architecture.graph();
    let sums = PathSums::new(graph, init);
    let report = PathReport {
        architecture: architecture.text(),
        init: init.to_string(),
        paths: sums.count().to_string(),
        sum_depth: sums.power_sum(1).to_string(),
        sum_squared: sums.power_sum(2).to_string(),
        sum_cubed: sums.power_sum(3).to_string(),
        shortest: sums.shortest(),
        longest: sums.longest(),
        weighted_paths: Field::new("weighted_paths", sums.total_weight()),
        weighted_sum_cubed: Field::new("weighted_sum_cubed", sums.weighted_sum_cubed()),
        histogram: DepthHistogram::new(graph)
            .ok()
            .map(|histogram| histogram.counts().iter().map(ToString::to_string).collect()),
        warnings: architecture.warnings(),
    };
    output::warn(&report.warnings);
    if options.json {
        output::print_json(&report)?;
        return Ok(Ending::Done);
    }
    show(&report)?;
    Ok(Ending::Done)
}

/// Depths of the histogram that are shown.
const SHOWN: usize = 40;

fn show(report: &PathReport) -> Result<(), CliError> {
    let mut table = output::table(&["quantity", "value"]);
    for (name, value) in [
        ("input–output paths", output::exact(&report.paths)),
        ("Σ L", output::exact(&report.sum_depth)),
        ("Σ L²", output::exact(&report.sum_squared)),
        ("Σ L³", output::exact(&report.sum_cubed)),
        ("shortest path", report.shortest.to_string()),
        ("longest path", report.longest.to_string()),
        ("Σ w (w = Π C/2)", report.weighted_paths.text()),
        ("Σ w L³", report.weighted_sum_cubed.text()),
    ] {
        table.add_row(vec![name.to_string(), value]);
    }
    output::print(&table.to_string())?;
    if let Some(histogram) = &report.histogram {
        let mut table = output::table(&["depth L", "paths"]);
        let present = histogram.iter().enumerate().filter(|(_, count)| *count != "0");
        for (depth, count) in present.clone().take(SHOWN) {
            table.add_row(vec![depth.to_string(), output::exact(count)]);
        }
        output::print(&table.to_string())?;
        if present.count() > SHOWN {
            output::print("Deeper ones are in the JSON output (--json).")?;
        }
    }
    Ok(())
}
