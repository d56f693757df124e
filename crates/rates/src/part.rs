use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A part of a divided run: every `count`-th of its jobs or cases from the `index`-th on, counted from 1.
///
/// ```
/// use archscale_rates::Part;
/// let part: Part = "2/8".parse()?;
/// assert!(part.holds(1) && part.holds(9) && !part.holds(2));
/// assert!("0/8".parse::<Part>().is_err() && "9/8".parse::<Part>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 1 to `count`.
    pub index: u64,
    /// Number of parts.
    pub count: u64,
}

impl Part {
    /// The whole.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Whether the job or case of this number, from 0, belongs to it.
    #[must_use]
    pub fn holds(self, number: u64) -> bool {
        number % self.count == self.index - 1
    }
}

impl FromStr for Part {
    type Err = String;

    /// Reads `2/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().ok();
        match text.split_once('/').map(|(index, count)| (number(index), number(count))) {
            Some((Some(index), Some(count))) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(format!("'{text}' is no part of a run: write 2/8 for the second of eight")),
        }
    }
}
