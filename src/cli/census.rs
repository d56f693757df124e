use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use archscale_census::{Census, Comparison, Measure, Plan, Subset, Summary, figures};
use archscale_model::{Activation, Convention, InitRule, SearchSpace};
use clap::{Args, Subcommand, ValueEnum};
use rayon::prelude::*;

use super::progress::Teller;
use super::{CliError, Ending, known, numbers, output};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    space: Space,
}

impl Options {
    /// Whether files are written.
    pub(crate) fn writes(&self) -> bool {
        match &self.space {
            Space::Nb201(common) | Space::Cells { common, .. } => common.out.is_some(),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Space {
    /// All 15,625 cells of NAS-Bench-201, average pooling counted as a skip.
    Nb201(Common),
    /// All 3^(K(K+1)/2) published cell codes of K steps.
    Cells {
        /// Number of nodes besides the stem, at most 5.
        #[arg(long, value_name = "K", value_parser = numbers::count::<usize>)]
        steps: usize,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
struct Common {
    /// Only this convention, pre or post; may be given several times.
    #[arg(long, value_parser = known::convention())]
    convention: Vec<Convention>,
    /// Only this initialisation rule: target, source, he or published; may be given several times.
    #[arg(long)]
    init: Vec<InitRule>,
    /// Activation function; leaky ReLU takes its slope below zero, as in leaky:0.1. `archscale --help` lists them.
    #[arg(long, default_value = "relu", value_name = "NAME[:PARAM]", value_parser = known::activation())]
    activation: Activation,
    /// Whose mean squared change sets the exact rate in the table and the figures; the files hold all three.
    #[arg(long, value_enum, default_value = "last")]
    change: Change,
    /// Write census.json, one CSV table and one SVG figure of each law for every convention and rule, into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the summary as JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Change {
    /// The last node.
    Last,
    /// The node on an input–output path whose change is largest.
    Any,
    /// The same, per unit of each node's second moment.
    Relative,
}

impl From<Change> for Measure {
    fn from(change: Change) -> Self {
        match change {
            Change::Last => Self::Last,
            Change::Any => Self::Any,
            Change::Relative => Self::Relative,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let (space, common) = match &options.space {
        Space::Nb201(common) => (SearchSpace::NAS_BENCH_201, common),
        Space::Cells { steps, common } => (SearchSpace::cells(*steps)?, common),
    };
    let mut plan = Plan { activation: common.activation, ..Plan::default() };
    if !common.convention.is_empty() {
        plan.conventions.clone_from(&common.convention);
    }
    if !common.init.is_empty() {
        plan.inits.clone_from(&common.init);
    }
    // Before the work, so that an unusable folder is told at once.
    if let Some(folder) = &common.out {
        std::fs::create_dir_all(folder).map_err(|error| file_error(folder, &error))?;
    }
    let census = Census::take(space, &plan, &Teller)?;
    let summary = census.summary();
    if common.json {
        output::print_json(&summary)?;
    } else {
        show(&summary, common.change.into())?;
    }
    if let Some(folder) = &common.out {
        let files = write(folder, &census, &summary, common.change.into())?;
        if !common.json {
            output::print(&format!("Written: {} files into {}", files, folder.display()))?;
        }
    }
    Ok(Ending::Done)
}

fn file_error(path: &Path, error: &std::io::Error) -> CliError {
    CliError::File { place: path.display().to_string(), problem: format!("cannot be written: {error}") }
}

/// Writes the summary, the tables and the figures; their number.
fn write(folder: &Path, census: &Census, summary: &Summary, measure: Measure) -> Result<usize, CliError> {
    let json = serde_json::to_string_pretty(summary)
        .map_err(|error| CliError::Usage(format!("the summary is no JSON: {error}")))?;
    let save = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| file_error(&path, &error))
    };
    save("census.json", &(json + "\n"))?;
    let counts = (0..census.settings().len()).into_par_iter().map(|setting| {
        let own = census.settings()[setting];
        let path = folder.join(format!("census-{}-{}.csv", own.convention, own.init));
        let table = || {
            let mut out = BufWriter::new(File::create(&path)?);
            census.write_csv(setting, &mut out)?;
            out.flush()
        };
        table().map_err(|error| file_error(&path, &error))?;
        let list = figures(census, setting, measure);
        for (name, figure) in &list {
            save(&format!("{name}.svg"), &figure.svg())?;
        }
        Ok(1 + list.len())
    });
    Ok(1 + counts.collect::<Result<Vec<usize>, CliError>>()?.into_iter().sum::<usize>())
}

fn show(summary: &Summary, measure: Measure) -> Result<(), CliError> {
    for run in &summary.runs {
        output::print(&format!("Convention {}, {} init:", run.convention, run.init))?;
        let mut table = output::table(&["codes", "law", "log corr.", "rank corr.", "max/min", "95 %/5 %"]);
        for subset in Subset::ALL {
            let wanted = |found: &&Comparison| found.measure == measure.to_string() && found.subset == subset;
            for found in run.comparisons.iter().filter(wanted) {
                let Some(agreement) = &found.agreement else { continue };
                let three = |value: Option<f64>| value.map_or_else(|| "—".into(), |value| format!("{value:.3}"));
                table.add_row(vec![
                    format!("{} ({})", subset.name(), found.codes),
                    found.law.to_string(),
                    three(agreement.log_correlation),
                    three(agreement.rank_correlation),
                    format!("{:.2}", agreement.spread),
                    format!("{:.2}", agreement.spread_5_95),
                ]);
            }
        }
        output::print(&table.to_string())?;
    }
    let what = match measure {
        Measure::Last => "the last node's mean squared change",
        Measure::Any => "the largest mean squared change of a node",
        Measure::Relative => "the largest mean squared change of a node per unit second moment",
    };
    output::print(&format!(
        "Exact rate: η with which {what} is 1. max/min and 95 %/5 %: of the exact rate over the law's."
    ))?;
    let laws: Vec<String> = summary.laws.iter().map(|(id, formula)| format!("{id} {formula}")).collect();
    output::print(&format!("Laws: {}", laws.join("; ")))?;
    for note in &summary.notes {
        output::print(&format!("Note: {note}"))?;
    }
    let Summary { codes, no_path, untrained, with_rate, structures, digest, .. } = summary;
    output::print(&format!(
        "{codes} codes: {with_rate} have a rate, of {structures} structures; no path reaches the last node of {no_path}, and \
         skips alone that of {untrained}. Digest {digest}"
    ))?;
    Ok(())
}
