use super::{Architecture, Notation};
use crate::error::shown;
use crate::{Graph, ModelError};

pub(crate) const NOTATION: Notation = Notation {
    keyword: "stem",
    grammar: "stem:ARCHITECTURE",
    help: "another architecture with one more trained layer in front of it",
    parse,
};

/// The text of an architecture with a stem.
pub(crate) fn text(inner: &str) -> String {
    format!("{}:{inner}", NOTATION.keyword)
}

/// What stands behind `stem:`, if the text begins so.
pub(crate) fn strip(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix(NOTATION.keyword)?.strip_prefix(':')
}

fn parse(rest: &str) -> Result<Graph, ModelError> {
    refuse_second(rest)?;
    Architecture::parse(rest)?.graph().with_stem()
}

/// A second stem is refused: it would be one more layer of the network, and texts of any depth would have to be followed.
pub(crate) fn refuse_second(inner: &str) -> Result<(), ModelError> {
    if strip(inner).is_none() {
        return Ok(());
    }
    Err(ModelError::Malformed {
        notation: NOTATION.keyword,
        problem: "a second stem".into(),
        place: format!("'{}'", shown(inner)),
        mend: "a network has one stem; write further layers as edges of the architecture".into(),
    })
}
