//! Properties of the laws on random architectures, from fixed seeds.

use std::cell::Cell;

use archscale_model::{Architecture, DepthHistogram, EdgeKind, Gain, Graph, InitRule, PathSums};
use archscale_testkit::search::runner;
use archscale_testkit::strategy::{architectures, dags, widths, wirings};
use archscale_testkit::{Tolerance, Wiring};
use archscale_theory::{FiniteMoments, PairTables, ReluDag, Scalar, finite_moments, limit_moments, second_moments};
use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::{One, Signed};
use proptest::strategy::Strategy;

type Exact = BigRational;

/// Runs `test` on every case that the seed draws, shrinks a failure, and asserts that all cases ran.
fn check<S: Strategy>(seed: u64, cases: u32, strategy: S, test: impl Fn(S::Value)) {
    let ran = Cell::new(0);
    let outcome = runner(seed, cases).run(&strategy, |case| {
        ran.set(ran.get() + 1);
        test(case);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert_eq!(ran.get(), cases);
}

fn view(wiring: &Wiring) -> ReluDag {
    ReluDag::new(&wiring.program().unwrap(), "the exact law").unwrap()
}

fn law(wiring: &Wiring, width: u64) -> Vec<FiniteMoments<Exact>> {
    finite_moments(&view(wiring), width).unwrap()
}

fn number(numerator: u64, denominator: u64) -> Exact {
    Exact::new(numerator.into(), denominator.into())
}

/// New number of each vertex under the topological order that puts smaller priorities first.
fn renumbering(graph: &Graph, priorities: &[u32]) -> Vec<usize> {
    let size = graph.vertex_count();
    let mut new = vec![usize::MAX; size];
    for number in 0..size {
        let ready = (0..size)
            .filter(|&v| new[v] == usize::MAX && graph.parents(v).iter().all(|edge| new[edge.source()] != usize::MAX));
        let next = ready.min_by_key(|&v| (priorities[v % priorities.len()], v)).unwrap();
        new[next] = number;
    }
    new
}

#[test]
fn relabelling_changes_nothing() {
    let moved = Cell::new(0);
    let priorities = proptest::collection::vec(0..1_000_u32, 8);
    check(11, 96, (architectures(1..=6), priorities, widths(1..=8)), |((graph, init), priorities, width)| {
        let new = renumbering(&graph, &priorities);
        let edges = graph.edges().map(|(from, to, kind)| (new[from], new[to], kind));
        let renumbered = Graph::from_edges(edges, None).unwrap();
        let (before, after) = (law(&Wiring::of(&graph, init), width), law(&Wiring::of(&renumbered, init), width));
        for v in graph.hidden() {
            moved.set(moved.get() + usize::from(new[v] != v));
            assert_eq!(before[v - 1], after[new[v] - 1], "vertex {v} became {}", new[v]);
        }
        let [before, after] = [&graph, &renumbered].map(|graph| PathSums::new(graph, init));
        for k in 0..4 {
            assert_eq!(before.power_sum(k), after.power_sum(k));
        }
        assert_eq!((before.shortest(), before.longest()), (after.shortest(), after.longest()));
        // Sums of positive products: at most an addition an edge, four powers deep.
        let tolerance = Tolerance::Operations(8 * graph.edge_count() as u64);
        assert!(tolerance.accepts(after.weighted_sum_cubed().to_f64(), before.weighted_sum_cubed().to_f64()));
    });
    assert!(moved.get() > 50, "only {} vertices got another number", moved.get());
}

#[test]
fn the_order_of_edges_changes_nothing() {
    check(12, 96, (wirings(1..=5), 0..24_usize, widths(1..=8)), |(wiring, turn, width)| {
        let mut shuffled = wiring.clone();
        for edges in shuffled.hidden.iter_mut().chain([&mut shuffled.readout]) {
            let middle = turn % edges.len();
            edges.rotate_left(middle);
            edges[middle / 2..].reverse();
        }
        assert_eq!(law(&wiring, width), law(&shuffled, width));
    });
    check(13, 200, (dags(1..=10), 0..200_usize), |(graph, turn)| {
        let mut edges: Vec<(usize, usize, EdgeKind)> = graph.edges().collect();
        let middle = turn % edges.len();
        edges.rotate_left(middle);
        edges[middle..].reverse();
        assert_eq!(Graph::from_edges(edges, None).unwrap(), graph);
    });
}

#[test]
fn parts_are_positive_under_any_gains() {
    check(14, 300, (wirings(1..=6), widths(1..=64)), |(wiring, width)| {
        for law in finite_moments::<f64>(&view(&wiring), width).unwrap() {
            assert!(law.second_moment > 0.0 && law.output_part > 0.0 && law.label_part > 0.0, "{law:?}");
        }
    });
}

#[test]
fn target_preserves_the_second_moment_and_source_does_not() {
    check(15, 500, dags(1..=14), |graph| {
        let of = |init| second_moments::<Exact>(&view(&Wiring::of(&graph, init)));
        assert!(of(InitRule::Target).iter().all(One::is_one));
        for (moment, v) in of(InitRule::Source).iter().zip(graph.hidden()) {
            assert_eq!(*moment, number(graph.in_degree(v) as u64, 1));
        }
    });
}

/// Every edge of a wiring as (list, place in it); list 0 is the readout's, list v that of hidden vertex v.
fn edge_at(wiring: &Wiring, pick: usize) -> (usize, usize) {
    let lists = [&wiring.readout].into_iter().chain(&wiring.hidden).enumerate();
    let all: Vec<(usize, usize)> = lists.flat_map(|(list, edges)| (0..edges.len()).map(move |at| (list, at))).collect();
    all[pick % all.len()]
}

/// Splits an edge u → v of gain C into two parallel ones of gains pC and (1 − p)C.
///
/// The pre-activations have the same law, so no second moment changes. Into the output, which is not trained, A and B do not
/// change either. Into a hidden vertex both new matrices are trained, so the source |h(u)|² enters the kernel of v once more:
/// in the limit κ(v) grows by v(u)/2, and A and B of v grow at every width.
#[test]
fn splitting_an_edge() {
    let kinds = Cell::new([0, 0]);
    let strategy = (wirings(1..=4), 0..1_000_usize, 0..=4_u64, widths(1..=6));
    check(16, 128, strategy, |(wiring, pick, quarters, width)| {
        let (list, at) = edge_at(&wiring, pick);
        let mut split = wiring.clone();
        let edges = if list == 0 { &mut split.readout } else { &mut split.hidden[list - 1] };
        let (source, gain) = edges[at].clone();
        edges[at].1 = &gain * number(quarters, 4);
        edges.push((source, gain * number(4 - quarters, 4)));
        let (before, after) = (law(&wiring, width), law(&split, width));
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before.second_moment, after.second_moment);
            assert!(after.output_part >= before.output_part && after.label_part >= before.label_part);
        }
        let mut seen = kinds.get();
        if list == 0 {
            assert_eq!(before, after);
            seen[0] += 1;
        } else {
            let v = list - 1;
            assert!(after[v].output_part > before[v].output_part && after[v].label_part > before[v].label_part);
            let [old, new] = [&wiring, &split].map(|wiring| limit_moments::<Exact>(&view(wiring)).unwrap());
            // The input of mean square ½ counts as second moment 1.
            let moment = if source == 0 { Exact::one() } else { before[source - 1].second_moment.clone() };
            assert_eq!(&new[v].kernel - &old[v].kernel, moment / number(2, 1));
            seen[1] += 1;
        }
        kinds.set(seen);
    });
    assert!(kinds.get().iter().all(|&count| count > 20), "{:?}", kinds.get());
}

