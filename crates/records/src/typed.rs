use std::path::Path;

use archscale_files::{FileError, in_line};
use serde::de::DeserializeOwned;

/// A line of a file and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a, T> {
    /// Its number, from 1.
    pub number: usize,
    /// As written, without line break. It is what a digest covers.
    pub text: &'a str,
    /// What it says.
    pub value: T,
}

/// The lines of a file, one JSON text each; empty ones are passed over. `noun` says what a line should be, with its article, and
/// `mend` what to do where it is not.
///
/// # Errors
/// The first line that is none, with its number and column.
///
/// ```
/// use std::path::Path;
/// use archscale_records::typed;
/// let lines = typed::<Vec<u8>>(Path::new("a.jsonl"), b"[1]\n\n[2, 3]\n", "a list", "remove the line")?;
/// assert_eq!((lines.len(), lines[1].number, lines[1].text, &lines[1].value), (2, 3, "[2, 3]", &vec![2, 3]));
/// let refused = typed::<Vec<u8>>(Path::new("a.jsonl"), b"[1]\n{}\n", "a list", "remove the line").unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "a.jsonl: line 2: it is not a list (invalid type: object, expected a list, at column 0); remove the line"
/// );
/// # Ok::<(), archscale_files::FileError>(())
/// ```
pub fn typed<'a, T: DeserializeOwned>(
    path: &Path,
    bytes: &'a [u8],
    noun: &str,
    mend: &str,
) -> Result<Vec<Line<'a, T>>, FileError> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        let refused = |found: String| FileError {
            path: path.into(),
            problem: format!("line {number}: it is not {noun} ({found}); {mend}"),
        };
        let text = std::str::from_utf8(line).map_err(|_| refused("no text".into()))?.trim_end_matches('\r');
        if !text.trim_ascii().is_empty() {
            let value = serde_json::from_str(text).map_err(|error| refused(in_line(&error)))?;
            lines.push(Line { number, text, value });
        }
    }
    Ok(lines)
}
