//! Functions of single slots made of several parts, and closed forms against the same program by quasi-Monte-Carlo.

use archscale_model::{Activation, Architecture, Expr, InitRule, Lowering, OpId, Pointwise, Program, ProgramBuilder};
use archscale_theory::{Evaluation, GaussianTable, wide_moments, wide_moments_at};

use crate::wide::cells::{Convention, cell, chain, rational};

/// How an activation is written into a program: once, or for ReLU twice, which is the same function but has no closed form.
#[derive(Clone, Copy, PartialEq)]
enum Writing {
    Once,
    Twice,
}

/// A program with every kind of vector: linear forms, activations of sums, sums of activations, a slot with two parts.
fn program(writing: Writing) -> (Program, Vec<OpId>) {
    let mut builder = ProgramBuilder::new();
    let one = || rational(1, 1);
    let relu = |builder: &mut ProgramBuilder, source| {
        let first = builder.act(Activation::RELU, source).unwrap();
        if writing == Writing::Twice { builder.act(Activation::RELU, first).unwrap() } else { first }
    };
    let input = builder.input(rational(1, 2)).unwrap();
    let g0 = builder.dense(vec![(rational(2, 1), input)]).unwrap();
    let h0 = relu(&mut builder, g0);
    let g1 = builder.dense(vec![(rational(3, 2), h0), (rational(1, 3), input)]).unwrap();
    let h1 = relu(&mut builder, g1);
    // Σ m_b σ(g_b), with a negative multiplier.
    let post = builder.sum(vec![(one(), h0), (rational(-1, 2), h1)]).unwrap();
    let g2 = builder.dense(vec![(one(), post)]).unwrap();
    let line = builder.sum(vec![(one(), g2), (rational(1, 2), g0)]).unwrap();
    // σ of a linear form, beside a sum that shares one slot with it.
    let pre = relu(&mut builder, line);
    let h2 = relu(&mut builder, g2);
    let other = builder.sum(vec![(one(), h1), (rational(1, 4), h2)]).unwrap();
    // One slot with two parts: g + σ(g)/3.
    let both = builder.sum(vec![(one(), g1), (rational(1, 3), h1)]).unwrap();
    let g3 =
        builder.dense(vec![(one(), pre), (rational(1, 2), other), (rational(2, 3), both), (rational(1, 5), line)]).unwrap();
    let h3 = relu(&mut builder, g3);
    let read = builder.sum(vec![(one(), h3), (one(), both)]).unwrap();
    let ops = vec![g0, h0, g1, post, g2, line, pre, other, both, g3, read];
    (builder.readout(vec![(rational(2, 1), read)]).unwrap(), ops)
}

#[test]
fn closed_and_sampled_expectations_agree() {
    let ((closed, ops), (sampled, sampled_ops)) = (program(Writing::Once), program(Writing::Twice));
    let closed = wide_moments_at(&closed, &ops).unwrap();
    let sampled = wide_moments_at(&sampled, &sampled_ops).unwrap();
    assert!(matches!(closed.evaluation, Evaluation::Quadrature { .. }), "{:?}", closed.evaluation);
    assert!(matches!(sampled.evaluation, Evaluation::QuasiMonteCarlo { .. }));
    for (exact, found) in closed.nodes.iter().zip(&sampled.nodes) {
        // 16 fixed scrambles; were they drawn, six standard errors with 15 degrees of freedom: 3e-5 each.
        let close = |a: f64, b: f64, error: f64| (a - b).abs() <= 6.0 * error + 1e-12 * b.abs();
        assert!(close(found.second_moment, exact.second_moment, found.second_moment_error), "{found:?} {exact:?}");
        assert!(close(found.mean_squared_change, exact.mean_squared_change, found.change_error), "{found:?} {exact:?}");
        assert!(found.change_error < 1e-3 * found.mean_squared_change, "{found:?}");
    }
    assert_eq!(closed.nodes.len(), 11);
}

