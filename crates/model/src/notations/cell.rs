use super::Assembly;
use super::Notation;
use super::digits::Spelling;
use crate::{EdgeKind, Graph, ModelError};

pub(crate) const NOTATION: Notation = Notation {
    keyword: "cell",
    grammar: "cell:2_02_002",
    help: "a published cell code: node by node, one digit per earlier node; 0 zero, 1 skip, 2 linear",
    parse,
};

pub(crate) const SPELLING: Spelling =
    Spelling { notation: "cell", example: "cell:2_02_002", largest: 2, digits: "0 (zero), 1 (skip) or 2 (linear)" };

/// Node 0 is the stem (input → stem is linear), the readout sits on the last node.
fn parse(code: &str) -> Result<Graph, ModelError> {
    let digits = SPELLING.parse(code)?;
    let mut network = Assembly::new();
    network.cell(digits.len(), |node, source| edge_kind(digits[node - 1][source]))?;
    Ok(network.finish(Vec::new()))
}

/// What a digit of a cell code stands for.
pub(crate) fn edge_kind(digit: u8) -> Option<EdgeKind> {
    match digit {
        0 => None,
        1 => Some(EdgeKind::Skip),
        _ => Some(EdgeKind::Linear),
    }
}
