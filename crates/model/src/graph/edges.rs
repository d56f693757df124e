//! What holds of the edges of a network: they run forward, and some of them from input to output.

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};

use super::kind::{EdgeKind, describe_vertices};
use crate::ModelError;

/// Every edge forward, or an error that names the cycle or a renumbering.
pub(super) fn check_order(list: &[(usize, usize, EdgeKind)]) -> Result<(), ModelError> {
    let Some(&(from, to, _)) = list.iter().find(|(from, to, _)| from >= to) else {
        return Ok(());
    };
    if from == to {
        return Err(ModelError::Cycle { cycle: format!("{from}-{from}") });
    }
    let mut ids: Vec<usize> = list.iter().flat_map(|&(from, to, _)| [from, to]).collect();
    ids.sort_unstable();
    ids.dedup();
    let graph = petgraph_of(list, &ids);
    let Ok(order) = toposort(&graph, None) else {
        let cycle = kosaraju_scc(&graph).into_iter().find(|component| component.len() > 1).unwrap_or_default();
        let mut members: Vec<usize> = cycle.into_iter().map(|node| ids[node.index()]).collect();
        members.sort_unstable();
        let text = members.iter().take(8).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(ModelError::Cycle { cycle: format!("among vertices {text}") });
    };
    let moved: Vec<String> = order
        .iter()
        .enumerate()
        .filter(|(rank, node)| ids[*rank] != ids[node.index()])
        .take(8)
        .map(|(rank, node)| format!("{} to {}", ids[node.index()], ids[rank]))
        .collect();
    Err(ModelError::BackwardEdge { from, to, mend: format!("renumber {}", moved.join(", ")) })
}

fn petgraph_of(list: &[(usize, usize, EdgeKind)], ids: &[usize]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(ids.len(), list.len());
    for _ in ids {
        graph.add_node(());
    }
    for &(from, to, _) in list {
        graph.add_edge(index_in(ids, from), index_in(ids, to), ());
    }
    graph
}

fn index_in(ids: &[usize], id: usize) -> NodeIndex {
    // Every id comes from the list that `ids` was made of; a miss would only name a vertex outside the graph.
    NodeIndex::new(ids.binary_search(&id).unwrap_or(ids.len()))
}

/// Which vertices lie on a path from input to output.
pub(super) struct Reach {
    forward: Vec<bool>,
    backward: Vec<bool>,
}

impl Reach {
    pub(super) fn of(list: &[(usize, usize, EdgeKind)], ids: &[usize], output: usize) -> Result<Self, ModelError> {
        let unreachable =
            |mend: String| ModelError::OutputUnreachable { input: "0".into(), output: output.to_string(), mend };
        if ids[0] != 0 {
            return Err(unreachable(format!("no edge leaves vertex 0, the input; the smallest vertex given is {}", ids[0])));
        }
        if ids.binary_search(&output).is_err() {
            return Err(unreachable(format!("vertex {output} is in no edge")));
        }
        let graph = petgraph_of(list, ids);
        let mut forward = vec![false; ids.len()];
        let mut search = Dfs::new(&graph, NodeIndex::new(0));
        while let Some(node) = search.next(&graph) {
            forward[node.index()] = true;
        }
        let out = index_in(ids, output);
        if !forward[out.index()] {
            let reached: Vec<usize> = (0..ids.len()).filter(|&i| forward[i]).map(|i| ids[i]).collect();
            return Err(unreachable(format!(
                "only {} reached; add an edge from one of them towards {output}",
                describe_vertices(&reached)
            )));
        }
        let mut backward = vec![false; ids.len()];
        let reversed = Reversed(&graph);
        let mut search = Dfs::new(reversed, out);
        while let Some(node) = search.next(reversed) {
            backward[node.index()] = true;
        }
        Ok(Self { forward, backward })
    }

    pub(super) fn on_path(&self, id: usize, ids: &[usize]) -> bool {
        ids.binary_search(&id).is_ok_and(|i| self.forward[i] && self.backward[i])
    }
}
