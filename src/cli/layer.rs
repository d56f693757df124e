//! Layers that a user writes, held against the conformance suite.

use std::path::PathBuf;

use archscale_conformance::{LayerFile, Settings, Suite, Verdict};
use archscale_files::FileError;
use clap::{Args, Subcommand};

use super::{CliError, Ending, numbers, output, progress};

/// The last line of its help.
pub(crate) const EXAMPLE: &str = "Example: archscale layer check examples/layers/gated.json";

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check a layer that a file writes as an expression: its slopes, kinks and Gaussian expectations, the simulator's derivatives
    /// through it, and the infinite-width law against simulated networks.
    ///
    /// Each check also meets a mutant, the layer made wrong by two per cent, which it must refuse. Exit codes: 0 the layer conforms, 1 a
    /// check failed, 2 the file cannot be used, 3 a check is undecided.
    #[command(after_help = EXAMPLE)]
    Check(CheckOptions),
    /// Print the JSON schema of a layer file.
    #[command(after_help = "Example: archscale layer schema")]
    Schema,
}

#[derive(Debug, Args)]
struct CheckOptions {
    /// JSON file of the layer, for instance { "name": "swish", "expression": "x*sigmoid(1.702*x)" }.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = Settings::default().seed, value_parser = numbers::natural::<u64>)]
    seed: u64,
    /// Groups of simulated networks in a pilot at most; the run that is judged may be twice as large.
    #[arg(long, value_name = "N", default_value_t = Settings::default().largest, value_parser = numbers::count::<u64>)]
    groups: u64,
    /// Leave out the check that simulates networks, which takes nearly all the time.
    #[arg(long)]
    no_agreement: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    /// As [`super::command::Command::work`].
    pub(crate) fn work(&self) -> &'static str {
        match self.command {
            What::Check(_) => "checking the layer",
            What::Schema => "writing",
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    match &options.command {
        What::Check(options) => check(options),
        What::Schema => {
            output::print_json(&schemars::schema_for!(LayerFile))?;
            Ok(Ending::Done)
        }
    }
}

fn check(options: &CheckOptions) -> Result<Ending, CliError> {
    let unusable = |problem: String| FileError::new(&options.file, problem);
    let text = std::fs::read_to_string(&options.file).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    let read = LayerFile::read(&text).and_then(|file| file.layer());
    let layer = read.map_err(|error| unusable(error.to_string()))?;
    let settings =
        Settings { seed: options.seed, largest: options.groups, agreement: !options.no_agreement, ..Settings::default() };
    let report = Suite::check_with(&layer, &settings, &progress::StageTeller);
    if options.json {
        output::print_json(&report)?;
    } else {
        output::print(&report.to_string())?;
    }
    Ok(match report.verdict() {
        Verdict::Holds | Verdict::Absent => Ending::Done,
        Verdict::Fails => Ending::Unexpected,
        Verdict::Undecided => Ending::Undecided,
    })
}
