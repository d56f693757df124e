use std::collections::HashMap;

use crate::RatesError;
use crate::lines::{Keyed, Lines};

/// Records by their keys, on disk or in memory alone.
#[derive(Debug)]
pub(crate) enum Records<T> {
    Disk(Lines<T>),
    Memory(HashMap<String, T>),
}

impl<T: Keyed> Records<T> {
    /// The record of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        match self {
            Self::Disk(lines) => lines.get(key),
            Self::Memory(known) => known.get(key),
        }
    }

    /// Makes them ready to be added to.
    pub(crate) fn begin(&mut self) -> Result<(), RatesError> {
        match self {
            Self::Disk(lines) => lines.begin(),
            Self::Memory(_) => Ok(()),
        }
    }

    /// Adds a record.
    pub(crate) fn append(&mut self, record: T) -> Result<(), RatesError> {
        match self {
            Self::Disk(lines) => lines.append(record),
            Self::Memory(known) => {
                known.insert(record.key().into(), record);
                Ok(())
            }
        }
    }
}
