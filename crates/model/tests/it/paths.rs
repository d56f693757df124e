//! Dynamic programming equals enumeration, on every small graph, and stays exact where enumeration cannot go.

use archscale_model::{Architecture, DepthHistogram, EdgeKind, Graph, InitRule, PathSums, random_graph};
use num_bigint::BigUint;
use num_traits::ToPrimitive;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

/// One input–output path as enumeration sees it: depth and weight.
fn enumerate(graph: &Graph, init: InitRule) -> Vec<(usize, f64)> {
    let mut paths = Vec::new();
    let mut stack = vec![(graph.output(), 0_usize, 1.0_f64)];
    while let Some((v, depth, weight)) = stack.pop() {
        if v == 0 {
            paths.push((depth, weight));
            continue;
        }
        for edge in graph.parents(v) {
            let u = edge.source();
            let linear = edge.kind == EdgeKind::Linear;
            let step = usize::from(linear && v != graph.output());
            let gain = init.gain(graph.in_degree(u), graph.in_degree(v)).to_f64().unwrap() / 2.0;
            stack.push((u, depth + step, weight * if linear { gain } else { 1.0 }));
        }
    }
    paths
}

fn assert_agrees(graph: &Graph, init: InitRule) {
    let sums = PathSums::new(graph, init);
    let paths = enumerate(graph, init);
    for k in 0..4 {
        let expected: usize = paths.iter().map(|(depth, _)| depth.pow(k)).sum();
        assert_eq!(sums.power_sum(k as usize), BigUint::from(expected), "{}", graph.edge_text());
    }
    assert_eq!(sums.shortest(), paths.iter().map(|p| p.0).min().unwrap());
    assert_eq!(sums.longest(), paths.iter().map(|p| p.0).max().unwrap());
    let weighted: f64 = paths.iter().map(|(depth, weight)| weight * (*depth as f64).powi(3)).sum();
    assert!((sums.weighted_sum_cubed().to_f64() - weighted).abs() <= 1e-12 * (1.0 + weighted));
    let total: f64 = paths.iter().map(|p| p.1).sum();
    assert!((sums.total_weight().to_f64() - total).abs() <= 1e-12 * (1.0 + total));
    if init == InitRule::Target {
        assert!((total - 1.0).abs() < 1e-12, "target weights sum to one on {}", graph.edge_text());
    }
}

/// Edges of the graph on `hidden` hidden vertices whose bit mask runs over all forward pairs; none when a vertex would be
/// on no path, since that graph is one with fewer vertices.
fn full_graph(hidden: usize, mask: u64) -> Option<Vec<(usize, usize, EdgeKind)>> {
    let output = hidden + 1;
    let mut bit = 0;
    let mut edges = Vec::new();
    let (mut has_in, mut has_out) = (1_u64, 1_u64 << output);
    for u in 0..output {
        for v in u + 1..=output {
            if mask >> bit & 1 == 1 {
                edges.push((u, v, EdgeKind::Linear));
                has_out |= 1 << u;
                has_in |= 1 << v;
            }
            bit += 1;
        }
    }
    // Edges run forward, so in- and out-edges everywhere already put every vertex on a path.
    let all = (1 << (output + 1)) - 1;
    (has_in == all && has_out == all).then_some(edges)
}

#[test]
fn all_graphs_up_to_five_hidden_vertices() {
    let mut counts = Vec::new();
    for hidden in 1..=5_usize {
        let pairs = (hidden + 1) * (hidden + 2) / 2;
        let cases: usize = (0..1_u64 << pairs)
            .into_par_iter()
            .filter_map(|mask| {
                let graph = Graph::from_edges(full_graph(hidden, mask)?, None).unwrap();
                assert!(graph.dropped().is_empty() && graph.hidden_count() == hidden);
                assert_agrees(&graph, InitRule::BY_IN_DEGREE[(mask % 3) as usize]);
                Some(())
            })
            .count();
        counts.push(cases);
    }
    // Upper triangular 0–1 matrices without a zero row or column, OEIS A005321: rows are sources, columns targets.
    assert_eq!(counts, [2, 10, 122, 3_346, 196_082]);
}

