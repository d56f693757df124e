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

/// Reads the lines of a file, one JSON text each; empty ones are passed over.
///
/// ```
/// use std::path::Path;
/// use archscale_records::Reader;
/// let mut reader = Reader::new(Path::new("a.jsonl"), b"\"header\"\n\n[2, 3]\n");
/// assert_eq!(reader.next::<String>("header", "give another file")?.map(|line| line.value).as_deref(), Some("header"));
/// let line = reader.next::<Vec<u8>>("list", "remove the line")?.unwrap();
/// assert_eq!((line.number, line.text, line.value), (3, "[2, 3]", vec![2, 3]));
/// assert!(reader.next::<Vec<u8>>("list", "remove the line")?.is_none());
/// # Ok::<(), archscale_files::FileError>(())
/// ```
#[derive(Debug)]
pub struct Reader<'a> {
    path: &'a Path,
    rest: &'a [u8],
    number: usize,
}

impl<'a> Reader<'a> {
    /// A reader of a file's contents.
    #[must_use]
    pub fn new(path: &'a Path, bytes: &'a [u8]) -> Self {
        Self { path, rest: bytes, number: 0 }
    }

    /// The next line; `None` at the end. `noun` says what it should be, and `mend` what to do where it is none.
    ///
    /// # Errors
    /// A line that is none, with its number and column.
    ///
    /// ```
    /// use std::path::Path;
    /// use archscale_records::Reader;
    /// let refused = Reader::new(Path::new("a.jsonl"), b"[1,\n").next::<Vec<u8>>("list", "remove the line").unwrap_err();
    /// let message = "a.jsonl: line 1: it is no list (EOF while parsing a value, at column 3); remove the line";
    /// assert_eq!(refused.to_string(), message);
    /// ```
    pub fn next<T: DeserializeOwned>(&mut self, noun: &str, mend: &str) -> Result<Option<Line<'a, T>>, FileError> {
        while !self.rest.is_empty() {
            let end = self.rest.iter().position(|&byte| byte == b'\n').map_or(self.rest.len(), |at| at + 1);
            let (line, rest) = self.rest.split_at(end);
            (self.rest, self.number) = (rest, self.number + 1);
            let line = line.trim_ascii_end();
            if !line.is_empty() {
                let text = std::str::from_utf8(line).map_err(|_| self.refuse(noun, "not text", mend))?;
                let value = serde_json::from_str(text).map_err(|error| self.refuse(noun, &in_line(&error), mend))?;
                return Ok(Some(Line { number: self.number, text, value }));
            }
        }
        Ok(None)
    }

    fn refuse(&self, noun: &str, found: &str, mend: &str) -> FileError {
        FileError::new(self.path, format!("line {}: it is no {noun} ({found}); {mend}", self.number))
    }
}

/// All lines of a file that holds one kind of them, as [`Reader::next`] reads them.
///
/// # Errors
/// As [`Reader::next`].
///
/// ```
/// use std::path::Path;
/// use archscale_records::typed;
/// let lines = typed::<Vec<u8>>(Path::new("a.jsonl"), b"[1]\n\n[2, 3]\n", "list", "remove the line")?;
/// assert_eq!((lines.len(), &lines[1].value), (2, &vec![2, 3]));
/// # Ok::<(), archscale_files::FileError>(())
/// ```
pub fn typed<'a, T: DeserializeOwned>(
    path: &'a Path,
    bytes: &'a [u8],
    noun: &str,
    mend: &str,
) -> Result<Vec<Line<'a, T>>, FileError> {
    let mut reader = Reader::new(path, bytes);
    let mut lines = Vec::new();
    while let Some(line) = reader.next(noun, mend)? {
        lines.push(line);
    }
    Ok(lines)
}
