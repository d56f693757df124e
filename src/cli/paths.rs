use archscale_model::{DepthHistogram, InitRule, PathSums};
use serde::Serialize;

use super::{CliError, Ending, args, output};

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
    /// Σ_p w_p; null beyond the range of double precision.
    weighted_paths: Option<f64>,
    weighted_sum_cubed: Option<f64>,
    /// Number of paths of each depth from 0 on; absent where counting them would take too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

pub(crate) fn run(options: &args::Paths) -> Result<Ending, CliError> {
    let architecture = options.architecture.parse()?;
    let init = InitRule::from(options.architecture.rules.init);
    let graph = architecture.graph();
    let sums = PathSums::new(graph, init);
    let finite = |value: f64| value.is_finite().then_some(value);
    let report = PathReport {
        architecture: architecture.text(),
        init: init.to_string(),
        paths: sums.count().to_string(),
        sum_depth: sums.power_sum(1).to_string(),
        sum_squared: sums.power_sum(2).to_string(),
        sum_cubed: sums.power_sum(3).to_string(),
        shortest: sums.shortest(),
        longest: sums.longest(),
        weighted_paths: finite(sums.total_weight()),
        weighted_sum_cubed: finite(sums.weighted_sum_cubed()),
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
    let beyond = "beyond double precision".to_string();
    let mut table = output::table(&["quantity", "value"]);
    for (name, value) in [
        ("input–output paths", output::exact(&report.paths)),
        ("Σ L", output::exact(&report.sum_depth)),
        ("Σ L²", output::exact(&report.sum_squared)),
        ("Σ L³", output::exact(&report.sum_cubed)),
        ("shortest path", report.shortest.to_string()),
        ("longest path", report.longest.to_string()),
        ("Σ w (w = Π C/2)", report.weighted_paths.map_or(beyond.clone(), output::number)),
        ("Σ w L³", report.weighted_sum_cubed.map_or(beyond, output::number)),
    ] {
        table.add_row(vec![name.to_string(), value]);
    }
    output::print(&table.to_string())?;
    if let Some(histogram) = &report.histogram {
        const SHOWN: usize = 40;
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
    Ok(Ending::Done)
}
