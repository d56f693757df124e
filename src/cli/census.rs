//! `census`: exact rates and every law over all cells of a search space.

use std::path::PathBuf;

use archscale_census::{Census, Comparison, Measure, PathLaw, Plan, RunSummary, Subset, Summary, figures, space_name};
use archscale_files::Outputs;
use archscale_model::{Activation, Convention, InitRule, SearchSpace};
use archscale_text::fixed;
use clap::{Args, Subcommand, ValueEnum};
use rayon::prelude::*;

use super::progress::StageTeller;
use super::table::Table;
use super::{CliError, Ending, known, numbers, output};

/// Domain and example.
const HELP: &str = "\
    Domain: the limit of infinite width, for cells whose last node a trained path reaches; others are \
    counted apart.\n\
    Example: archscale census cells --steps 2";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(subcommand)]
    space: Space,
}

impl Options {
    /// True where files are written.
    pub(crate) fn writes(&self) -> bool {
        match &self.space {
            Space::Nb201(common) | Space::Cells { common, .. } => common.out.is_some(),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Space {
    /// All 15,625 cells of NAS-Bench-201, average pooling counted as a skip.
    #[command(after_help = "Example: archscale census nb201 --init published --out census")]
    Nb201(Common),
    /// All 3^(K(K+1)/2) published cell codes of K steps.
    #[command(after_help = "Example: archscale census cells --steps 2")]
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
    /// Node whose mean squared change sets the exact rate in the table and the figures; the files hold all three.
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
    let measure = Measure::from(common.change);
    // Before the work, so that an unusable folder is told at once.
    let outputs = match &common.out {
        Some(folder) => {
            let subject = format!("{}, {}, change {measure}", space_name(space), plan.activation);
            let tables = plan
                .conventions
                .iter()
                .flat_map(|convention| plan.inits.iter().map(move |init| table_name(*convention, *init)));
            Some(Outputs::open(folder, "archscale census", &subject, &[vec![SUMMARY.into()], tables.collect()].concat())?)
        }
        None => None,
    };
    let census = Census::take(space, &plan, &StageTeller)?;
    let summary = census.summary();
    if common.json {
        output::print_json(&summary)?;
    } else {
        show(space, &summary, measure)?;
    }
    if let Some(outputs) = outputs {
        let place = outputs.path().display().to_string();
        let files = write(outputs, &census, &summary, measure)?;
        if !common.json {
            output::print(&format!("Written: {files} files into {place}"))?;
        }
    }
    Ok(Ending::Done)
}

/// Name of the summary's file.
const SUMMARY: &str = "census.json";

/// Name of the table's file.
fn table_name(convention: Convention, init: InitRule) -> String {
    format!("census-{convention}-{init}.csv")
}

/// Writes the summary, the tables and the figures; their number.
fn write(outputs: Outputs, census: &Census, summary: &Summary, measure: Measure) -> Result<usize, CliError> {
    let json = serde_json::to_string_pretty(summary)
        .map_err(|error| CliError::Usage(format!("the summary is no JSON: {error}")))?;
    outputs.write(SUMMARY, |out| writeln!(out, "{json}"))?;
    (0..census.settings().len()).into_par_iter().try_for_each(|setting| {
        let own = census.settings()[setting];
        outputs.write(&table_name(own.convention, own.init), |mut out| census.write_csv(setting, &mut out))?;
        figures(census, setting, measure).iter().try_for_each(|(name, figure)| {
            outputs.write(&format!("{name}.svg"), |out| out.write_all(figure.svg().as_bytes()))
        })
    })?;
    Ok(outputs.finish()?)
}

fn show(space: SearchSpace, summary: &Summary, measure: Measure) -> Result<(), CliError> {
    let Summary { codes, with_rate, .. } = summary;
    output::print(&format!(
        "{}: {with_rate} of {codes} codes have a rate. A row is a law on a set of codes, whose number stands beside it; there is a table \
         for each convention and initialisation.",
        space_name(space)
    ))?;
    for run in &summary.runs {
        output::print(&format!("Convention {}, {} init:", run.convention, run.init))?;
        output::print(&table(run, space, measure).to_string())?;
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

fn three(value: Option<f64>) -> String {
    value.map_or_else(|| "—".into(), |value| fixed(value, 3))
}

/// A row for every law on every set of codes.
fn table(run: &RunSummary, space: SearchSpace, measure: Measure) -> Table {
    let mut table = output::table(&["codes", "law", "log corr.", "rank corr.", "max/min", "95 %/5 %"]);
    for subset in Subset::ALL {
        let wanted = |found: &&Comparison| found.measure == measure.to_string() && found.subset == subset;
        for found in run.comparisons.iter().filter(wanted) {
            let Some(agreement) = &found.agreement else { continue };
            table.add_row(vec![
                format!("{} ({})", subset.name(), found.codes),
                PathLaw::ALL.iter().find(|law| law.id() == found.law).map_or(found.law, |law| law.title(space)).to_string(),
                three(agreement.log_correlation),
                three(agreement.rank_correlation),
                fixed(agreement.spread, 2),
                fixed(agreement.spread_5_95, 2),
            ]);
        }
    }
    table
}
