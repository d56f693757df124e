//! The last words of a command that is stopped from the keyboard.

use super::{CliError, output, progress};

/// Exit code of a command that was stopped, as shells have it.
const STOPPED: i32 = 130;

/// The files that a command leaves behind when it is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// None: all it has to say comes at the end.
    Nothing,
    /// Perhaps some of its files, which are written at the end.
    Parts,
    /// All that was found so far, from which it goes on.
    Progress,
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
