use std::ops::RangeInclusive;

use archscale_model::enumerate::{graphs, pair_count};
use archscale_model::{Graph, random_graph};
use proptest::prelude::RngCore;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::{Reason, TestRunner};

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
/// contraction of one (its parents joined to its children), removal of an edge; what is left on no path goes with it. When
/// none of them fails any more, every graph of up to four hidden vertices is tried, smallest first. So a shrunk graph of up
/// to four hidden vertices is the smallest failing graph of all, and one of five has the fewest vertices.
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

/// The source of the proposals.
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
        let mut smaller = self.current.reductions();
        smaller.retain(|graph| graph.hidden_count() >= self.fewest_hidden);
        self.queue = smaller.into_iter();
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

/// Every small graph that is smaller than this one, smallest first.
fn everything_below(graph: &Graph, fewest_hidden: usize) -> Vec<Graph> {
    let mut all: Vec<Graph> = (fewest_hidden..=EVERYTHING_UP_TO.min(graph.hidden_count()))
        .flat_map(graphs)
        .filter(|other| other.size() < graph.size())
        .collect();
    all.sort_by_key(Graph::size);
    all
}
