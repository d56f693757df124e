use std::ops::RangeInclusive;

use archscale_model::{EdgeKind, Graph, random_graph};
use proptest::prelude::RngCore;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::{Reason, TestRunner};

use crate::enumerate::pair_count;

/// A number in 0..bound from the high bits of a 64-bit draw; its bias is below bound / 2⁶⁴.
fn below(rng: &mut impl RngCore, bound: usize) -> usize {
    ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize
}

/// Strategy for linear DAGs; see [`dags`].
#[derive(Debug, Clone)]
pub struct Dags {
    hidden: RangeInclusive<usize>,
}

/// Random linear DAGs with a number of hidden vertices from this range, every vertex on an input–output path.
///
/// The number of hidden vertices is uniform over the range, then the number of edges is uniform from the fewest that connect
/// them to all forward pairs, then the edges are drawn by [`random_graph`]: sparse and dense graphs are equally likely.
///
/// Shrinking goes towards fewer vertices, then fewer edges. First one reduction after another: removal of a hidden vertex,
/// contraction of one (its parents joined to its children), removal of an edge; what is left on no path goes with it. When none
/// of them fails any more, every graph of up to four hidden vertices is tried, smallest first. So a shrunk graph of up to four
/// hidden vertices is the smallest failing graph of all, and one of five has the fewest vertices.
pub fn dags(hidden: RangeInclusive<usize>) -> Dags {
    Dags { hidden }
}

impl Strategy for Dags {
    type Tree = DagTree;
    type Value = Graph;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let (low, high) = (*self.hidden.start(), *self.hidden.end());
        if low == 0 || low > high {
            return Err(Reason::from("the range of hidden vertices is empty or starts at 0"));
        }
        let rng = runner.rng();
        let hidden = low + below(rng, high - low + 1);
        let fewest = hidden + 1;
        let edges = fewest + below(rng, pair_count(hidden) - fewest + 1);
        let current =
            random_graph(hidden, edges, |bound| below(rng, bound)).map_err(|error| Reason::from(error.to_string()))?;
        Ok(DagTree { current, base: None, queue: Vec::new().into_iter(), stage: Stage::Reductions, fewest_hidden: low })
    }
}

/// A DAG with the smaller ones that shrinking would try.
#[derive(Debug, Clone)]
pub struct DagTree {
    current: Graph,
    /// The smallest graph that is known to fail, while `current` is a proposal.
    base: Option<Graph>,
    /// Proposals made from `base` and not tried yet.
    queue: std::vec::IntoIter<Graph>,
    stage: Stage,
    fewest_hidden: usize,
}

/// Where the proposals come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// One reduction of the base.
    Reductions,
    /// Every small graph, smallest first.
    Everything,
    /// Nothing is left to try.
    Done,
}

impl ValueTree for DagTree {
    type Value = Graph;

    fn current(&self) -> Graph {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        // In the second stage proposals ascend in size, so the first to fail is the smallest.
        if self.stage != Stage::Reductions {
            return false;
        }
        self.queue = reductions(&self.current, self.fewest_hidden).into_iter();
        self.base = Some(self.current.clone());
        self.advance();
        self.stage != Stage::Done
    }

    fn complicate(&mut self) -> bool {
        if self.base.is_none() {
            return false;
        }
        self.advance();
        true
    }
}

impl DagTree {
    /// Makes the next proposal current, or the base when none is left.
    fn advance(&mut self) {
        loop {
            if let Some(next) = self.queue.next() {
                self.current = next;
                return;
            }
            if self.stage == Stage::Reductions
                && let Some(base) = &self.base
            {
                self.queue = everything_below(base, self.fewest_hidden).into_iter();
                self.stage = Stage::Everything;
                continue;
            }
            self.stage = Stage::Done;
            if let Some(base) = self.base.take() {
                self.current = base;
            }
            return;
        }
    }
}

/// Most hidden vertices of the second stage: 3 480 graphs.
const EVERYTHING_UP_TO: usize = 4;

fn size(graph: &Graph) -> (usize, usize) {
    (graph.vertex_count(), graph.edge_count())
}

/// Every small graph that is smaller than this one, smallest first.
fn everything_below(graph: &Graph, fewest_hidden: usize) -> Vec<Graph> {
    let mut all: Vec<Graph> = (fewest_hidden..=EVERYTHING_UP_TO.min(graph.hidden_count()))
        .flat_map(crate::enumerate::graphs)
        .filter(|other| size(other) < size(graph))
        .collect();
    all.sort_by_key(size);
    all
}

/// The graphs one reduction below, fewest vertices first, then fewest edges, without repeats.
fn reductions(graph: &Graph, fewest_hidden: usize) -> Vec<Graph> {
    let edges: Vec<(usize, usize)> = graph.edges().map(|(from, to, _)| (from, to)).collect();
    let without_vertex = |gone: usize| edges.iter().copied().filter(move |&(from, to)| from != gone && to != gone);
    let removals = graph.hidden().map(|gone| without_vertex(gone).collect());
    let contractions = graph.hidden().map(|gone| {
        let parents = edges.iter().filter(|edge| edge.1 == gone).map(|edge| edge.0);
        let children = edges.iter().filter(|edge| edge.0 == gone).map(|edge| edge.1);
        let joined = parents.flat_map(|from| children.clone().map(move |to| (from, to)));
        without_vertex(gone).chain(joined).collect()
    });
    let cuts = edges.iter().map(|cut| edges.iter().copied().filter(|edge| edge != cut).collect());
    let mut proposals: Vec<Graph> = removals
        .chain(contractions)
        .chain(cuts)
        .filter_map(|edges: Vec<(usize, usize)>| compact(edges, graph.output()))
        .filter(|proposal| proposal.hidden_count() >= fewest_hidden && size(proposal) < size(graph))
        .collect();
    // Stable, so that equal sizes keep the order above.
    proposals.sort_by_key(size);
    let mut unique: Vec<Graph> = Vec::new();
    for proposal in proposals {
        if !unique.contains(&proposal) {
            unique.push(proposal);
        }
    }
    unique
}

/// The graph of these edges without what lies on no path, numbered 0..=H+1 again.
fn compact(mut edges: Vec<(usize, usize)>, output: usize) -> Option<Graph> {
    edges.sort_unstable();
    edges.dedup();
    let linear = edges.into_iter().map(|(from, to)| (from, to, EdgeKind::Linear));
    let kept = Graph::from_edges(linear, Some(output)).ok()?;
    Graph::from_edges(kept.edges().collect::<Vec<_>>(), None).ok()
}
