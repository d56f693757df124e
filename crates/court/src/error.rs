use std::path::PathBuf;

use archscale_model::ModelError;
use archscale_theory::{LawGap, TheoryError};
use thiserror::Error;

/// Why measurements cannot be read or laws not be judged on them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CourtError {
    /// A file cannot be read or written.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// A line of a file of measurements is no measurement.
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
        /// What is wrong and the mend.
        problem: String,
    },
    /// A measured network that cannot be built.
    #[error("measurement of '{architecture}' in group '{group}': {source}")]
    Model {
        /// Its group.
        group: String,
        /// Its architecture.
        architecture: String,
        /// Why.
        source: Box<ModelError>,
    },
    /// Two measurements of one network in one group.
    #[error(
        "group '{group}' measures '{network}' twice: put the log-rates of all its seeds into one record, so that it counts once"
    )]
    Duplicate {
        /// The group.
        group: String,
        /// The network.
        network: String,
    },
    /// No measurements at all.
    #[error("no measurement was given: a court needs at least {least} architectures in a group")]
    Empty {
        /// The fewest that are accepted.
        least: usize,
    },
    /// Too few architectures for any judgement.
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
    /// Settings outside their domain.
    #[error("{name} = {found}: {mend}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        mend: &'static str,
    },
    /// No candidate of this id is registered.
    #[error("unknown candidate law '{found}': expected one of {expected}")]
    UnknownCandidate {
        /// The id that was asked for.
        found: String,
        /// The registered ids.
        expected: String,
    },
    /// No group of this name was measured.
    #[error("no group '{found}' was measured: expected one of {expected}")]
    UnknownGroup {
        /// The name that was asked for.
        found: String,
        /// The measured groups.
        expected: String,
    },
}

/// Why a candidate law predicts no rate for a network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Gap {
    /// The law itself says why.
    #[error(transparent)]
    Law(#[from] LawGap),
    /// The law reads a covariate that the measurement does not state.
    #[error("the measurement states no covariate '{name}'")]
    Covariate {
        /// The covariate.
        name: String,
    },
    /// The prediction is no positive finite rate.
    #[error("the law predicts {found} here")]
    NotFinite {
        /// What it predicts, in words.
        found: &'static str,
    },
}

impl From<TheoryError> for Gap {
    fn from(error: TheoryError) -> Self {
        Self::Law(LawGap::Unavailable(error))
    }
}
