use crate::ModelError;
use crate::error::shown;
use crate::graph::check_size;

/// More steps than any published space uses; the code grows with the square.
const STEP_LIMIT: usize = 1_000;

/// How a cell code of one notation is spelled.
pub(crate) struct Spelling {
    pub(crate) notation: &'static str,
    pub(crate) example: &'static str,
    /// Digits run from 0 to this one.
    pub(crate) largest: u8,
    /// What the digits mean, for messages.
    pub(crate) digits: &'static str,
}

impl Spelling {
    /// Reads `2_02_002`: group k holds k digits, one for each earlier node.
    pub(crate) fn parse(&self, code: &str) -> Result<Vec<Vec<u8>>, ModelError> {
        if code.is_empty() {
            return Err(ModelError::empty("the cell code", format!("write one such as {}", self.example)));
        }
        let groups: Vec<&str> = code.split('_').collect();
        check_size("the number of cell steps", groups.len(), STEP_LIMIT)?;
        groups.iter().enumerate().map(|(index, group)| self.group(code, index + 1, group)).collect()
    }

    fn group(&self, code: &str, step: usize, group: &str) -> Result<Vec<u8>, ModelError> {
        let malformed = |problem: String, mend: String| ModelError::Malformed {
            notation: self.notation,
            problem,
            place: format!("group {step} of '{}'", shown(code)),
            mend,
        };
        let row: Vec<u8> = group
            .chars()
            .map(|digit| match digit.to_digit(10) {
                Some(value) if value <= u32::from(self.largest) => Ok(value as u8),
                _ => Err(malformed(format!("'{digit}' is no operation"), format!("use {}", self.digits))),
            })
            .collect::<Result<_, _>>()?;
        if row.len() != step {
            let problem = if row.len() == 1 { "1 digit".into() } else { format!("{} digits", row.len()) };
            return Err(malformed(problem, format!("group {step} holds {step}, one for each earlier node")));
        }
        Ok(row)
    }
}
