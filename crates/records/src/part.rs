use std::fmt;
use std::str::FromStr;

use archscale_text::Refusal;
use serde::{Deserialize, Serialize};

/// A part of a divided run: every `count`-th of its jobs or cases from the `index`-th on, counted from 1.
///
/// ```
/// use archscale_records::Part;
/// let part: Part = "2/8".parse()?;
/// assert!(part.holds(1) && part.holds(9) && !part.holds(2));
/// assert_eq!(part.to_string(), "2/8");
/// assert!("0/8".parse::<Part>().is_err() && "9/8".parse::<Part>().is_err());
/// # Ok::<(), archscale_text::Refusal>(())
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

    /// Whether the job or case of this number, from 0, belongs to it; none does to a part out of its domain.
    #[must_use]
    pub fn holds(self, number: u64) -> bool {
        number.checked_rem(self.count).is_some_and(|rest| Some(rest) == self.index.checked_sub(1))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Part {
    type Err = Refusal;

    /// Reads `2/8`.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(Refusal::new(format!("'{text}'"), "no part of a run", "write 2/8 for the second of eight")),
        }
    }
}
