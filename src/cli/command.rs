//! The command line as a whole: its options, its commands, its help.

use std::ffi::OsString;

use archscale_model::notations::NOTATIONS;
use archscale_model::{Activation, ActivationFamily, ConvNetwork};
use archscale_text::closest;
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::stop::Leaves;
use super::{
    census, claims, compare, law, layer, maxlr, merge, numbers, paths, scale, schema, screen, simulate, steps, verify,
    version,
};

/// Initialisation and largest usable learning rate of an architecture: exact laws, simulation, verdicts.
#[derive(Debug, Parser)]
#[command(name = "archscale", version = version::version(), after_help = after_help(), term_width = screen::help_width())]
pub(crate) struct Arguments {
    /// Print how to cite this software and the paper it examines, as BibTeX.
    #[arg(long)]
    pub(crate) citation: bool,
    /// Print tables with all columns and numbers with all digits, however wide; else they fit the terminal, or COLUMNS or 80 columns.
    #[arg(long, global = true, display_order = LAST)]
    pub(crate) wide: bool,
    /// Threads to work with; all processors unless given. Results do not depend on it.
    #[arg(long, global = true, display_order = LAST, value_name = "N", value_parser = numbers::count::<usize>)]
    pub(crate) threads: Option<usize>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Place in the help of options that every command has: after its own.
const LAST: usize = 900;

impl Arguments {
    /// Reads a command line, its first word the program's name.
    pub(crate) fn read_from<T: Into<OsString> + Clone>(words: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        let matches = lenient(Self::command()).try_get_matches_from(words).map_err(with_suggestion)?;
        Self::from_arg_matches(&matches)
    }
}

/// The same command, with negative numbers read as values wherever a value stands, so that their refusal can say which
/// numbers are taken. Words may have capitals.
fn lenient(command: clap::Command) -> clap::Command {
    command.mut_args(lenient_argument).mut_subcommands(lenient)
}

fn lenient_argument(argument: clap::Arg) -> clap::Arg {
    let has_value = argument.get_action().takes_values();
    argument.allow_negative_numbers(has_value).ignore_case(has_value)
}

/// The error with the command that an unknown one is nearest to, where the parser of arguments found none near enough.
fn with_suggestion(mut error: clap::Error) -> clap::Error {
    if let (Some(ContextValue::String(found)), None) =
        (error.get(ContextKind::InvalidSubcommand), error.get(ContextKind::SuggestedSubcommand))
    {
        let command = Arguments::command();
        let names = command.get_subcommands().filter(|known| !known.is_hide_set()).map(clap::Command::get_name);
        if let Some(meant) = closest(found, names).map(String::from) {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![meant]));
        }
    }
    error
}

/// The ways to write an architecture, as the notations themselves tell them, and the exit codes.
fn after_help() -> String {
    let mut text = String::from("ARCH is one of\n");
    for notation in NOTATIONS {
        text.push_str(&format!("  {}\n      {}\n", notation.grammar, notation.help));
    }
    text.push_str(&format!("  {}\n      {}\n", on_lines(ConvNetwork::GRAMMAR), ConvNetwork::HELP));
    text.push_str("\nActivations:\n");
    for family in ActivationFamily::BUILT_IN {
        text.push_str(&format!("  {:13} {}\n", family.grammar, family.help));
    }
    text.push_str(&format!("  {}\n      {}\n", Activation::EXPRESSION_GRAMMAR, Activation::EXPRESSION_HELP));
    text.push_str(
        "\nExit codes: 0 done, 1 a claim came out otherwise than expected, 2 unusable input or output that cannot be written, \
         3 undecided within the budget, 130 stopped by Ctrl-C.\n\
         Errors and warnings are plain text on standard error, also under --json.\n\
         Numbers may be written 20000, 20_000, 20k or 2e4.\n\
         Example: archscale law chain:4",
    );
    text
}

/// Columns that a line of a grammar may take.
const GRAMMAR_WIDTH: usize = 72;