#[test]
fn a_chain_of_any_activation_follows_its_closed_recursion() {
    // κ′ = E σ² + C E σ′² κ, B′ = C² (E σ′⁴ κ² + (E σ′²)² B), change at the last slot C E σ′² (B + κ²).
    let mut table = GaussianTable::new();
    let mut count = 0;
    for activation in
        [Activation::GELU, Activation::SILU, Activation::TANH, Activation::ERF, Activation::leaky(0.2).unwrap()]
    {
        let gain = 1.5;
        let (mut q, mut kappa, mut cross) = (0.75, 0.5, 0.0);
        for depth in 1..=12 {
            let law = wide_moments(&chain(depth, &rational(3, 2), activation)).unwrap();
            let moments = table.moments(activation, q).unwrap();
            let expected = gain * moments.slope_second * (cross + kappa * kappa);
            let (node, slot) = (law.nodes[depth - 1], law.slots[depth - 1]);
            for (found, expected) in [
                (node.mean_squared_change, expected),
                (node.second_moment, q),
                (slot.kernel, kappa),
                // What reaches the slot from other neurons, seen through the slopes that send the signal back.
                (slot.fluctuation, gain * moments.slope_second * cross),
            ] {
                assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{activation} {depth}: {found}, {expected}");
            }
            cross = gain * gain * (moments.slope_fourth * kappa * kappa + moments.slope_second.powi(2) * cross);
            kappa = moments.second + gain * moments.slope_second * kappa;
            q = gain * moments.second;
            count += 1;
        }
    }
    assert_eq!(count, 60);
}

#[test]
fn the_model_lowers_cells_to_the_programs_written_out_here() {
    let conventions = [
        (Convention::Pre, archscale_model::Convention::Pre),
        (Convention::Post, archscale_model::Convention::Post),
        (Convention::Preact, archscale_model::Convention::Preact),
    ];
    let mut nodes = 0;
    for code in ["2_02_002", "2_12_112", "1_21_012", "1_02_212_1221", "2_00_200_1201"] {
        for init in
            InitRule::BY_IN_DEGREE.into_iter().filter(|init| ["target", "source", "he"].contains(&init.to_string().as_str()))
        {
            for (own, theirs) in conventions {
                let how = Lowering::new(init).with_convention(theirs).with_readout(2.into());
                let architecture = Architecture::parse(&format!("cell:{code}")).unwrap();
                let law = wide_moments(&architecture.graph().lower_with(&how).unwrap()).unwrap();
                let expected = wide_moments(&cell(code, own, &init.to_string(), Activation::RELU)).unwrap();
                assert_eq!(law.nodes.len(), expected.nodes.len());
                for (found, expected) in law.nodes.iter().zip(&expected.nodes) {
                    // The same point set where it is sampled: only the order of additions may differ.
                    let gap = (found.mean_squared_change / expected.mean_squared_change - 1.0).abs();
                    assert!(gap <= 1e-11, "{code} {init} {own:?}: {found:?}, {expected:?}");
                    assert_eq!(found.id, expected.id);
                    nodes += 1;
                }
            }
        }
    }
    assert_eq!(nodes, 9 * (4 + 4 + 4 + 5 + 4));
}

#[test]
fn an_operation_of_two_vectors_is_sampled() {
    // z + W relu(z) as a pointwise operation of the two: the sum, which is closed.
    let build = |pointwise: bool| {
        let mut builder = ProgramBuilder::new();
        let input = builder.input(rational(1, 2)).unwrap();
        let g = builder.dense(vec![(rational(2, 1), input)]).unwrap();
        let h = builder.act(Activation::RELU, g).unwrap();
        let w = builder.dense(vec![(rational(1, 1), h)]).unwrap();
        let merged = if pointwise {
            let sum = Pointwise::new("plus", 2, Expr::argument(0) + 0.5 * Expr::argument(1)).unwrap();
            builder.pointwise(sum, vec![g, w]).unwrap()
        } else {
            builder.sum(vec![(rational(1, 1), g), (rational(1, 2), w)]).unwrap()
        };
        builder.report_at(0, merged, 1).unwrap();
        let read = builder.act(Activation::RELU, merged).unwrap();
        builder.readout(vec![(rational(2, 1), read)]).unwrap()
    };
    let (closed, sampled) = (wide_moments(&build(false)).unwrap(), wide_moments(&build(true)).unwrap());
    assert_eq!(closed.evaluation, Evaluation::Closed);
    let (exact, found) = (closed.nodes[0], sampled.nodes[0]);
    assert!(found.change_error > 0.0 && found.change_error < 1e-3 * found.mean_squared_change, "{found:?}");
    assert!(
        (found.mean_squared_change - exact.mean_squared_change).abs() <= 6.0 * found.change_error,
        "{found:?}, {exact:?}"
    );
    assert!((found.second_moment - exact.second_moment).abs() <= 6.0 * found.second_moment_error, "{found:?}, {exact:?}");
}