/// Duplicates a hidden vertex: the copy has the same in-edges, and every out-edge of gain C becomes two of C/2.
///
/// Copies are independent given their parents, but of the same second moment, so no second moment changes; each reader trains
/// one more matrix, which adds v(u)/2 to its κ for each of its edges from u.
#[test]
fn duplicating_a_vertex() {
    check(17, 128, (wirings(1..=5), 0..5_usize), |(wiring, pick)| {
        let u = 1 + pick % wiring.hidden.len();
        let half = |edges: &[(usize, Gain)]| -> Vec<(usize, Gain)> {
            let place = |source: usize| if source > u { source + 1 } else { source };
            let parts = |(source, gain): &(usize, Gain)| {
                let halved = gain / number(2, 1);
                if *source == u { vec![(u, halved.clone()), (u + 1, halved)] } else { vec![(place(*source), gain.clone())] }
            };
            edges.iter().flat_map(parts).collect()
        };
        let mut hidden: Vec<_> = wiring.hidden.iter().map(|edges| half(edges)).collect();
        hidden.insert(u, hidden[u - 1].clone());
        let doubled = Wiring { input: wiring.input.clone(), hidden, readout: half(&wiring.readout) };
        let [old, new] = [&wiring, &doubled].map(|wiring| limit_moments::<Exact>(&view(wiring)).unwrap());
        let shift = |v: usize| if v > u { v } else { v - 1 };
        let mut gained = vec![Exact::from_integer(0.into()); wiring.hidden.len() + 1];
        for v in 1..=wiring.hidden.len() {
            assert_eq!(old[v - 1].second_moment, new[shift(v)].second_moment);
            // What κ gains: the further source at v, and what the parents gained, passed on by C/2.
            for (source, gain) in &wiring.hidden[v - 1] {
                let passed = gain * &gained[*source] / number(2, 1);
                let fresh = if *source == u { &old[u - 1].second_moment / number(2, 1) } else { number(0, 1) };
                gained[v] += passed + fresh;
            }
            assert_eq!(&new[shift(v)].kernel - &old[v - 1].kernel, gained[v]);
        }
    });
}

