use std::path::PathBuf;

use archscale_court::{Measurement, Settings};
use archscale_maxlr::{Choice, Folder, Job, Part, Quantity, Report, Suite};
use archscale_model::did_you_mean;
use clap::{Args, Subcommand, ValueEnum};

use super::stop::Leaves;
use super::{CliError, Ending, numbers, output, progress};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Train the networks of a suite and write their maximal learning rates, one by one; a run that was stopped goes on.
    Run(RunOptions),
    /// Score every law on the measured networks of a folder: tables, figures, JSON.
    Report(ReportOptions),
    /// Train a sample of cells of NAS-Bench-201 by several recipes: accuracies, paired gains, rank correlations.
    Cells(super::cells::Options),
    /// List the suites that the program carries, or print one, to begin a suite of your own.
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
    /// Only say what is to be done.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    /// The rate of smallest training loss.
    Best,
    /// The largest rate that does not diverge.
    Edge,
}

#[derive(Debug, Args)]
struct ReportOptions {
    /// Folder with the records of `maxlr run`, or a file of measurements, one JSON object a line as in a report's
    /// measurements.jsonl: rates that were measured elsewhere.
    #[arg(value_name = "FOLDER|FILE")]
    place: PathBuf,
    /// Which learning rate of a folder's records is judged.
    #[arg(long, value_enum, default_value = "best")]
    of: Of,
    /// Where to write report.md, report.json, measurements.jsonl and the figures; nothing is written unless given.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replicates of the bootstrap.
    #[arg(long, default_value_t = Settings::default().replicates, value_parser = numbers::count::<usize>)]
    replicates: usize,
    /// Seed of the bootstrap and of the folds.
    #[arg(long, default_value_t = Settings::default().seed, value_parser = numbers::natural::<u64>)]
    seed: u64,
    /// Evaluate the exact laws at the measured width instead of in the limit.
    #[arg(long)]
    at_width: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    /// As [`super::args::Command::leaves`].
    pub(crate) fn leaves(&self) -> Leaves {
        match &self.command {
            What::Run(RunOptions { dry_run: false, .. }) | What::Cells(_) => Leaves::Progress,
            What::Report(ReportOptions { out: Some(_), .. }) => Leaves::Parts,
            _ => Leaves::Nothing,
        }
    }

    /// As [`super::args::Command::work`].
    pub(crate) fn work(&self) -> &'static str {
        match self.command {
            What::Run(_) | What::Cells(_) => "training",
            What::Report(_) => "scoring the laws, with intervals by bootstrap",
            What::Suites { .. } => "reading suites",
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    match &options.command {
        What::Run(options) => measure(options),
        What::Report(options) => report(options),
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
        table.add_row(vec![(*name).to_string(), suite.jobs()?.len().to_string(), groups.join(", "), suite.about.clone()]);
    }
    output::print(&table.to_string())?;
    Ok(Ending::Done)
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
        let all = suite.jobs()?;
        let jobs: Vec<&Job> =
            all.iter().enumerate().filter(|(number, job)| chosen.takes(*number, job)).map(|(_, job)| job).collect();
        let trainings: usize = jobs.iter().map(|job| job.measurement.plan.points * job.measurement.plan.seeds.len()).sum();
        for job in &jobs {
            let about = &job.measurement.about;
            output::print(&format!(
                "{}: {} {} {} {}",
                job.group, job.architecture, about.init, about.convention, about.activation
            ))?;
        }
        output::print(&format!("{} networks, at least {trainings} trainings", jobs.len()))?;
        return Ok(Ending::Done);
    }
    // All are read before the folder is made, so that a wrong one leaves nothing behind.
    let others = options.take.iter().map(|other| Folder::open(other)).collect::<Result<Vec<_>, _>>()?;
    let mut folder = Folder::create(&options.out, suite)?;
    for other in &others {
        output::complain(&format!("{} records taken from {}", folder.take(other)?, other.path().display()));
    }
    let (all, missing) = (folder.jobs().len(), folder.missing().count());
    if missing < all {
        output::complain(&format!("{} of {all} networks are measured already", all - missing));
    }
    let measured = archscale_maxlr::run(&mut folder, &chosen, &|at| {
        let (job, init) = (at.job, &at.job.measurement.about.init);
        let what = format!("{}: {} {init}, round {},", job.group, job.architecture, at.round);
        progress::training("networks", at.number, &what, at.training);
    })?;
    let left = folder.missing().count();
    let rest = if left > 0 { format!("; {left} of the suite are left") } else { String::new() };
    output::print(&format!("{measured} networks measured{rest}. Scores: archscale maxlr report {}", options.out.display()))?;
    Ok(Ending::Done)
}

fn report(options: &ReportOptions) -> Result<Ending, CliError> {
    let quantity = match options.of {
        Of::Best => Quantity::Best,
        Of::Edge => Quantity::Edge,
    };
    let settings =
        Settings { replicates: options.replicates, seed: options.seed, at_width: options.at_width, ..Settings::default() };
    let report = if options.place.is_file() {
        let measurements = Measurement::read_file(&options.place).map_err(archscale_maxlr::MaxlrError::from)?;
        Report::judge(options.place.display().to_string(), measurements, settings)?
    } else {
        Report::new(&Folder::open(&options.place)?, quantity, settings)?
    };
    if let Some(path) = &options.out {
        report.write(path)?;
    }
    if options.json {
        output::print_json(&report)?;
    } else {
        output::print_unaltered(&report.markdown())?;
    }
    Ok(Ending::Done)
}
