//! Every linear DAG of a size, once each.

use crate::{EdgeKind, Graph};

/// Number of forward pairs of vertices, so of possible edges, with this many hidden vertices.
#[must_use]
pub fn pair_count(hidden: usize) -> usize {
    (hidden + 1) * (hidden + 2) / 2
}

/// The labelled graph whose edges are the set bits of a mask over all forward pairs, sources slowest.
///
/// None when some vertex lies on no input–output path: that graph is one with fewer vertices.
///
/// ```
/// use archscale_model::enumerate::graph_of_mask;
/// // One hidden vertex; bits 0, 1, 2 are the edges 0-1, 0-2, 1-2.
/// assert_eq!(graph_of_mask(1, 0b101).unwrap().edge_text(), "edges:0-1,1-2");
/// assert!(graph_of_mask(1, 0b011).is_none());
/// ```
#[must_use]
pub fn graph_of_mask(hidden: usize, mask: u64) -> Option<Graph> {
    let output = hidden + 1;
    let pairs = (0..output).flat_map(|u| (u + 1..=output).map(move |v| (u, v)));
    let chosen: Vec<(usize, usize)> =
        pairs.enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, edge)| edge).collect();
    // Edges run forward, so an in-edge at each later vertex and an out-edge at each earlier one put all on a path.
    let (mut with_out, mut with_in) = (1_u64 << output, 1_u64);
    for &(u, v) in &chosen {
        with_out |= 1 << u;
        with_in |= 1 << v;
    }
    if with_out & with_in != (1 << (output + 1)) - 1 {
        return None;
    }
    Graph::from_edges(chosen.into_iter().map(|(u, v)| (u, v, EdgeKind::Linear)), None).ok()
}

/// Every labelled linear DAG with this many hidden vertices, all on input–output paths: 2, 10, 122, 3 346, 196 082, … of
/// them.
///
/// **Source.** Upper triangular 0–1 matrices without a zero row or column, OEIS A005321.
///
/// **Domain.** At most 9 hidden vertices, whose pairs fit a mask of 64 bits; far fewer in practice.
pub fn graphs(hidden: usize) -> impl Iterator<Item = Graph> {
    strided(hidden, 1)
}

/// Every `stride`-th mask of [`graphs`], starting at the first: a fixed sample of the sizes that are too many to visit.
///
/// A stride of 0 counts as 1. An odd stride visits masks of every pattern of low bits.
pub fn strided(hidden: usize, stride: usize) -> impl Iterator<Item = Graph> {
    let end = 1_u64.checked_shl(pair_count(hidden) as u32).unwrap_or(u64::MAX);
    (0..end).step_by(stride.max(1)).filter_map(move |mask| graph_of_mask(hidden, mask))
}
