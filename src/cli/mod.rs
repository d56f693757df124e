//! Commands, one file each; this file reads the arguments and turns outcomes into exit codes.

mod args;
mod cells;
mod census;
mod claims;
mod compare;
mod define;
mod domain;
mod field;
mod kernel_exponent;
mod known;
mod law;
mod maxlr;
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
mod steps;
mod stop;
mod survey;
mod table;
mod verify;
mod version;

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
    Rates(#[from] archscale_rates::RatesError),
    #[error(transparent)]
    Output(#[from] archscale_files::FileError),
    #[error("{place}: {problem}")]
    File { place: String, problem: String },
    #[error("{0}")]
    Usage(String),
}

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
    pool.map_err(|error| CliError::Usage(format!("--threads {count}: {error}; give a smaller number")))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command with its own options, by the words that call it.
    fn commands(command: &clap::Command, words: &[String], list: &mut Vec<(Vec<String>, clap::Command)>) {
        list.push((words.to_vec(), command.clone()));
        for next in command.get_subcommands() {
            commands(next, &[words, &[next.get_name().to_string()]].concat(), list);
        }
    }

    #[test]
    fn no_option_refuses_a_value_in_the_words_of_programmers() {
        let mut list = Vec::new();
        commands(&Arguments::command(), &["archscale".to_string()], &mut list);
        let mut refusals = 0;
        for (words, command) in &list {
            for option in command.get_arguments().filter(|option| option.get_action().takes_values()) {
                let Some(long) = option.get_long() else { continue };
                for value in ["x!", "", "-1", "0", "1.5", "1e999", "inf", "0,1", "10%", "99999999999999999999999"] {
                    let given = words.iter().cloned().chain([format!("--{long}={value}")]);
                    let Err(error) = Arguments::read_from(given) else { continue };
                    let text = error.to_string();
                    refusals += usize::from(text.contains("invalid value"));
                    for word in [
                        "invalid digit",
                        "literal",
                        "non-zero type",
                        "parse",
                        "integer",
                        "float",
                        "u64",
                        "usize",
                        "string",
                        "target type",
                    ] {
                        assert!(!text.contains(word), "{words:?} --{long} {value:?} says '{word}': {text}");
                    }
                }
            }
        }
        assert!(refusals > 200, "{refusals}");
    }

    #[test]
    fn words_are_understood_in_capitals_and_unknown_commands_are_compared_with_the_known() {
        for given in
            ["law chain:3 --activation ReLU --convention Post --init HE --width INF", "verify --effort Quick", "claims list"]
        {
            assert!(Arguments::read_from(format!("archscale {given}").split(' ').map(String::from)).is_ok(), "{given}");
        }
        for (given, meant) in [
            ("lwa chain:3", "'law'"),
            ("simulat chain:3", "'simulate'"),
            ("law chain:3 --activation gleu", "did you mean 'gelu'"),
            ("law chain:3 --convention psot", "did you mean 'post'"),
            ("census nb201 --init sorce", "did you mean 'source'"),
            ("law chain:3 --init sorce", "'source'"),
        ] {
            let error =
                Arguments::read_from(format!("archscale {given}").split(' ').map(String::from)).map(drop).unwrap_err();
            assert!(error.to_string().contains(meant), "{given}: {error}");
        }
    }

    #[test]
    fn the_pool_has_as_many_threads_as_were_asked_for() {
        assert!(use_threads(3).is_ok());
        assert_eq!(rayon::current_num_threads(), 3);
    }
}
