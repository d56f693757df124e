use super::Notation;
use crate::error::shown;
use crate::{EdgeKind, Graph, ModelError};

pub(crate) const NOTATION: Notation = Notation {
    keyword: "edges",
    grammar: "edges:0-1,1-2,0-2",
    help: "any forward edge list; vertex 0 is the input, the largest the output; 1-2s is a skip, 1-2p a linear map \
           without activation; a matrix beside a skip is written 1-2s,1-3,2-3s, where 2 copies 1",
    parse,
};

fn parse(rest: &str) -> Result<Graph, ModelError> {
    if rest.trim().is_empty() {
        return Err(ModelError::empty("the edge list", "write edges such as edges:0-1,1-2"));
    }
    let edges: Vec<(usize, usize, EdgeKind)> =
        rest.split(',').enumerate().map(|(index, entry)| parse_edge(index, entry.trim())).collect::<Result<_, _>>()?;
    Graph::from_edges(edges, None)
}

fn parse_edge(index: usize, entry: &str) -> Result<(usize, usize, EdgeKind), ModelError> {
    let malformed = |problem: String| ModelError::Malformed {
        notation: "edges",
        problem,
        place: format!("entry {} ('{}')", index + 1, shown(entry)),
        mend: "write each edge as source-target with two vertex numbers, separated by commas; mark a skip by an s behind it"
            .into(),
    };
    let (from, to) = entry.split_once('-').ok_or_else(|| malformed("no '-' between two vertices".into()))?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .then(|| text.parse::<usize>().ok())
            .flatten()
            .ok_or_else(|| malformed(format!("'{}' is not a vertex number", shown(text))))
    };
    let (to, kind) = [EdgeKind::Skip, EdgeKind::Projection]
        .into_iter()
        .find_map(|kind| Some((to.strip_suffix(kind.mark())?, kind)))
        .unwrap_or((to, EdgeKind::Linear));
    Ok((number(from)?, number(to)?, kind))
}
