use std::path::PathBuf;

use archscale_model::did_you_mean;
use archscale_rates::{Choice, Extent, Folder, Part, Suite};
use archscale_train::About;
use clap::{Args, Subcommand};

use super::stop::Leaves;
use super::{CliError, Ending, output, progress};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Train the networks of a suite and write their maximal learning rates, one by one; a run that was stopped goes on.
    ///
    /// A network is an architecture with its initialisation rule, convention and activation, on its data and by its
    /// protocol; one that several groups name is trained once and counts once. A training is one network at one learning
    /// rate from one seed: a network takes one for every rate of its grid and every seed, and more where the grid grows or
    /// is refined.
    #[command(after_help = "Example: archscale maxlr run quick --out rates")]
    Run(RunOptions),
    /// Score every law on the measured networks of a folder: tables, figures, JSON.
    #[command(after_help = "Example: archscale maxlr report rates")]
    Report(super::report::Options),
    /// List the laws that a report scores: formula, what must hold, what is fitted.
    #[command(after_help = "Example: archscale maxlr laws")]
    Laws,
    /// Train a sample of cells of NAS-Bench-201 by several recipes: accuracies, paired gains, rank correlations.
    #[command(after_help = "Example: archscale maxlr cells --count 4 --out cells")]
    Cells(super::cells::Options),
    /// List the suites that the program carries, or print one, to begin a suite of your own.
    #[command(after_help = "Example: archscale maxlr suites quick")]
    Suites {
        /// The suite to print.
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
struct RunOptions {
    /// A carried suite (`archscale maxlr suites`), or the path of a suite's JSON file.
    #[arg(value_name = "SUITE")]
    suite: String,
    /// Folder for the records.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Only these groups of the suite; may be given several times.
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// Only the I-th of K parts of the networks; --take joins the folders.
    #[arg(long, value_name = "I/K")]
    part: Option<Part>,
    /// First take the records that the suite asks for from this folder; may be given several times.
    #[arg(long, value_name = "FOLDER")]
    take: Vec<PathBuf>,
    /// Only say what is left to be done.
    #[arg(long)]
    dry_run: bool,
}

impl Options {
    /// As [`super::command::Command::leaves`].
    pub(crate) fn leaves(&self) -> Leaves {
        match &self.command {
            What::Run(RunOptions { dry_run: false, .. }) | What::Cells(_) => Leaves::Progress,
            What::Report(options) if options.writes() => Leaves::Parts,
            _ => Leaves::Nothing,
        }
    }

    /// As [`super::command::Command::work`].
    pub(crate) fn work(&self) -> &'static str {
        match self.command {
            What::Run(_) | What::Cells(_) => "training",
            What::Report(_) => "scoring the laws, with intervals by bootstrap",
            What::Laws | What::Suites { .. } => "reading laws and suites",
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    match &options.command {
        What::Run(options) => measure(options),
        What::Report(options) => super::report::run(options),
        What::Laws => super::report::laws(),
        What::Cells(options) => super::cells::run(options),
        What::Suites { name } => suites(name.as_deref()),
    }
}

fn suites(name: Option<&str>) -> Result<Ending, CliError> {
    if let Some(name) = name {
        let Some((_, text)) = Suite::CARRIED.iter().find(|(carried, _)| *carried == name) else {
            let names: Vec<&str> = Suite::CARRIED.iter().map(|(carried, _)| *carried).collect();
            let meant = did_you_mean(name, names.iter().copied());
            return Err(CliError::Usage(format!("'{name}' is no carried suite; they are {}{meant}", names.join(", "))));
        };
        output::print_unaltered(text)?;
        return Ok(Ending::Done);
    }
    let mut table = output::table(&["suite", "networks", "groups", "what for"]);
    for (name, text) in Suite::CARRIED {
        let suite = Suite::parse(name, text)?;
        let groups: Vec<&str> = suite.groups.iter().map(|group| group.name.as_str()).collect();
        let networks = Extent::of(suite.jobs()?.iter(), |_| None).networks.to_string();
        table.add_row(vec![(*name).to_string(), networks, groups.join(", "), suite.about.clone()]);
    }
    output::print(&table.to_string())?;
    Ok(Ending::Done)
}

/// The work of a run in words.
fn label(of: &Extent) -> String {
    let all = format!("{} networks of {} architectures", of.networks, of.architectures);
    match (of.measured, of.left()) {
        (_, 0) => format!("{all}: all are measured, nothing is left"),
        (0, _) => format!("{all}: at least {} trainings", of.trainings),
        (measured, left) => format!("{all}: {measured} are measured, {left} are left, at least {} trainings", of.trainings),
    }
}

fn measure(options: &RunOptions) -> Result<Ending, CliError> {
    let suite = Suite::open(&options.suite)?;
    if let Some(unknown) = options.group.iter().find(|name| suite.groups.iter().all(|group| group.name != **name)) {
        let names: Vec<&str> = suite.groups.iter().map(|group| group.name.as_str()).collect();
        let meant = did_you_mean(unknown, names.iter().copied());
        return Err(CliError::Usage(format!(
            "the suite has no group '{unknown}'; its groups are {}{meant}",
            names.join(", ")
        )));
    }
    let chosen = Choice { groups: &options.group, part: options.part.unwrap_or(Part::WHOLE) };
    if options.dry_run {
        let folder = Folder::look(&options.out, suite)?;
        for (groups, job) in folder.left(&chosen) {
            let About { architecture, init, convention, activation, .. } = &job.search.about;
            output::print(&format!("{}: {architecture} {init} {convention} {activation}", groups.join(", ")))?;
        }
        output::print(&label(&folder.extent(&chosen)))?;
        return Ok(Ending::Done);
    }
    // All are read before the folder is made, so that a wrong one leaves nothing behind.
    let others = options.take.iter().map(|other| Folder::open(other)).collect::<Result<Vec<_>, _>>()?;
    let mut folder = Folder::create(&options.out, suite)?;
    for other in &others {
        output::complain(&format!("{} networks taken from {}", folder.take(other)?, other.path().display()));
    }
    output::complain(&label(&folder.extent(&chosen)));
    let measured = archscale_rates::run(&mut folder, &chosen, &|at| {
        let (job, init) = (at.job, &at.job.search.about.init);
        let what = format!("{}: {} {init}, round {},", job.group, job.spec.architecture(), at.round);
        progress::training("networks", at.number, &what, at.training);
    })?;
    let extent = folder.extent(&Choice::ALL);
    let left = extent.left();
    let rest = if left > 0 { format!("; {left} of the suite are left") } else { String::new() };
    output::print(&format!("{measured} networks measured{rest}. Scores: archscale maxlr report {}", options.out.display()))?;
    if extent.without_rate > 0 {
        output::print(&format!(
            "{} of the measured give no learning rate: training diverged or learnt nothing at every rate, or the best lay \
             at an end of the grid also after it grew. The report names them; a wider grid is a new measurement of its \
             networks.",
            extent.without_rate
        ))?;
    }
    Ok(Ending::Done)
}
