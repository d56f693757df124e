use super::{Notation, parse_count};
use crate::{EdgeKind, Graph, ModelError, limits};

pub(crate) const NOTATION: Notation =
    Notation { keyword: "chain", grammar: "chain:L", help: "a multilayer perceptron of L hidden vertices", parse };

fn parse(rest: &str) -> Result<Graph, ModelError> {
    let hidden = parse_count("chain", rest, limits::VERTICES - 2)?;
    Graph::from_edges((0..=hidden).map(|v| (v, v + 1, EdgeKind::Linear)), None)
}
