//! Forms in which others write architectures: recognised by their shape, and refused with what to write instead.
//!
//! Each form is one line of a table: its name, and a function that gives the mend when the input is certainly of that form and nothing
//! otherwise. Bytes are looked at first, then the text, then the value that the text stands for.

mod advice;
mod binary;
mod document;
mod edges;
mod literal;
mod text;

use archscale_text::Refusal;
use serde_json::Value;

use crate::ModelError;
use crate::error::shown;

/// Larger files are not searched for a form: what is wrong with them is said by the reader alone.
const SEARCHED: usize = 16 << 20;

/// A form of an input of type `T`.
struct Form<T: ?Sized + 'static> {
    /// With its article, to stand behind "is".
    name: &'static str,
    /// What to write instead; nothing unless the input is certainly of this form.
    mend: fn(&T) -> Option<String>,
}

/// A form that was recognised, and what to write in its place.
struct Found {
    name: &'static str,
    mend: String,
}

impl Found {
    /// The refusal of an architecture in this form, written in `what`.
    fn error(self, what: String) -> ModelError {
        Refusal::new(what, format!("{}, which is not read", self.name), self.mend).into()
    }
}

fn first_of<T: ?Sized>(forms: &[Form<T>], input: &T) -> Option<Found> {
    forms.iter().find_map(|form| Some(Found { name: form.name, mend: (form.mend)(input)? }))
}

fn of_value(value: &Value) -> Option<Found> {
    first_of(document::FORMS, value).or_else(|| first_of(edges::FORMS, value))
}

/// The form of a text, or of the value that it is a literal of.
fn of_text(text: &str) -> Option<Found> {
    first_of(text::FORMS, text).or_else(|| of_value(&literal::value(text)?))
}

/// The error that names the form of an architecture written on the command line; `None` where it has none that is known.
pub(super) fn in_argument(text: &str) -> Option<ModelError> {
    let (keyword, rest) = text.split_once(':').unwrap_or((text, ""));
    let looked_at = match keyword {
        "nas" | "nasnet" => rest,
        // A code without underscores is a misspelt code of this notation.
        "cell" if !rest.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        "edges" if rest.trim_start().starts_with(['[', '(', '{']) => rest,
        _ if super::NOTATIONS.iter().any(|notation| notation.keyword == keyword) => return None,
        _ => text,
    };
    let found = first_of(text::PATHS, looked_at).or_else(|| of_text(looked_at))?;
    Some(found.error(format!("'{}'", shown(looked_at))))
}

/// The error that names the form of a file; `None` where it has none that is known.
pub(super) fn in_file(path: &str, bytes: &[u8]) -> Option<ModelError> {
    if bytes.len() > SEARCHED {
        return None;
    }
    let in_words = || -> Option<Found> {
        let text = std::str::from_utf8(bytes).ok()?;
        match serde_json::from_str(text) {
            Ok(value) => of_value(&value),
            Err(_) => first_of(text::LINES, text).or_else(|| of_text(text)),
        }
    };
    let found = first_of(binary::FORMS, bytes).or_else(in_words)?;
    Some(found.error(format!("file '{}'", shown(path))))
}
