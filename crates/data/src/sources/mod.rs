//! Where data come from, one file each.
//!
//! A new source is one file with a [`Source`] constant and one line in [`SOURCES`].

pub mod cifar10;
pub mod digits;
pub mod idx;
mod mnist1d;

use crate::{DataError, Dataset};

/// One source of data: keyword, grammar, loader.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The word before the colon.
    pub keyword: &'static str,
    /// How it is written, for help texts.
    pub grammar: &'static str,
    /// One sentence on what it is and where it comes from.
    pub help: &'static str,
    /// Loads the data from the text after the colon, which is empty if there is none.
    pub load: fn(&str) -> Result<Dataset, DataError>,
}

/// Every source, in the order of the help text.
pub const SOURCES: &[Source] = &[digits::SOURCE, mnist1d::SOURCE, idx::SOURCE, cifar10::SOURCE];

impl Dataset {
    /// Reads `digits`, `mnist1d[:seed=N][,samples=N]`, `idx:IMAGES,LABELS` or `cifar10:PATH[,PATH…]`.
    ///
    /// Inputs are as the source has them; standardisation is a step of its own. Paths are relative to the current folder and
    /// cannot contain a comma.
    ///
    /// # Errors
    /// Unknown keywords, malformed texts, and files that are missing, truncated, foreign or do not match.
    ///
    /// ```
    /// use archscale_data::Dataset;
    /// let digits = Dataset::parse("digits")?;
    /// assert_eq!((digits.len(), digits.shape().sides()), (1797, [8, 8].as_slice()));
    /// assert!(Dataset::parse("digit").is_err());
    /// # Ok::<(), archscale_data::DataError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let text = text.trim();
        let (keyword, rest) = text.split_once(':').unwrap_or((text, ""));
        let source = SOURCES.iter().find(|source| source.keyword == keyword).ok_or_else(|| DataError::UnknownSource {
            found: text.into(),
            expected: SOURCES.iter().map(|source| source.grammar).collect::<Vec<_>>().join(", "),
        })?;
        (source.load)(rest)
    }
}

impl Source {
    /// The error for a text that this source cannot read.
    fn malformed(&self, rest: &str, problem: impl Into<String>) -> DataError {
        DataError::Malformed { text: format!("{}:{rest}", self.keyword), problem: problem.into(), grammar: self.grammar }
    }

    /// The comma-separated paths of a text, none of them empty.
    fn paths<'a>(&self, rest: &'a str) -> Result<Vec<&'a std::path::Path>, DataError> {
        let parts: Vec<&str> = rest.split(',').map(str::trim).collect();
        if parts.contains(&"") {
            return Err(self.malformed(rest, "a path is empty"));
        }
        Ok(parts.into_iter().map(std::path::Path::new).collect())
    }
}