/// A grammar of `key=value` parts on as many lines as it needs, broken behind commas.
fn on_lines(grammar: &str) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for part in grammar.split_inclusive(',') {
        if column > 0 && column + part.chars().count() > GRAMMAR_WIDTH {
            text.push_str("\n      ");
            column = 0;
        }
        text.push_str(part);
        column += part.chars().count();
    }
    text
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge the claims: simulate, compare with the closed forms, print a verdict for each.
    Verify(verify::Options),
    /// Exact law of one gradient step on an architecture: second moments, A, B, learning rates.
    Law(law::Options),
    /// Path sums over all input–output paths, by dynamic programming.
    Paths(paths::Options),
    /// Monte-Carlo estimates of the same quantities, from networks alone.
    Simulate(simulate::Options),
    /// Hold every learning-rate law on an architecture against simulation.
    Compare(compare::Options),
    /// The command of earlier versions, for the message that says what took its place.
    #[command(hide = true, disable_help_flag = true)]
    KernelExponent {
        /// Its arguments.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Several true gradient steps of wide networks, or the largest learning rate at which they stay bounded.
    Steps(steps::Options),
    /// Learning rate and weights of a network from the tuned learning rate of another, by every law, the recommended one first.
    Scale(scale::Options),
    /// Every cell of a search space: exact learning rates against every path law.
    Census(census::Options),
    /// Maximal learning rates of trained networks: run suites of measurements, score every law on them.
    #[command(after_help = MAXLR)]
    Maxlr(maxlr::Options),
    /// Check a layer of your own, an expression in a file: slopes, kinks, expectations, and its law against simulated networks.
    #[command(after_help = layer::EXAMPLE)]
    Layer(layer::Options),
    /// Join the files of the parts of a divided `verify --arch`.
    Merge(merge::Options),
    /// List the claims, or show one whole.
    Claims(claims::Options),
    /// Print the JSON schema of a file: an architecture, results.json, a suite, a line of measurements.
    Schema(schema::Options),
    /// Print a completion script for a shell.
    #[command(after_help = "Example: archscale completions bash > archscale.bash")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Domain and example of `maxlr`.
const MAXLR: &str = "Domain: networks of vectors or of fields over images, trained on classification data.\n\
                     Example: archscale maxlr run quick --out rates";

impl Command {
    /// The work in words, for the line that shows that the command is at work.
    pub(crate) fn work(&self) -> &'static str {
        match self {
            Self::Verify(_) => "judging claims",
            Self::Law(_) | Self::Scale(_) => "evaluating the laws",
            Self::Paths(_) => "summing over paths",
            Self::Simulate(_) | Self::Compare(_) | Self::Steps(_) => "simulating",
            Self::Census(_) => "reading the search space",
            Self::Maxlr(options) => options.work(),
            Self::Layer(options) => options.work(),
            Self::Merge(_) => "joining files",
            Self::Claims(_) | Self::Schema(_) | Self::Completions { .. } | Self::KernelExponent { .. } => "writing",
        }
    }

    /// Files that are left when it is stopped on the way.
    pub(crate) fn leaves(&self) -> Leaves {
        match self {
            Self::Verify(options) => options.leaves(),
            Self::Maxlr(options) => options.leaves(),
            Self::Merge(_) => Leaves::Parts,
            Self::Census(options) if options.writes() => Leaves::Parts,
            _ => Leaves::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use console::measure_text_width;

    use super::*;

    fn read(given: &str) -> Result<Arguments, clap::Error> {
        Arguments::read_from(format!("archscale {given}").split(' ').map(String::from))
    }

    /// Every command with its own options, by the words that call it.
    fn commands(command: &clap::Command, words: &[String], list: &mut Vec<(Vec<String>, clap::Command)>) {
        list.push((words.to_vec(), command.clone()));
        for next in command.get_subcommands() {
            commands(next, &[words, &[next.get_name().to_string()]].concat(), list);
        }
    }

    fn all_commands() -> Vec<(Vec<String>, clap::Command)> {
        let mut list = Vec::new();
        commands(&Arguments::command(), &["archscale".to_string()], &mut list);
        list
    }

    #[test]
    fn no_option_refuses_a_value_in_the_words_of_programmers() {
        let mut refusals = 0;
        for (words, command) in &all_commands() {
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
            assert!(read(given).is_ok(), "{given}");
        }
        for (given, meant) in [
            ("lwa chain:3", "'law'"),
            ("simulat chain:3", "'simulate'"),
            ("law chain:3 --activation gleu", "did you mean 'gelu'"),
            ("law chain:3 --convention psot", "did you mean 'post'"),
            ("census nb201 --init sorce", "did you mean 'source'"),
            ("law chain:3 --init sorce", "'source'"),
        ] {
            let error = read(given).map(drop).unwrap_err();
            assert!(error.to_string().contains(meant), "{given}: {error}");
        }
    }

    #[test]
    fn every_help_fits_eighty_columns_and_ends_with_an_example() {
        for (words, command) in all_commands().into_iter().filter(|(_, command)| !command.is_hide_set()) {
            let text = command.term_width(80).render_long_help().to_string();
            for line in text.lines() {
                assert!(measure_text_width(line) <= 80, "{words:?}: {line}");
            }
            assert!(text.contains("Example"), "{words:?}: {text}");
        }
    }

    #[test]
    fn the_example_of_a_help_is_a_command_line_that_is_read() {
        let mut read = 0;
        for (words, command) in all_commands() {
            let ends = [command.get_after_help(), command.get_after_long_help()];
            for line in
                ends.into_iter().flatten().flat_map(|end| end.to_string().lines().map(String::from).collect::<Vec<_>>())
            {
                let Some(example) = line.trim().strip_prefix("Example: ") else { continue };
                let given = example.split(" > ").next().unwrap_or_default().split(' ');
                assert!(Arguments::read_from(given).is_ok(), "{words:?}: {example}");
                read += 1;
            }
        }
        assert!(read > 10, "{read}");
    }

    #[test]
    fn what_a_stopped_command_leaves_is_told_by_what_it_writes() {
        let leaves = |given: &str| read(given).ok().and_then(|read| read.command).map(|command| command.leaves());
        assert_eq!(leaves("verify"), Some(Leaves::Nothing));
        assert_eq!(leaves("verify --claim gelu --arch cells:2 --out f"), Some(Leaves::Progress));
        assert_eq!(leaves("maxlr run quick --out f"), Some(Leaves::Progress));
        assert_eq!(leaves("maxlr run quick --out f --dry-run"), Some(Leaves::Nothing));
        assert_eq!(leaves("maxlr cells --out f"), Some(Leaves::Progress));
        assert_eq!(leaves("maxlr report f"), Some(Leaves::Nothing));
        assert_eq!(leaves("maxlr report f --out g"), Some(Leaves::Parts));
        assert_eq!(leaves("census nb201 --out f"), Some(Leaves::Parts));
        assert_eq!(leaves("census nb201"), Some(Leaves::Nothing));
        assert_eq!(leaves("scale --base chain:3 --lr 0.1 chain:4"), Some(Leaves::Nothing));
    }
}
