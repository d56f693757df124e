//! `maxlr cells`: recipes compared on a sample of cells of NAS-Bench-201.

use std::path::{Path, PathBuf};

use archscale_rates::Estimate;
use archscale_rates::cells::{Comparison, Plan, Study};
use archscale_text::fixed;
use archscale_train::{Budget, Protocol};
use clap::Args;

use super::{CliError, Ending, numbers, output, progress};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Number of cells that are drawn.
    #[arg(long, default_value_t = 24, value_parser = numbers::count::<usize>)]
    count: usize,
    /// Seed of the draw of cells.
    #[arg(long, default_value_t = 1, value_parser = numbers::natural::<u64>)]
    draw: u64,
    /// Series or images to train on: mnist1d[:seed=N][,samples=N], digits, idx:…, cifar10:….
    #[arg(long, default_value = "mnist1d")]
    data: String,
    /// The cell whose learning rate is searched.
    #[arg(long, default_value = "nas:3_03_003")]
    base: String,
    /// Number of channels.
    #[arg(long, default_value_t = 16, value_parser = numbers::count::<usize>)]
    width: usize,
    /// Passes over the training samples.
    #[arg(long, default_value_t = 20, value_parser = numbers::count::<u64>)]
    passes: u64,
    /// Samples of a minibatch.
    #[arg(long, default_value_t = 32, value_parser = numbers::count::<usize>)]
    batch: usize,
    /// Seeds that every cell is trained from.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3", value_parser = numbers::natural::<u64>)]
    seeds: Vec<u64>,
    /// Share of the cells, best under the first recipe, whose ranks are also compared by themselves.
    #[arg(long, default_value_t = 0.5, value_parser = numbers::real)]
    top: f64,
    /// Replicates of the bootstrap over cells.
    #[arg(long, default_value_t = 1999, value_parser = numbers::count::<usize>)]
    replicates: usize,
    /// Folder for the records, report.md, report.json and the figure; a run that was stopped goes on.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Seed of the bootstrap.
const BOOTSTRAP: u64 = 1;

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    // Training takes long: what would be refused after it is refused before.
    Comparison::check(options.top, options.replicates)?;
    let plan = Plan::default();
    let protocol = Protocol {
        width: options.width,
        batch: options.batch,
        budget: Budget::Epochs(options.passes),
        ..plan.protocol.clone()
    };
    let plan =
        Plan { data: options.data.clone(), base: options.base.clone(), protocol, seeds: options.seeds.clone(), ..plan };
    let mut study = Study::create(&options.out, plan.with_sample(options.count, options.draw)?)?;
    let outputs = Comparison::outputs(&options.out, study.plan())?;
    let trained = study.run(&|at| progress::training("trainings", at.number, at.text, at.training))?;
    output::complain(&format!("{trained} trainings done, the others were on record"));
    let comparison = study.compare(options.top, options.replicates, BOOTSTRAP)?;
    comparison.write(outputs)?;
    if options.json {
        output::print_json(&comparison)?;
    } else {
        show(&comparison, &options.out)?;
    }
    Ok(Ending::Done)
}

/// The accuracies of every recipe; the page in the folder has the other tables.
fn show(comparison: &Comparison, folder: &Path) -> Result<(), CliError> {
    let (plan, reference) = (&comparison.plan, comparison.scores.first().map_or("", |score| score.recipe.name.as_str()));
    output::print(&format!(
        "{} cells, trained on {}. Test accuracy in %, in brackets 95 % intervals over the draw of cells.",
        plan.cells.len(),
        comparison.data.0
    ))?;
    let above = format!("above {reference}");
    let mut table = output::table(&["recipe", "accuracy", &above, "cells better, worse", "diverged", "runs"]);
    for score in &comparison.scores {
        let (better, worse) = score.better_worse;
        table.add_row(vec![
            score.recipe.name.clone(),
            percent(score.accuracy.as_ref()),
            percent(score.gain()),
            format!("{better}, {worse}"),
            score.diverged.to_string(),
            score.runs.to_string(),
        ]);
    }
    output::print(&table.to_string())?;
    output::print(&format!("Rankings, gaps and every cell: {}", folder.join("report.md").display()))
}

fn percent(of: Option<&Estimate>) -> String {
    let one = |value: f64| fixed(100.0 * value, 1);
    match of.map(|of| (of.value, of.interval)) {
        None => "—".into(),
        Some((value, None)) => one(value),
        Some((value, Some((low, high)))) => format!("{} [{}, {}]", one(value), one(low), one(high)),
    }
}
