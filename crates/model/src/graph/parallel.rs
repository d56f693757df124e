//! Networks with several edges between the same two vertices, written with a vertex that copies their source.

use super::kind::{EdgeKind, describe_vertices};

/// Longer lists of edges are not written out in a message.
const WRITTEN: usize = 48;

/// Source, target, kind.
type Edge = (usize, usize, EdgeKind);

/// How to write a network in which edge `from`-`to` is given twice.
///
/// **Statement.** In the conventions pre and post a vertex d whose only in-edge is a skip from u holds the vector of u, so that an edge
/// from d carries what one from u would. The vertices behind it are numbered anew.
///
/// **Domain.** u is hidden, since no skip leaves the input. In the convention preact a skip carries σ(z), and σ(σ(z)) = σ(z) is needed:
/// ReLU. Under the source rule an edge from d has the in-degree of d, 1; a skip has no gain and is moved first.
pub(super) fn mend(edges: &[Edge], from: usize, to: usize, output: Option<usize>) -> String {
    if from == 0 {
        return "no skip can leave vertex 0 to copy the input, so give it one edge, or put hidden vertices on the two ways"
            .into();
    }
    let rule = || {
        format!(
            "lead one of them through a new vertex V between them that copies vertex {from}, by {from}-Vs and V-{to}, \
             which takes the mark of the edge"
        )
    };
    let last = edges.iter().map(|edge| edge.1).max();
    if edges.len() > WRITTEN || output.is_some_and(|output| Some(output) != last) {
        return rule();
    }
    let Some((list, copies)) = with_copies(edges) else { return rule() };
    let text: Vec<String> = list.iter().map(|(from, to, kind)| format!("{from}-{to}{}", kind.mark())).collect();
    let new = describe_vertices(&copies);
    let text = text.join(",");
    format!(
        "lead all but one through a new vertex that copies their source by a skip; edges:{text} does so, where {new} new"
    )
}

/// The same network with a vertex in front of the target for every edge but one of each pair of vertices, and the new vertices.
///
/// None when the input would have to be copied, or a number runs out.
fn with_copies(edges: &[Edge]) -> Option<(Vec<Edge>, Vec<usize>)> {
    let mut edges = edges.to_vec();
    // Linear edges stay: a skip moves without any change to gains.
    let rank = |kind: EdgeKind| [EdgeKind::Linear, EdgeKind::Projection, EdgeKind::Skip].iter().position(|it| *it == kind);
    edges.sort_by_key(|&(from, to, kind)| (to, from, rank(kind)));
    let moves: Vec<bool> =
        (0..edges.len()).map(|k| k > 0 && (edges[k].0, edges[k].1) == (edges[k - 1].0, edges[k - 1].1)).collect();
    // Targets of the moved edges, ascending.
    let targets: Vec<usize> = edges.iter().zip(&moves).filter(|(_, moves)| **moves).map(|(edge, _)| edge.1).collect();
    let number = |vertex: usize| vertex.checked_add(targets.partition_point(|target| *target <= vertex));
    let (mut list, mut copies) = (Vec::new(), Vec::new());
    for ((from, to, kind), moves) in edges.into_iter().zip(moves) {
        let (source, target) = (number(from)?, number(to)?);
        if !moves {
            list.push((source, target, kind));
            continue;
        }
        if from == 0 {
            return None;
        }
        // The new vertices of one target take the numbers up to it.
        let copy = to.checked_add(copies.len())?;
        list.extend([(source, copy, EdgeKind::Skip), (copy, target, kind)]);
        copies.push(copy);
    }
    list.sort_unstable();
    Some((list, copies))
}
