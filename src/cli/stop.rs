//! What a command says when it is stopped from the keyboard.

use super::args::{Command, Verify};
use super::{CliError, output, progress};

/// Exit code of a command that was stopped, as shells have it.
const STOPPED: i32 = 130;

/// What a command that was stopped has left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// Nothing: all it has to say comes at the end.
    Nothing,
    /// Perhaps some of its files, which are written at the end.
    Parts,
    /// What was found so far, from which it goes on.
    Progress,
}

impl Command {
    /// What is left when it is stopped on the way.
    pub(crate) fn leaves(&self) -> Leaves {
        match self {
            Self::Verify(options) if !options.arch.is_empty() => Leaves::Progress,
            Self::Maxlr(options) => options.leaves(),
            Self::Verify(Verify { out: Some(_), .. }) | Self::Merge(_) => Leaves::Parts,
            Self::Census(options) if options.writes() => Leaves::Parts,
            _ => Leaves::Nothing,
        }
    }
}

impl Leaves {
    fn farewell(self) -> &'static str {
        match self {
            Self::Nothing => "stopped; nothing was written",
            Self::Parts => "stopped; files under --out may be missing or not whole: run the same command again",
            Self::Progress => "stopped; the same command goes on where it ended",
        }
    }
}

/// From now on Ctrl-C ends the command with a word on what is left of it.
pub(crate) fn in_words(leaves: Leaves) -> Result<(), CliError> {
    let stop = move || {
        progress::end();
        output::complain(leaves.farewell());
        std::process::exit(STOPPED);
    };
    ctrlc::set_handler(stop).map_err(|error| CliError::Usage(format!("Ctrl-C cannot be waited for: {error}")))
}

#[cfg(test)]
mod tests {
    use super::super::args::Arguments;
    use super::*;

    #[test]
    fn what_a_stopped_command_leaves_is_told_by_what_it_writes() {
        let leaves = |given: &str| {
            let words = format!("archscale {given}");
            Arguments::read_from(words.split(' ').map(String::from))
                .ok()
                .and_then(|read| read.command)
                .map(|command| command.leaves())
        };
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
