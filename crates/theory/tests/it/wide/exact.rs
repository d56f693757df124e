//! The law on linear edges with ReLU vertices: the limit of the exact law, and the exact law itself at great width.

use archscale_model::{Graph, InitRule, random_graph};
use archscale_theory::{Evaluation, PairTables, ReluDag, limit_moments, wide_moments};
use num_rational::BigRational;

/// A random DAG and init rule for each number.
fn sample(seed: u64) -> (Graph, InitRule) {
    // splitmix64 on the case's number.
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let hidden = 1 + (next() % 9) as usize;
    let edges = (next() % ((hidden + 1) * (hidden + 2) / 2) as u64) as usize;
    let init = InitRule::BY_IN_DEGREE[(next() % 3) as usize];
    (random_graph(hidden, edges, |bound| (next() % bound as u64) as usize).unwrap(), init)
}

#[test]
fn random_dags_equal_the_limit_of_the_exact_law() {
    let mut vertices = 0;
    for case in 0..600 {
        let (graph, init) = sample(case);
        let program = graph.lower(init).unwrap();
        let law = wide_moments(&program).unwrap();
        assert_eq!(law.evaluation, Evaluation::Closed);
        let limit = limit_moments::<f64>(&ReluDag::new(&program, "the limit").unwrap()).unwrap();
        assert_eq!(law.nodes.len(), limit.len());
        for (found, expected) in law.nodes.iter().zip(&limit) {
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs();
            let place = format!("{} {init} {found:?}", graph.edge_text());
            assert!(close(found.mean_squared_change, expected.change), "{place}: {expected:?}");
            assert!(close(found.second_moment, expected.second_moment), "{place}: {expected:?}");
            assert!(close(found.kernel, expected.kernel), "{place}: {expected:?}");
            vertices += 1;
        }
    }
    assert!(vertices > 2_000, "{vertices}");
}

#[test]
fn the_exact_law_approaches_it_at_rate_one_over_n() {
    let mut vertices = 0;
    for case in 600..640 {
        let (graph, init) = sample(case);
        let program = graph.lower(init).unwrap();
        let law = wide_moments(&program).unwrap();
        let dag = ReluDag::new(&program, "the exact law").unwrap();
        // B(n)/B(∞) − 1 at two widths; B(n) is exact, so only the division rounds.
        let gaps = |width: u64| -> Vec<f64> {
            let parts = PairTables::<BigRational>::new(&dag, width).unwrap().label_parts(&dag);
            let value = |exact: &BigRational| num_traits::ToPrimitive::to_f64(exact).unwrap();
            parts.iter().zip(&law.nodes).map(|(part, node)| value(part) / node.mean_squared_change - 1.0).collect()
        };
        for (near, far) in gaps(10_000).into_iter().zip(gaps(100_000_000)) {
            // B decreases in n to its limit, or has it at every n, where only rounding is left.
            assert!((-4.0 * f64::EPSILON..0.02).contains(&near), "{} {init}: {near}", graph.edge_text());
            let rate = far * 1e4 - near;
            assert!(rate.abs() <= 0.1 * near + 1e-10, "{} {init}: {near} at 1e4, {far} at 1e8", graph.edge_text());
            vertices += 1;
        }
    }
    assert!(vertices > 120, "{vertices}");
}