#[test]
fn gains_scale_the_law() {
    check(18, 96, (wirings(1..=4), 1..20_u64, widths(1..=6)), |(wiring, factor, width)| {
        let c = number(factor, 7);
        let before = law(&wiring, width);
        // Readout: f and its gradient grow by √c, so B by c and A by c².
        let mut louder = wiring.clone();
        louder.readout.iter_mut().for_each(|edge| edge.1 *= &c);
        for (before, after) in before.iter().zip(law(&louder, width)) {
            assert_eq!(after.second_moment, before.second_moment);
            assert_eq!(after.label_part, &before.label_part * &c);
            assert_eq!(after.output_part, &before.output_part * &c * &c);
        }
        // Input: all activations grow by √c, so the kernel by c, B by c² and A, with f² more, by c³.
        let brighter = Wiring { input: &wiring.input * &c, ..wiring };
        for (before, after) in before.iter().zip(law(&brighter, width)) {
            assert_eq!(after.second_moment, &before.second_moment * &c);
            assert_eq!(after.label_part, &before.label_part * &c * &c);
            assert_eq!(after.output_part, &before.output_part * &c * &c * &c);
        }
    });
}

#[test]
fn finite_width_reaches_the_limit_at_rate_one_over_n() {
    check(19, 64, wirings(1..=5), |wiring| {
        let dag = view(&wiring);
        let limit = limit_moments::<Exact>(&dag).unwrap();
        let part = |width: u64| PairTables::<Exact>::new(&dag, width).unwrap().label_parts(&dag);
        let rows = [10_000_u64, 20_000, 40_000].map(|width| (width, part(width)));
        for (at, limit) in limit.iter().enumerate() {
            // B = b₀ + b₁/n + b₂/n² + …: n (B − b₀) tends to b₁, its own error halving with n.
            let [near, middle, far] = [0, 1, 2].map(|row| (&rows[row].1[at] - &limit.change) * number(rows[row].0, 1));
            let (first, second) = ((near - &middle).to_f64(), (&middle - &far).to_f64());
            let scale = limit.change.to_f64();
            assert!(far.to_f64() >= 0.0, "finite width adds to B");
            let halved =
                (second / first - 0.5).abs() < 0.01 || (first.abs() < 1e-12 * scale && second.abs() < 1e-12 * scale);
            assert!(halved, "vertex {at}: {first} then {second}");
        }
    });
}