#[test]
fn histogram_is_the_enumeration_by_depth() {
    let mut cases = 0;
    for mask in 0..1_u64 << 15 {
        let Some(edges) = full_graph(4, mask) else { continue };
        let graph = Graph::from_edges(edges, None).unwrap();
        let histogram = DepthHistogram::new(&graph).unwrap();
        let mut expected = vec![0_u32; histogram.counts().len()];
        for (depth, _) in enumerate(&graph, InitRule::He) {
            expected[depth] += 1;
        }
        let expected: Vec<BigUint> = expected.into_iter().map(BigUint::from).collect();
        assert_eq!(histogram.counts(), expected);
        cases += 1;
    }
    assert_eq!(cases, 3_346);
}

#[test]
fn skips_add_no_depth() {
    for code in ["cell:2_12", "cell:1_21_212", "cell:2_11_120_1022", "cell:2_22_222"] {
        let architecture = Architecture::parse(code).unwrap();
        for init in [InitRule::Source, InitRule::He] {
            assert_agrees(architecture.graph(), init);
        }
    }
}

#[test]
fn complete_graph_matches_the_binomial_sum() {
    // Paths choose any subset of the hidden vertices: Σ_k binom(L, k) k³ = L² (L + 3) 2^(L−3).
    for hidden in 3..40_u32 {
        let graph = Architecture::parse(&format!("complete:{hidden}")).unwrap();
        let sums = PathSums::new(graph.graph(), InitRule::Target);
        let expected = BigUint::from(hidden * hidden * (hidden + 3)) << (hidden - 3);
        assert_eq!(sums.power_sum(3), expected);
        assert_eq!(*sums.count(), BigUint::from(1_u32) << hidden);
    }
}

/// A stem, then blocks of two linear layers beside a skip: depth 1 + 2k on binom(blocks, k) paths.
fn residual(blocks: usize) -> Graph {
    let linear = (0..=2 * blocks + 1).map(|v| (v, v + 1, EdgeKind::Linear));
    let skips = (0..blocks).map(|block| (2 * block + 1, 2 * block + 3, EdgeKind::Skip));
    Graph::from_edges(linear.chain(skips), None).unwrap()
}

#[test]
fn a_thousand_residual_blocks() {
    for blocks in [1_usize, 7, 1_000] {
        let graph = residual(blocks);
        let sums = PathSums::new(&graph, InitRule::He);
        assert_eq!(*sums.count(), BigUint::from(1_u32) << blocks);
        let mut binomial = BigUint::from(1_u32);
        let mut cubes = BigUint::default();
        for k in 0..=blocks {
            cubes += &binomial * BigUint::from(1 + 2 * k).pow(3);
            binomial = binomial * (blocks - k) / (k + 1);
        }
        assert_eq!(sums.power_sum(3), cubes);
        assert_eq!((sums.shortest(), sums.longest()), (1, 1 + 2 * blocks));
        let digits = cubes.to_string().len() as f64;
        assert!((sums.ln_shifted_cubes(0) / std::f64::consts::LN_10 + 1.0 - digits).abs() <= 1.0);
        let histogram = DepthHistogram::new(&graph).unwrap();
        assert_eq!(histogram.counts().iter().sum::<BigUint>(), *sums.count());
    }
}

#[test]
fn a_million_edges() {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let graph = random_graph(10_000, 1_000_000, |bound| rng.random_range(0..bound)).unwrap();
    assert!(graph.dropped().is_empty());
    assert_eq!(graph.edge_count(), 1_000_000);
    let sums = PathSums::new(&graph, InitRule::Target);
    assert!((sums.total_weight().to_f64() - 1.0).abs() < 1e-9);
    // A fraction 0.02 of all pairs: about 1.02^10000 paths.
    assert!(sums.count().to_string().len() > 80);
}
