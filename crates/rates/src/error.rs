use std::path::Path;

use archscale_data::DataError;
use archscale_files::FileError;
use archscale_model::ModelError;
use archscale_text::{Refusal, did_you_mean};
use archscale_train::TrainError;
use thiserror::Error;

/// What kept rates from being measured, read, scored or reported, where, and how to mend it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RatesError {
    /// A suite that cannot be used.
    #[error("suite {place}: {problem}")]
    Suite {
        /// The file, the name of a carried suite, and the group.
        place: String,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// A file or folder that cannot be read or written, holds something else, or is not this command's own.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line of a file of measurements that holds no measurement.
    #[error("line {line} is no measurement: {problem}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A measurement that cannot be used.
    #[error("measurement of '{architecture}' in group '{group}': {problem}")]
    Measurement {
        /// Its group.
        group: String,
        /// Its architecture.
        architecture: String,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// A network that cannot be built.
    #[error("group '{group}', network '{architecture}': {source}")]
    Network {
        /// Its group.
        group: String,
        /// The network.
        architecture: String,
        /// Why.
        source: Box<ModelError>,
    },
    /// A network that cannot be trained.
    #[error("group '{group}', network '{architecture}': {source}")]
    Training {
        /// Its group.
        group: String,
        /// The network.
        architecture: String,
        /// Why.
        source: Box<TrainError>,
    },
    /// Cells that cannot be compared.
    #[error("{place}: {problem}")]
    Cells {
        /// The setting, recipe or cell.
        place: String,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// Two measurements of one network in one group.
    #[error(
        "group '{group}' measures '{network}' twice: put the log-rates of all its seeds into one record, so that it counts \
         once"
    )]
    Duplicate {
        /// The group.
        group: String,
        /// The network.
        network: String,
    },
    /// No measurements at all.
    #[error("no measurement was given: scores need at least {least} architectures in a group")]
    Empty {
        /// The fewest that are accepted.
        least: usize,
    },
    /// Too few architectures for any score.
    #[error("{found} architectures where at least {least} are needed: measure more of them")]
    TooFew {
        /// Architectures on which the law predicts.
        found: usize,
        /// The fewest that are accepted.
        least: usize,
    },
    /// A law that predicts one rate for all architectures.
    #[error("the law predicts the same rate for all {architectures} architectures: no correlation exists")]
    ConstantPrediction {
        /// Number of architectures.
        architectures: usize,
    },
    /// A law that must take its constant from a base network and predicts nothing there.
    #[error("law '{law}' predicts no rate for the base network: declare a base for which it does")]
    NoBase {
        /// The law.
        law: String,
    },
    /// A law that misses no measured rate by more than rounding.
    #[error("law '{law}' misses no measured rate: a ratio to it has no value")]
    Exact {
        /// The law.
        law: String,
    },
    /// Measured rates without any spread.
    #[error("all {architectures} measured rates are equal: no correlation exists; refine or widen the grid of rates")]
    ConstantMeasurement {
        /// Number of architectures.
        architectures: usize,
    },
    /// No architecture has two seeds.
    #[error("every architecture has one seed: the noise and with it the ceiling are unknown; run at least two seeds each")]
    OneSeed,
    /// A setting outside its domain.
    #[error(transparent)]
    Setting(#[from] Refusal),
    /// No law of this id is registered.
    #[error("unknown law '{found}': expected one of {expected}{}", did_you_mean(found, expected.split(", ")))]
    UnknownLaw {
        /// The id that was asked for.
        found: String,
        /// The registered ids.
        expected: String,
    },
    /// No group of this name was measured.
    #[error("no group '{found}' was measured: expected one of {expected}{}", did_you_mean(found, expected.split(", ")))]
    UnknownGroup {
        /// The name that was asked for.
        found: String,
        /// The measured groups.
        expected: String,
    },
    /// Data that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A value that cannot be written as JSON.
    #[error("it cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl RatesError {
    pub(crate) fn file(path: &Path, problem: impl ToString) -> Self {
        Self::File(FileError { path: path.into(), problem: problem.to_string() })
    }
}
