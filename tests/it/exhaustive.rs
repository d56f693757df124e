//! Exact identities on every small graph, in rationals.

use archscale_model::enumerate::{graph_of_mask, pair_count};
use archscale_model::{Graph, InitRule};
use archscale_theory::{PairTables, ReluDag, SiteEngine, finite_moments, limit_moments, second_moments};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use rayon::prelude::*;

/// Labelled graphs of 1 to 4 hidden vertices: upper triangular 0–1 matrices without a zero row or column, OEIS A005321.
const GRAPHS: [usize; 4] = [2, 10, 122, 3_346];

/// Among five hidden vertices every such mask; prime, so that all edges occur.
const STRIDE: u64 = 4_099;

/// Runs a check on every graph of up to four hidden vertices and on the sample of five, and asserts how many those were.
fn on_every_graph(check: impl Fn(&Graph, InitRule) + Sync) {
    let visit = |hidden: usize, stride: u64| -> usize {
        (0..(1_u64 << pair_count(hidden)).div_ceil(stride))
            .into_par_iter()
            .filter_map(|index| graph_of_mask(hidden, index * stride).map(|graph| (index, graph)))
            .map(|(index, graph)| {
                // All rules on the smaller graphs, in turn on the others.
                let inits = if hidden <= 3 {
                    &InitRule::BY_IN_DEGREE[..]
                } else {
                    std::slice::from_ref(&InitRule::BY_IN_DEGREE[index as usize % 3])
                };
                inits.iter().for_each(|&init| check(&graph, init));
            })
            .count()
    };
    assert_eq!([1, 2, 3, 4].map(|hidden| visit(hidden, 1)), GRAPHS);
    assert_eq!(visit(5, STRIDE), 47);
}

fn dag(graph: &Graph, init: InitRule) -> ReluDag {
    ReluDag::new(&graph.lower(init).unwrap(), "the exact law").unwrap()
}

fn whole(value: usize) -> BigRational {
    BigRational::from_integer(value.into())
}

#[test]
fn second_moments_of_the_rules() {
    on_every_graph(|graph, _| {
        let of = |init| second_moments::<BigRational>(&dag(graph, init));
        assert!(of(InitRule::Target).iter().all(One::is_one), "target on {}", graph.edge_text());
        // C = 2 / d_in of the source: each of the d_in parents adds its own second moment over its in-degree, which is 1.
        let in_degrees: Vec<BigRational> = graph.hidden().map(|v| whole(graph.in_degree(v))).collect();
        assert_eq!(of(InitRule::Source), in_degrees, "source on {}", graph.edge_text());
        // C = 2: the number of paths from the input.
        let mut paths = vec![1_usize];
        for v in graph.hidden() {
            paths.push(graph.parents(v).iter().map(|edge| paths[edge.source()]).sum());
        }
        let paths: Vec<BigRational> = paths[1..].iter().map(|&count| whole(count)).collect();
        assert_eq!(of(InitRule::He), paths, "he on {}", graph.edge_text());
    });
}

#[test]
fn label_part_by_two_routes() {
    on_every_graph(|graph, init| {
        let dag = dag(graph, init);
        for width in [1, 2, 3] {
            let tables = PairTables::<BigRational>::new(&dag, width).unwrap().label_parts(&dag);
            let sites = SiteEngine::<BigRational>::new(&dag, width).unwrap().label_parts().unwrap();
            assert_eq!(tables, sites, "{} {init} n = {width}", graph.edge_text());
        }
    });
}

#[test]
fn parts_are_positive() {
    on_every_graph(|graph, init| {
        let dag = dag(graph, init);
        for width in [1, 2, 16] {
            for law in finite_moments::<f64>(&dag, width).unwrap() {
                assert!(law.output_part > 0.0 && law.label_part > 0.0, "{} {init} n = {width}: {law:?}", graph.edge_text());
            }
        }
        assert!(limit_moments::<BigRational>(&dag).unwrap().iter().all(|law| law.change.is_positive()));
    });
}

/// The value at x = 0 of the polynomial through the points (x, y).
fn extrapolate(points: &[(BigRational, BigRational)]) -> BigRational {
    let term = |(index, (x, y)): (usize, &(BigRational, BigRational))| {
        let others = points.iter().enumerate().filter(|(other, _)| *other != index);
        others.fold(y.clone(), |product, (_, (other, _))| product * other / (other - x))
    };
    points.iter().enumerate().map(term).sum()
}

/// B is a polynomial in 1/n of degree below the longest path's number of hidden vertices, as on chains: so few widths pin it,
/// and its constant term, found without any limit process, is the infinite-width law.
#[test]
fn the_limit_is_the_constant_term_of_the_finite_width_law() {
    on_every_graph(|graph, init| {
        let dag = dag(graph, init);
        let count = graph.hidden_count() + 1;
        let rows: Vec<(BigRational, Vec<BigRational>)> = (1..=count)
            .map(|width| {
                let parts = PairTables::<BigRational>::new(&dag, width as u64).unwrap().label_parts(&dag);
                (whole(width).recip(), parts)
            })
            .collect();
        for (at, law) in limit_moments::<BigRational>(&dag).unwrap().iter().enumerate() {
            let points: Vec<_> = rows.iter().map(|(x, parts)| (x.clone(), parts[at].clone())).collect();
            assert_eq!(extrapolate(&points), law.change, "{} {init} vertex {at}", graph.edge_text());
            // One point fewer is enough: the degree is below the number of hidden vertices, or this would differ.
            assert_eq!(extrapolate(&points[1..]), law.change, "degree of {} {init} vertex {at}", graph.edge_text());
        }
    });
    assert!(extrapolate(&[(whole(1), whole(2)), (whole(2), whole(4))]).is_zero());
}
