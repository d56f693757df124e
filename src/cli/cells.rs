//! `maxlr cells`: recipes compared on a sample of cells of NAS-Bench-201.

use std::path::PathBuf;

use archscale_rates::cells::{Comparison, Plan, Study};
use archscale_train::{Budget, Protocol};
use clap::Args;

use super::{CliError, Ending, numbers, output, progress};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many cells are drawn.
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
        output::print_unaltered(&comparison.markdown())?;
    }
    Ok(Ending::Done)
}
