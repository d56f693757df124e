//! The lists of all graphs of a size, and of all that one reduction makes.

use archscale_model::enumerate::{graphs, strided};
use archscale_model::{Architecture, Graph};

#[test]
fn enumeration_counts_every_labelled_graph() {
    // Upper triangular 0–1 matrices without a zero row or column, OEIS A005321.
    assert_eq!([1, 2, 3, 4].map(|hidden| graphs(hidden).count()), [2, 10, 122, 3_346]);
    assert!(strided(5, 101).count() > 1_000);
}

#[test]
fn reductions_are_smaller_valid_and_without_repeats() {
    let mut count = 0;
    for graph in graphs(3) {
        let smaller = graph.reductions();
        assert!(smaller.iter().all(|one| one.size() < graph.size() && one.dropped().is_empty()), "{}", graph.edge_text());
        assert!(smaller.is_sorted_by_key(Graph::size), "{}", graph.edge_text());
        count += smaller.len();
        assert!((1..smaller.len()).all(|k| !smaller[..k].contains(&smaller[k])));
    }
    assert!(count > 122, "{count}");
}

#[test]
fn a_vertex_is_removed_contracted_or_loses_an_edge() {
    let graph = Architecture::parse("edges:0-1,1-2,1-3,2-3").unwrap();
    let texts: Vec<String> = graph.graph().reductions().iter().map(Graph::edge_text).collect();
    // Without vertex 1 nothing is connected. Without 2, by removal or by cutting 1-2 or 2-3: a chain of one. Contraction of 1
    // joins the input to 2 and to the output, that of 2 joins 1 to the output once more; the cut of 1-3 leaves a chain of two.
    assert_eq!(texts, ["edges:0-1,1-2", "edges:0-1,0-2,1-2", "edges:0-1,1-2,2-3"]);
}
