use crate::{EdgeKind, Graph, ModelError};

/// A linear DAG of `hidden` hidden vertices and `edges` edges (at least those that connect it, at most all pairs) from a caller's source of random numbers.
///
/// `below(k)` must return a number in 0..k; all randomness is this argument. Every vertex gets one in-edge from an earlier
/// vertex and every hidden vertex one out-edge, so none is left out; the rest of the edges are drawn uniformly over pairs.
///
/// # Errors
/// As [`Graph::from_edges`].
pub fn random_graph(hidden: usize, edges: usize, mut below: impl FnMut(usize) -> usize) -> Result<Graph, ModelError> {
    let output = hidden + 1;
    let mut list: Vec<(usize, usize)> = Vec::with_capacity(edges.max(2 * hidden + 1));
    for v in 1..=output {
        list.push((below(v), v));
    }
    for u in 1..output {
        list.push((u, u + 1 + below(output - u)));
    }
    let wanted = edges.min(output * (output + 1) / 2);
    loop {
        list.sort_unstable();
        list.dedup();
        if list.len() >= wanted {
            break;
        }
        // Repeats among these draws are dropped above, so a few rounds follow.
        for _ in list.len()..wanted {
            let (a, b) = (below(output + 1), below(output + 1));
            if a != b {
                list.push((a.min(b), a.max(b)));
            }
        }
    }
    Graph::from_edges(list.into_iter().map(|(from, to)| (from, to, EdgeKind::Linear)), Some(output))
}
