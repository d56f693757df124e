use std::path::PathBuf;

use thiserror::Error;

/// Why data cannot be read or used, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DataError {
    /// No source of this keyword is registered.
    #[error("unknown data source '{found}': expected one of {expected}")]
    UnknownSource {
        /// The text that was given.
        found: String,
        /// The registered grammars.
        expected: String,
    },
    /// The text after the keyword cannot be read.
    #[error("data source '{text}': {problem}; write {grammar}")]
    Malformed {
        /// The text that was given.
        text: String,
        /// What is wrong with it.
        problem: String,
        /// How the source is written.
        grammar: &'static str,
    },
    /// A file cannot be opened, read or unpacked.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system or the unpacker says.
        problem: String,
    },
    /// A file is not of the format that was asked for.
    #[error("{} is not {expected}: {found}; give another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The format.
        expected: &'static str,
        /// What the file has instead.
        found: String,
    },
    /// A file of the right format has another length than its header or its records say.
    #[error("{}: {expected} bytes are expected ({reason}) but {found} are there; the file is {}", path.display(),
        if found < expected { "truncated: fetch it again" } else { "followed by something else: cut it or fetch it again" })]
    Length {
        /// The file.
        path: PathBuf,
        /// Bytes that the format asks for.
        expected: u64,
        /// Bytes that are there, at least.
        found: u64,
        /// Where the expectation comes from.
        reason: String,
    },
    /// Inputs and labels do not match in number.
    #[error("{inputs} inputs but {labels} labels ({place}): give the two files of one set")]
    Count {
        /// Number of inputs.
        inputs: usize,
        /// Number of labels.
        labels: usize,
        /// Where they come from.
        place: String,
    },
    /// Inputs and labels that make no data set.
    #[error("data set '{name}': {problem}")]
    Invalid {
        /// Its name.
        name: String,
        /// What is wrong and the mend.
        problem: String,
    },
    /// A part of the data that does not exist, or would be empty.
    #[error("data set '{name}' has {len} samples: {problem}")]
    Part {
        /// Its name.
        name: String,
        /// Its number of samples.
        len: usize,
        /// What was asked for and the mend.
        problem: String,
    },
}
