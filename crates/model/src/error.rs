use std::borrow::Cow;
use std::fmt;

use archscale_text::Refusal;
use thiserror::Error;

use crate::did_you_mean;

/// What is wrong with an architecture, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A name that is unknown, a form that is not read, a size beyond what is accepted, or nothing where something is due.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The text does not follow the grammar of its notation.
    #[error("{notation}: {problem} at {place}; {mend}")]
    Malformed {
        /// The notation whose grammar was broken.
        notation: &'static str,
        /// What was found.
        problem: String,
        /// Where in the text.
        place: String,
        /// The rule, or how to mend it.
        mend: String,
    },
    /// The edges close a cycle.
    #[error("edges form a cycle {cycle}: a network is acyclic, so remove one of these edges")]
    Cycle {
        /// The cycle's vertices, first repeated at the end.
        cycle: String,
    },
    /// An edge runs from a larger to a smaller vertex number.
    #[error("edge {from}-{to} runs backward: every edge must go from a smaller to a larger vertex; {mend}")]
    BackwardEdge {
        /// Source of the edge.
        from: usize,
        /// Target of the edge.
        to: usize,
        /// A renumbering that mends it.
        mend: String,
    },
    /// Two edges were given between the same vertices.
    #[error("edge {from}-{to} is given twice, and parallel edges are not read yet: {mend}")]
    DuplicateEdge {
        /// Source of the edge.
        from: usize,
        /// Target of the edge.
        to: usize,
        /// How to write the network with a vertex between.
        mend: String,
    },
    /// No path joins input and output.
    #[error("no path leads from the input {input} to the output {output}: {mend}")]
    OutputUnreachable {
        /// Name of the input vertex.
        input: String,
        /// Name of the output vertex.
        output: String,
        /// Which vertices the input does reach, and what to add.
        mend: String,
    },
    /// A file could not be read or understood.
    #[error("file '{path}': {problem}")]
    File {
        /// The path as given.
        path: String,
        /// What went wrong, with line and column where known.
        problem: String,
    },
    /// An image, a kernel, a padding, a readout of positions or an input field is unusable.
    #[error("{what}: {problem}; {mend}")]
    Spatial {
        /// What is unusable.
        what: String,
        /// What is wrong with it.
        problem: String,
        /// How to mend it.
        mend: String,
    },
    /// A program refers to an operation that is not there, or is otherwise malformed.
    #[error("operation {op}: {problem}")]
    Program {
        /// Index of the operation.
        op: usize,
        /// What is wrong.
        problem: String,
    },
    /// A family of activations has no such member.
    #[error("activation {keyword}: {problem}")]
    Activation {
        /// The keyword of the family.
        keyword: String,
        /// What is wrong, and what is accepted.
        problem: String,
    },
    /// The text of an expression cannot be read.
    #[error("expression '{text}', column {column}: found {found}; {mend}")]
    Expression {
        /// The text, shortened if it is long.
        text: String,
        /// Where in the text, in letters from 1.
        column: usize,
        /// What was found there.
        found: String,
        /// What is expected, or how to mend it.
        mend: String,
    },
    /// A coordinatewise function is malformed.
    #[error("coordinatewise function '{name}': {problem}")]
    Pointwise {
        /// Its name.
        name: String,
        /// What is wrong, and how to mend it.
        problem: String,
    },
}

impl ModelError {
    /// A name that none of those `expected`, a list of grammars, has.
    pub(crate) fn unknown(what: &str, found: &str, expected: &str) -> Self {
        let mend = format!("expected one of {expected}{}", suggestion(found, expected));
        Refusal::new(format!("{what} '{found}'"), "unknown", mend).into()
    }

    /// Nothing where something is due.
    pub(crate) fn empty(what: impl Into<Cow<'static, str>>, mend: impl Into<Cow<'static, str>>) -> Self {
        Refusal::new(what, "empty", mend).into()
    }

    /// A size beyond what the program accepts.
    pub(crate) fn too_large(what: &'static str, found: impl fmt::Display, limit: usize) -> Self {
        Refusal::new(what, found, format!("at most {limit} are accepted")).into()
    }

    /// An operation that exists in the language of architectures and is not available in some place.
    pub(crate) fn not_yet(what: &str, place: impl fmt::Display, mend: &'static str) -> Self {
        Refusal::new(format!("{what} at {place}"), "not available yet", mend).into()
    }
}

/// The keyword that was most likely meant among grammars as a message lists them; of a keyword that lacks its rest, the grammar.
fn suggestion(found: &str, expected: &str) -> String {
    let keyword = |text| -> &str { str::split(text, ['[', ':']).next().unwrap_or(text) };
    if let Some(grammar) = expected.split(", ").find(|grammar| keyword(grammar) == found) {
        return format!("; did you mean '{grammar}'?");
    }
    did_you_mean(keyword(found), expected.split(", ").map(keyword))
}

/// Texts of users are quoted in messages up to so many characters.
const SHOWN: usize = 60;

/// A text of the user as a message quotes it: in one line, and not too long.
pub(crate) fn shown(text: &str) -> String {
    let text = text.trim();
    let mut line: String = text.chars().take(SHOWN).map(|letter| if is_break(letter) { ' ' } else { letter }).collect();
    if text.chars().nth(SHOWN).is_some() {
        line.push('…');
    }
    line
}

/// Whether a character would break or disturb a line of text.
pub(crate) fn is_break(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// What a reader of JSON found, in one line and in words of JSON.
pub(crate) fn in_words(error: &serde_json::Error) -> String {
    const WORDS: [(&str, &str); 8] = [
        ("invalid type: sequence", "found a list"),
        ("invalid type: map", "found an object"),
        ("invalid type: string", "found the text"),
        ("invalid type: integer", "found the number"),
        ("invalid type: floating point", "found the number"),
        ("invalid value: floating point", "found the number"),
        ("invalid type: boolean", "found"),
        ("invalid length", "found a list of length"),
    ];
    let message = error.to_string().replace(is_break, " ");
    let words = WORDS.iter().find_map(|(terms, words)| Some(format!("{words}{}", message.strip_prefix(terms)?)));
    words.unwrap_or(message)
}
