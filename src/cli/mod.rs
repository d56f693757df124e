//! Commands, one file each; this file reads the arguments and turns outcomes into exit codes.

mod args;
mod cells;
mod census;
mod claims;
mod compare;
mod kernel_exponent;
mod law;
mod maxlr;
mod output;
mod paths;
mod plain;
mod progress;
mod scale;
mod schema;
mod screen;
mod simulate;
mod steps;
mod survey;
mod table;
mod verify;

use std::process::ExitCode;

use clap::CommandFactory;
use thiserror::Error;

use args::{Arguments, Command};

/// What a command ends with; the numbers are the program's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Done; every claim that was judged came out as expected.
    Done = 0,
    /// A claim came out otherwise than expected.
    Unexpected = 1,
    /// A claim stayed undecided within the budget.
    Undecided = 3,
}

/// Exit code of unusable input.
const UNUSABLE: u8 = 2;

/// Input that cannot be used, as the user should read it.
#[derive(Debug, Error)]
enum CliError {
    #[error(transparent)]
    Model(#[from] archscale_model::ModelError),
    #[error(transparent)]
    Theory(#[from] archscale_theory::TheoryError),
    #[error(transparent)]
    Sim(#[from] archscale_sim::SimError),
    #[error(transparent)]
    Stats(#[from] archscale_stats::StatsError),
    #[error(transparent)]
    Claim(#[from] archscale_claims::ClaimError),
    #[error(transparent)]
    Census(#[from] archscale_census::CensusError),
    #[error(transparent)]
    Maxlr(#[from] archscale_maxlr::MaxlrError),
    #[error("{place}: {problem}")]
    File { place: String, problem: String },
    #[error("{0}")]
    Usage(String),
}

/// Runs the program on the process's arguments.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => {
            return match output::tell(&error) {
                Ok(()) => ExitCode::from(if error.use_stderr() { UNUSABLE } else { 0 }),
                Err(problem) => refused(&problem),
            };
        }
    };
    match dispatch(arguments) {
        Ok(ending) => ExitCode::from(ending as u8),
        Err(error) => refused(&error),
    }
}

fn refused(error: &CliError) -> ExitCode {
    progress::end();
    output::complain(&format!("error: {error}"));
    ExitCode::from(UNUSABLE)
}

fn dispatch(arguments: Arguments) -> Result<Ending, CliError> {
    screen::set(arguments.wide);
    if arguments.citation {
        output::print_unaltered(&archscale_claims::citation())?;
        return Ok(Ending::Done);
    }
    let Some(command) = arguments.command else {
        return Err(CliError::Usage(format!("no command was given\n\n{}", Arguments::command().render_help())));
    };
    progress::start(command.work());
    match command {
        Command::Verify(options) => verify::run(&options),
        Command::Law(options) => law::run(&options),
        Command::Paths(options) => paths::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Merge(options) => survey::merge(&options),
        Command::Claims(options) => claims::run(&options),
        Command::KernelExponent(options) => kernel_exponent::run(&options),
        Command::Steps(options) => steps::run(&options),
        Command::Scale(options) => scale::run(&options),
        Command::Census(options) => census::run(&options),
        Command::Maxlr(options) => maxlr::run(&options),
        Command::Schema(options) => schema::run(&options),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "archscale", &mut text);
            output::print_unaltered(&String::from_utf8_lossy(&text))?;
            Ok(Ending::Done)
        }
    }
}
