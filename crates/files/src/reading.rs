//! What is wrong with a file, in the words of its reader.

/// Whether an error says that there is no such file.
#[must_use]
pub fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// What the types of a program are to whoever writes a file.
const WORDS: [(&str, &str); 11] = [
    ("expected f64", "expected a number"),
    ("expected f32", "expected a number"),
    ("expected u64", "expected a whole number from 0"),
    ("expected u32", "expected a whole number from 0"),
    ("expected usize", "expected a whole number from 0"),
    ("expected a sequence", "expected a list"),
    ("expected a map", "expected an object"),
    ("expected a boolean", "expected true or false"),
    ("expected a string", "expected a text"),
    ("invalid type: sequence", "invalid type: list"),
    ("invalid type: map", "invalid type: object"),
];

/// What is wrong, with line and column.
///
/// ```
/// let error = serde_json::from_str::<Vec<f64>>("[1, null]").unwrap_err();
/// assert_eq!(archscale_files::in_words(&error), "invalid type: null, expected a number at line 1 column 8");
/// assert_eq!(archscale_files::in_line(&error), "invalid type: null, expected a number, at column 8");
/// ```
#[must_use]
pub fn in_words(error: &serde_json::Error) -> String {
    let mut text = WORDS.iter().fold(error.to_string(), |text, (from, to)| text.replace(from, to));
    // `expected struct Suite`: the name is one of the program's.
    for kind in ["expected struct ", "expected enum "] {
        if let Some(at) = text.find(kind) {
            let name = at + kind.len();
            let end = text[name..].find(|letter: char| !letter.is_alphanumeric()).map_or(text.len(), |end| name + end);
            let word = if kind.contains("struct") { "expected an object" } else { "expected one of the names it may have" };
            text.replace_range(at..end, word);
        }
    }
    text
}

/// What is wrong with a line of a file that holds one JSON text a line: its reader counts lines, so the place is a column.
#[must_use]
pub fn in_line(error: &serde_json::Error) -> String {
    let text = in_words(error);
    let end = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&end).map_or_else(|| text.clone(), |problem| format!("{problem}, at column {}", error.column()))
}
