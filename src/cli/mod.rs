//! Commands, one file each; this file dispatches them and turns outcomes into exit codes.

mod args;
mod cells;
mod census;
mod claims;
mod command;
mod compare;
mod define;
mod domain;
mod error;
mod estimate;
mod field;
mod known;
mod law;
mod layer;
mod maxlr;
mod merge;
mod narrow;
mod numbers;
mod output;
mod paths;
mod plain;
mod progress;
mod report;
mod scale;
mod schema;
mod screen;
mod simulate;
mod simulation;
mod steps;
mod stop;
mod survey;
mod table;
mod verify;
mod version;

use std::process::ExitCode;

use archscale_text::Refusal;
use clap::CommandFactory;

use command::{Arguments, Command};
use error::{CliError, Ending, UNUSABLE};

/// Runs the program on the process's arguments.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::read_from(std::env::args_os()) {
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

/// Everything that works in parallel does so in one pool of threads; this sets its size, before it is used.
fn use_threads(count: usize) -> Result<(), CliError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build_global();
    pool.map_err(|error| Refusal::new("--threads", count, format!("{error}; give a smaller number")).into())
}

fn dispatch(arguments: Arguments) -> Result<Ending, CliError> {
    screen::set(arguments.wide);
    if let Some(threads) = arguments.threads {
        use_threads(threads)?;
    }
    if arguments.citation {
        output::print_unaltered(&archscale_claims::citation(version::COMMIT))?;
        return Ok(Ending::Done);
    }
    let Some(command) = arguments.command else {
        return Err(CliError::Usage(format!("no command was given\n\n{}", Arguments::command().render_help())));
    };
    stop::in_words(command.leaves())?;
    progress::start(command.work());
    match command {
        Command::Verify(options) => verify::run(&options),
        Command::Law(options) => law::run(&options),
        Command::Paths(options) => paths::run(&options),
        Command::Simulate(options) => simulate::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Merge(options) => merge::run(&options),
        Command::Claims(options) => claims::run(&options),
        Command::KernelExponent { words } => Err(law::moved(&words)),
        Command::Steps(options) => steps::run(&options),
        Command::Scale(options) => scale::run(&options),
        Command::Census(options) => census::run(&options),
        Command::Maxlr(options) => maxlr::run(&options),
        Command::Layer(options) => layer::run(&options),
        Command::Schema(options) => schema::run(&options),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "archscale", &mut text);
            output::print_unaltered(&String::from_utf8_lossy(&text))?;
            Ok(Ending::Done)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_has_as_many_threads_as_were_asked_for() {
        assert!(use_threads(3).is_ok());
        assert_eq!(rayon::current_num_threads(), 3);
    }
}