/// n A → B Σ_{b→out} ½ C v(b): at leading order the output's square is independent of its gradient.
#[test]
fn the_output_part_vanishes_at_rate_one_over_n() {
    check(20, 48, wirings(1..=4), |wiring| {
        let dag = view(&wiring);
        let limit = limit_moments::<f64>(&dag).unwrap();
        let moment = |v: usize| if v == 0 { 1.0 } else { limit[v - 1].second_moment };
        let square: f64 = wiring.readout.iter().map(|(source, gain)| 0.5 * gain.to_f64() * moment(*source)).sum();
        let gap = |width: u64| -> Vec<f64> {
            let law = finite_moments::<f64>(&dag, width).unwrap();
            law.iter()
                .zip(&limit)
                .map(|(law, limit)| width as f64 * law.output_part / (square * limit.change) - 1.0)
                .collect()
        };
        for (near, far) in gap(2_000).iter().zip(gap(200_000)) {
            assert!((near / far - 100.0).abs() < 5.0, "relative gap {near} at n = 2 000, {far} at n = 200 000");
        }
    });
}

#[test]
fn rationals_and_floats_agree() {
    check(21, 64, (wirings(1..=5), widths(1..=100)), |(wiring, width)| {
        let (exact, float) = (law(&wiring, width), finite_moments::<f64>(&view(&wiring), width).unwrap());
        // Three sites, each resolved at three labels a vertex; a step sums at most 24 products (terms of a rule, or parents).
        let tolerance = Tolerance::Operations(9 * (wiring.hidden.len() as u64 + 1) * 2 * 24);
        for (exact, float) in exact.iter().zip(float) {
            assert!(tolerance.accepts(float.second_moment, exact.second_moment.to_f64()));
            assert!(tolerance.accepts(float.output_part, exact.output_part.to_f64()), "A {float:?}");
            assert!(tolerance.accepts(float.label_part, exact.label_part.to_f64()), "B {float:?}");
            assert!(exact.output_part.is_positive());
        }
    });
}

#[test]
fn a_graph_is_read_back_from_its_text() {
    check(22, 500, dags(1..=12), |graph| {
        let again = Architecture::parse(&graph.edge_text()).unwrap();
        assert_eq!(*again.graph(), graph);
        assert!(again.graph().warnings().is_empty());
    });
}

#[test]
fn path_sums_are_consistent() {
    check(23, 500, architectures(1..=12), |(graph, init)| {
        let sums = PathSums::new(&graph, init);
        let histogram = DepthHistogram::new(&graph).unwrap();
        for k in 0..4 {
            let by_depth = histogram.counts().iter().enumerate().map(|(depth, count)| count * BigUint::from(depth).pow(k));
            assert_eq!(sums.power_sum(k as usize), by_depth.sum::<BigUint>());
        }
        assert_eq!(*sums.count(), sums.power_sum(0));
        assert_eq!(sums.shifted_cubes(0), sums.power_sum(3));
        let tolerance = Tolerance::Operations(8 * graph.edge_count() as u64);
        // Σ_p w_p is the second moment that the rule would give the output: 1, its in-degree, the number of paths.
        let output = match init {
            InitRule::Target => 1.0,
            InitRule::Source => graph.in_degree(graph.output()) as f64,
            InitRule::He => sums.count().to_string().parse().unwrap(),
            other => panic!("no expectation for {other}"),
        };
        assert!(tolerance.accepts(sums.total_weight().to_f64(), output), "{} for {output}", sums.total_weight());
        let (low, high) = (sums.shortest().pow(3) as f64, sums.longest().pow(3) as f64);
        let mean = (sums.weighted_sum_cubed() / sums.total_weight()).to_f64();
        assert!(low * (1.0 - tolerance.relative()) <= mean && mean <= high * (1.0 + tolerance.relative()));
    });
}
