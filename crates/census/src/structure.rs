//! What of a code the network depends on, and a name for it that does not depend on the order of its nodes.

use archscale_model::{CellCode, EdgeKind};

/// Most steps of a space: beyond this its codes are too many to list, and its structures leave 64 bits.
pub(crate) const STEP_LIMIT: usize = 5;

const NODES: usize = STEP_LIMIT + 1;

/// The part of a cell that lies on paths from the stem to the last node.
///
/// Its numbers are determined by these nodes, the edges between them and the in-degrees that the code counts: other nodes
/// neither send a signal to the output nor receive a gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skeleton {
    /// Number of nodes kept; 0 is the stem, the last one the cell's last.
    nodes: usize,
    /// Edge from the second to the first: 0 none, 1 skip, 2 trained.
    edges: [[u8; NODES]; NODES],
    /// Non-zero digits of each node in the code.
    in_degrees: [u8; NODES],
    /// Bit v is set when node v of the cell is kept.
    pub(crate) kept: u32,
}

/// What a code comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reduced {
    NoPath,
    Untrained,
    Network(Skeleton),
}

impl Reduced {
    pub(crate) fn of(code: &CellCode) -> Self {
        if !code.reaches_output() {
            return Self::NoPath;
        }
        if !code.has_trained_path() {
            return Self::Untrained;
        }
        Self::Network(Skeleton::of(code))
    }
}

impl Skeleton {
    fn of(code: &CellCode) -> Self {
        let last = code.space().steps();
        let linked = |node: usize, source: usize| code.digit(node, source) != 0;
        let mut reached = 1_u32;
        for node in 1..=last {
            let any = (0..node).any(|source| linked(node, source) && reached >> source & 1 == 1);
            reached |= u32::from(any) << node;
        }
        let mut live = 1_u32 << last;
        for source in (0..last).rev() {
            let any = (source + 1..=last).any(|node| linked(node, source) && live >> node & 1 == 1);
            live |= u32::from(any) << source;
        }
        let kept = reached & live;
        let names: Vec<usize> = (0..=last).filter(|node| kept >> node & 1 == 1).collect();
        let mut found = Self { nodes: names.len(), edges: [[0; NODES]; NODES], in_degrees: [0; NODES], kept };
        for (place, &node) in names.iter().enumerate() {
            found.in_degrees[place] = (0..node).filter(|&source| linked(node, source)).count() as u8;
            for (from, &source) in names[..place].iter().enumerate() {
                found.edges[place][from] = match code.kind(node, source) {
                    None => 0,
                    Some(EdgeKind::Skip) => 1,
                    Some(_) => 2,
                };
            }
        }
        found
    }

    /// Whether some edge on an input–output path is a skip.
    pub(crate) fn has_skips(&self) -> bool {
        self.edges[..self.nodes].iter().any(|row| row.contains(&1))
    }

    /// All of it but the names of the nodes, in 48 bits.
    pub(crate) fn packed(&self) -> u64 {
        let order: [usize; NODES] = std::array::from_fn(|place| place);
        self.packed_as(&order[..self.nodes])
    }

    /// The smallest packing over all orders of the nodes in which edges still run forward: equal for isomorphic structures.
    pub(crate) fn canonical(&self) -> u64 {
        let mut best = u64::MAX;
        let mut order = vec![0];
        self.extend(&mut order, &mut best);
        best
    }

    fn extend(&self, order: &mut Vec<usize>, best: &mut u64) {
        if order.len() == self.nodes {
            *best = (*best).min(self.packed_as(order));
            return;
        }
        for node in 1..self.nodes {
            let ready = (0..node).all(|source| self.edges[node][source] == 0 || order.contains(&source));
            if ready && !order.contains(&node) {
                order.push(node);
                self.extend(order, best);
                order.pop();
            }
        }
    }

    fn packed_as(&self, order: &[usize]) -> u64 {
        let mut bits = self.nodes as u64;
        for (place, &node) in order.iter().enumerate().skip(1) {
            bits = bits << 3 | u64::from(self.in_degrees[node]);
            for &source in &order[..place] {
                bits = bits << 2 | u64::from(self.edges[node][source]);
            }
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use archscale_model::SearchSpace;

    use super::*;

    fn skeleton(code: &str) -> Skeleton {
        let steps = code.split('_').count();
        let code = SearchSpace::cells(steps).and_then(|space| space.parse(code));
        match code.map(|code| Reduced::of(&code)) {
            Ok(Reduced::Network(found)) => found,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn isomorphic_codes_share_a_canonical_form_alone() {
        // Nodes 1 and 2 of parallel branches change places.
        let (one, two) = (skeleton("2_10_022"), skeleton("1_20_022"));
        assert_ne!(one.packed(), two.packed());
        assert_eq!(one.canonical(), two.canonical());
        // The same, with the branches merged otherwise.
        assert_ne!(skeleton("2_10_021").canonical(), skeleton("2_10_012").canonical());
        assert_eq!(skeleton("2_10_021").canonical(), skeleton("1_20_012").canonical());
    }

    #[test]
    fn dead_ends_leave_no_trace_and_counted_digits_do() {
        // Node 2 sends nothing to node 3.
        assert_eq!(skeleton("2_12_020").canonical(), skeleton("2_00_020").canonical());
        assert_eq!(skeleton("2_12_020").kept, 0b1011);
        // Node 2 is reached by nothing, but its digit counts in the in-degree of node 3.
        assert_ne!(skeleton("2_00_022").canonical(), skeleton("2_00_020").canonical());
    }
}
