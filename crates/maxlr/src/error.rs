use std::path::PathBuf;

use archscale_court::CourtError;
use archscale_data::DataError;
use archscale_files::FileError;
use archscale_model::ModelError;
use archscale_train::TrainError;
use thiserror::Error;

/// What kept a suite from being read, run or reported, where, and how to mend it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MaxlrError {
    /// A suite that is none.
    #[error("suite {place}: {problem}")]
    Suite {
        /// The file, the name of a carried suite, and the group.
        place: String,
        /// What is wrong, and the mend.
        problem: String,
    },
    /// A file that cannot be read or written, or holds something else.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
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
    /// A file or folder that cannot be written, or is not this command's own.
    #[error(transparent)]
    Output(#[from] FileError),
    /// Data that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Measurements that cannot be judged.
    #[error(transparent)]
    Court(#[from] CourtError),
    /// A value that cannot be written as JSON.
    #[error("it cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl MaxlrError {
    pub(crate) fn file(path: &std::path::Path, problem: impl ToString) -> Self {
        Self::File { path: path.into(), problem: problem.to_string() }
    }
}
