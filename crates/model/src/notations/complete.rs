use super::{Notation, parse_count};
use crate::{EdgeKind, Graph, ModelError};

/// With more hidden vertices the graph has more than four million edges.
const HIDDEN_LIMIT: usize = 2_800;

pub(crate) const NOTATION: Notation = Notation {
    keyword: "complete",
    grammar: "complete:L",
    help: "all forward edges among input, L hidden vertices and output",
    parse,
};

fn parse(rest: &str) -> Result<Graph, ModelError> {
    let hidden = parse_count("complete", rest, HIDDEN_LIMIT)?;
    Graph::from_edges((0..=hidden).flat_map(|u| (u + 1..=hidden + 1).map(move |v| (u, v, EdgeKind::Linear))), None)
}
