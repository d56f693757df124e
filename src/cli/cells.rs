//! `maxlr cells`: recipes compared on a sample of cells of NAS-Bench-201.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use archscale_maxlr::cells::{Plan, Progress, Study};
use archscale_train::{Budget, Protocol};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{CliError, Ending, output};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many cells are drawn.
    #[arg(long, default_value_t = 24)]
    count: usize,
    /// Seed of the draw of cells.
    #[arg(long, default_value_t = 1)]
    draw: u64,
    /// Series or images to train on: mnist1d[:seed=N][,samples=N], digits, idx:…, cifar10:….
    #[arg(long, default_value = "mnist1d")]
    data: String,
    /// The cell whose learning rate is searched.
    #[arg(long, default_value = "nas:3_03_003")]
    base: String,
    /// Number of channels.
    #[arg(long, default_value_t = 16)]
    width: usize,
    /// Passes over the training samples.
    #[arg(long, default_value_t = 20)]
    passes: u64,
    /// Samples of a minibatch.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Seeds that every cell is trained from.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u64>,
    /// Share of the cells, best under the first recipe, whose ranks are also compared by themselves.
    #[arg(long, default_value_t = 0.5)]
    top: f64,
    /// Replicates of the bootstrap over cells.
    #[arg(long, default_value_t = 1999)]
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
    let show = Show::new();
    let trained = study.run(&|at| show.update(at))?;
    show.bar.finish_and_clear();
    eprintln!("{trained} trainings done, the others were on record");
    let comparison = study.compare(options.top, options.replicates, BOOTSTRAP)?;
    comparison.write(&options.out)?;
    if options.json {
        output::print_json(&comparison)?;
    } else {
        output::print(&comparison.markdown());
    }
    Ok(Ending::Done)
}

/// A bar for the training under way on a terminal; elsewhere a line from time to time.
struct Show {
    bar: ProgressBar,
    begun: Instant,
    lines: bool,
}

/// Between two lines of a log.
const PAUSE: Duration = Duration::from_secs(20);

impl Show {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} {bar:24} {pos}/{len} steps")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style);
        Self { bar, begun: Instant::now(), lines: !std::io::stderr().is_terminal() }
    }

    fn update(&self, at: &Progress<'_>) {
        let text = format!("[{}/{}] {}", at.number.0, at.number.1, at.text);
        self.bar.set_length(at.training.steps);
        self.bar.set_position(at.training.step);
        if self.lines && self.bar.elapsed() > PAUSE {
            eprintln!("{text}, {} s since the start", self.begun.elapsed().as_secs());
            self.bar.reset_elapsed();
        }
        self.bar.set_message(text);
    }
}
