//! The strategies draw what they promise, shrink to what exhaustive search finds, and draw it again.

use std::cell::Cell;
use std::collections::HashSet;

use archscale_model::enumerate::{graphs, pair_count};
use archscale_model::{Graph, InitRule, PathSums};
use archscale_testkit::search::{runner, smallest};
use archscale_testkit::strategy::{architectures, dags, widths, wirings};
use archscale_testkit::{TestkitError, Wiring};
use proptest::strategy::{Strategy, ValueTree};

#[test]
fn drawn_graphs_fill_the_range_and_lie_on_paths() {
    let drawn = Cell::new(0);
    let mut seen = vec![HashSet::new(); 4];
    let mut draw = runner(1, 0);
    for _ in 0..20_000 {
        let graph = dags(1..=3).new_tree(&mut draw).unwrap().current();
        assert!(graph.dropped().is_empty() && (1..=3).contains(&graph.hidden_count()));
        assert!(graph.edge_count() <= pair_count(graph.hidden_count()));
        seen[graph.hidden_count()].insert(graph.edge_text());
        drawn.set(drawn.get() + 1);
    }
    // Every labelled graph of up to three hidden vertices comes up.
    assert_eq!(seen.iter().map(HashSet::len).collect::<Vec<_>>(), [0, 2, 10, 122]);
    assert_eq!(drawn.get(), 20_000);
}

#[test]
fn the_shrinking_protocol_is_kept() {
    let mut draw = runner(3, 0);
    for _ in 0..20 {
        let mut tree = (dags(1..=5), 0..3_usize).new_tree(&mut draw).unwrap();
        // If every proposal passes, the value is back where it was; if every one fails, it ends at the smallest graph.
        let before = tree.current();
        let mut passing = tree.clone();
        while passing.simplify() {
            assert_ne!(passing.current(), before);
            while passing.complicate() {}
            assert_eq!(passing.current(), before);
        }
        assert!(!passing.complicate());
        while tree.simplify() {}
        assert_eq!((tree.current().0.hidden_count(), tree.current().0.edge_count(), tree.current().1), (1, 2, 0));
    }
}

/// Fewest vertices, then edges, among all graphs on which a claim fails.
fn smallest_by_enumeration(holds: impl Fn(&Graph) -> bool) -> (usize, usize) {
    (1..=4)
        .flat_map(graphs)
        .filter(|graph| !holds(graph))
        .map(|graph| (graph.hidden_count(), graph.edge_count()))
        .min()
        .unwrap()
}

#[test]
fn shrinking_ends_at_the_smallest_graph() {
    type Claim = (&'static str, fn(&Graph) -> bool);
    let claims: [Claim; 4] = [
        ("fewer than five paths", |graph| PathSums::new(graph, InitRule::He).power_sum(0) < 5_u32.into()),
        ("no vertex feeds three others", |graph| {
            graph.hidden().all(|v| graph.edges().filter(|&(from, _, _)| from == v).count() < 3)
        }),
        ("all paths within one vertex of each other", |graph| {
            let sums = PathSums::new(graph, InitRule::He);
            sums.longest() - sums.shortest() <= 1
        }),
        ("fewer than seven edges", |graph| graph.edge_count() < 7),
    ];
    for (name, holds) in claims {
        for seed in 0..5 {
            let found = smallest(&dags(1..=9), seed, 1_000, holds).unwrap().expect(name);
            assert!(!holds(&found.case) && !holds(&found.found), "{name}");
            assert_eq!((found.case.hidden_count(), found.case.edge_count()), smallest_by_enumeration(holds), "{name}");
            assert!(found.shrink_steps <= found.shrink_tried && found.cases >= 1);
        }
    }
}

#[test]
fn a_seed_fixes_the_search() {
    let holds = |(graph, _): &(Graph, InitRule)| graph.edge_count() < 9;
    let search = |seed| smallest(&architectures(1..=8), seed, 500, holds).unwrap().unwrap();
    assert_eq!(search(3), search(3));
    assert_ne!(search(3).found, search(4).found);
    // The rule plays no part in this claim, so it shrinks to the first.
    assert_eq!(search(3).case.1, InitRule::Target);
}

#[test]
fn searches_that_cannot_draw_say_so() {
    let empty = std::ops::RangeInclusive::new(3, 2);
    let error = smallest(&dags(empty), 1, 10, |_| true).unwrap_err();
    assert!(matches!(error, TestkitError::Search { .. }), "{error}");
    let picky = dags(1..=3).prop_filter("never", |_| false);
    let error = smallest(&picky, 1, 10, |_| true).unwrap_err();
    assert!(error.to_string().contains("rejects less"), "{error}");
}

#[test]
fn widths_shrink_to_the_smallest() {
    let found = smallest(&widths(1..=64), 9, 100, |&width| width < 5).unwrap().unwrap();
    assert_eq!(found.case, 5);
}

#[test]
fn wirings_are_programs_and_some_have_parallel_edges() {
    let mut draw = runner(2, 0);
    let has_parallel = |wiring: &Wiring| {
        wiring.hidden.iter().chain([&wiring.readout]).any(|edges| {
            let sources: HashSet<usize> = edges.iter().map(|edge| edge.0).collect();
            sources.len() < edges.len()
        })
    };
    let mut parallel = 0;
    for _ in 0..200 {
        let wiring = wirings(1..=5).new_tree(&mut draw).unwrap().current();
        assert_eq!(wiring.program().unwrap().nodes().len(), wiring.hidden.len());
        parallel += usize::from(has_parallel(&wiring));
    }
    assert!((100..200).contains(&parallel), "{parallel}");
    let plain = smallest(&wirings(1..=5), 2, 200, |wiring| wiring.hidden.len() < 3).unwrap().unwrap().case;
    assert_eq!(plain.hidden.len(), 3);
    assert!(!has_parallel(&plain));
}

#[test]
fn a_wiring_from_a_later_vertex_is_refused() {
    let mut wiring = Wiring::of(&graphs(2).next().unwrap(), InitRule::He);
    wiring.hidden[0][0].0 = 2;
    assert!(wiring.program().unwrap_err().to_string().contains("does not exist yet"));
}
