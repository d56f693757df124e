//! Properties of the infinite-width law on random programs with skips, from fixed seeds.

use std::cell::Cell;

use archscale_model::{Activation, Convention, EdgeKind, Graph, InitRule, Lowering};
use archscale_testkit::search::runner;
use archscale_testkit::strategy::{architectures, dags};
use archscale_theory::{ReluDag, WideNode, finite_moments, limit_moments, wide_moments};
use proptest::prelude::*;

const CASES: u32 = 300;

/// Runs `test` on every case that the seed draws, and asserts that all cases ran.
fn check<S: Strategy>(seed: u64, strategy: S, test: impl Fn(S::Value)) {
    let ran = Cell::new(0);
    let outcome = runner(seed, CASES).run(&strategy, |case| {
        ran.set(ran.get() + 1);
        test(case);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert_eq!(ran.get(), CASES);
}

/// A random DAG some of whose edges between hidden vertices are skips: those whose bit is set.
fn with_skips(graph: &Graph, mask: u32) -> Graph {
    let edges = graph.edges().enumerate().map(|(index, (from, to, _))| {
        let inner = from != 0 && to != graph.output();
        let skip = inner && mask >> (index % 32) & 1 == 1;
        (from, to, if skip { EdgeKind::Skip } else { EdgeKind::Linear })
    });
    Graph::from_edges(edges, None).unwrap()
}

fn law(graph: &Graph, init: InitRule, convention: Convention, activation: Activation) -> Vec<WideNode> {
    let how = Lowering::new(init).with_convention(convention).with_activation(activation);
    wide_moments(&graph.lower_with(&how).unwrap()).unwrap().nodes
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

#[test]
fn without_skips_it_is_the_limit_of_the_exact_law() {
    check(1, architectures(1..=6), |(graph, init)| {
        let dag = ReluDag::new(&graph.lower(init).unwrap(), "the exact law").unwrap();
        let limit = limit_moments::<f64>(&dag).unwrap();
        let near = finite_moments::<f64>(&dag, 1_000_000_000).unwrap();
        let wide = law(&graph, init, Convention::Pre, Activation::RELU);
        for ((wide, limit), near) in wide.iter().zip(&limit).zip(&near) {
            assert!(close(wide.mean_squared_change, limit.change, 1e-11), "{}", graph.edge_text());
            assert!(close(wide.second_moment, limit.second_moment, 1e-12));
            // At n = 10⁹ terms of order 1/n are below 10⁻⁶ on six vertices.
            assert!(close(wide.mean_squared_change, near.label_part + near.output_part, 1e-6), "{}", graph.edge_text());
        }
    });
}

#[test]
fn conventions_coincide_for_a_linear_activation() {
    // With σ(z) = z a vertex holds the same vector in every convention, so all of them are one network.
    let skipped = Cell::new(0);
    check(2, (dags(1..=6), any::<u32>()), |(graph, mask)| {
        let graph = with_skips(&graph, mask);
        skipped.set(skipped.get() + u32::from(graph.has_skips()));
        for init in InitRule::BY_IN_DEGREE {
            let pre = law(&graph, init, Convention::Pre, Activation::LINEAR);
            let post = law(&graph, init, Convention::Post, Activation::LINEAR);
            for (pre, post) in pre.iter().zip(&post) {
                assert!(close(pre.mean_squared_change, post.mean_squared_change, 1e-10), "{} {init}", graph.edge_text());
                assert!(close(pre.second_moment, post.second_moment, 1e-10), "{} {init}", graph.edge_text());
            }
        }
    });
    assert!(skipped.get() > CASES / 4, "only {} graphs had a skip", skipped.get());
}

#[test]
fn leaky_relu_joins_relu_and_linear() {
    // leaky:0 is ReLU and leaky:1 is linear, through the leaky closed forms.
    let (zero, one) = (Activation::leaky(0.0).unwrap(), Activation::leaky(1.0).unwrap());
    check(3, (dags(1..=5), any::<u32>(), any::<bool>()), |(graph, mask, post)| {
        let graph = with_skips(&graph, mask);
        let convention = if post { Convention::Post } else { Convention::Pre };
        for (leaky, plain) in [(zero, Activation::RELU), (one, Activation::LINEAR)] {
            let found = law(&graph, InitRule::Target, convention, leaky);
            let expected = law(&graph, InitRule::Target, convention, plain);
            for (found, expected) in found.iter().zip(&expected) {
                assert!(found.mean_squared_change >= 0.0 && found.second_moment >= 0.0);
                assert!(close(found.mean_squared_change, expected.mean_squared_change, 1e-10), "{}", graph.edge_text());
                assert!(close(found.second_moment, expected.second_moment, 1e-10), "{}", graph.edge_text());
            }
        }
    });
}
