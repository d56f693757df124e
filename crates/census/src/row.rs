use archscale_model::CellCode;
use serde::Serialize;

use crate::survey::has_skip_digit;
use crate::{Census, Class, Outcome, Setting, Structure};

/// What a code comes to, as tables name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It has a learning rate.
    Trained,
    /// Nothing reaches the last node.
    NoPath,
    /// Only skips reach the last node.
    Untrained,
}

impl Status {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trained => "trained",
            Self::NoPath => "no-path",
            Self::Untrained => "untrained",
        }
    }
}

/// One code under one setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// The code.
    pub code: CellCode,
    /// What it comes to.
    pub status: Status,
    /// Whether some digit is a skip or average pooling.
    pub has_skips: bool,
    /// The setting.
    pub setting: Setting,
    /// Its structure and numbers, where it has a learning rate.
    pub numbers: Option<(&'a Structure, &'a Outcome)>,
}

impl Census {
    /// The row of a code; none beyond the space or the settings.
    #[must_use]
    pub fn row(&self, setting: usize, index: u64) -> Option<Row<'_>> {
        let class = *self.classes().get(usize::try_from(index).ok()?)?;
        let code = self.space().code(index)?;
        let (status, numbers) = match class {
            Class::NoPath => (Status::NoPath, None),
            Class::Untrained => (Status::Untrained, None),
            Class::Structure(number) => {
                (Status::Trained, Some((self.structures().get(number as usize)?, self.outcome(number, setting)?)))
            }
        };
        Some(Row { code, status, has_skips: has_skip_digit(&code), setting: *self.settings().get(setting)?, numbers })
    }

    /// The rows of every code under a setting, in order.
    pub fn rows(&self, setting: usize) -> impl Iterator<Item = Row<'_>> {
        (0..self.space().size()).filter_map(move |index| self.row(setting, index))
    }
}
