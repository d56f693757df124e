//! What the law refuses, and the edges of what it accepts.

use archscale_model::{Activation, OpId, Program, ProgramBuilder};
use archscale_theory::{TheoryError, wide_moments, wide_moments_at};

use crate::wide::cells::{Convention, cell, rational};

fn refusal(build: impl FnOnce(&mut ProgramBuilder, OpId) -> OpId) -> String {
    let mut builder = ProgramBuilder::new();
    let input = builder.input(rational(1, 2)).unwrap();
    let last = build(&mut builder, input);
    let program = builder.readout(vec![(rational(2, 1), last)]).unwrap();
    let error = wide_moments(&program).unwrap_err();
    assert!(matches!(error, TheoryError::OutOfDomain { .. }), "{error}");
    error.to_string()
}

#[test]
fn programs_outside_the_domain_are_refused_with_the_reason() {
    let one = || rational(1, 1);
    let nonlinear = refusal(|builder, input| builder.act(Activation::RELU, input).unwrap());
    assert!(
        nonlinear.starts_with("operation 1 is a nonlinearity of the raw input, which the infinite-width law does not cover"),
        "{nonlinear}"
    );
    let mixed = refusal(|builder, input| {
        let slot = builder.dense(vec![(one(), input)]).unwrap();
        builder.sum(vec![(one(), slot), (one(), input)]).unwrap()
    });
    assert!(mixed.starts_with("operation 2 is a sum of the raw input"), "{mixed}");
    let second = refusal(|builder, input| {
        let other = builder.input(one()).unwrap();
        builder.dense(vec![(one(), input), (one(), other)]).unwrap()
    });
    assert!(second.starts_with("operation 1 is a second input"), "{second}");
    let untrained = refusal(|_, input| input);
    assert!(untrained.contains("without a dense operation"), "{untrained}");
}

#[test]
fn an_operation_that_does_not_exist_is_refused() {
    let program = cell("2_12", Convention::Pre, "target", Activation::RELU);
    assert!(
        matches!(wide_moments_at(&program, &[99]), Err(TheoryError::OutOfDomain(refusal)) if refusal.place == "operation 99")
    );
}

/// stem → `middle` → dense → ReLU → readout; the last slot is reported.
fn through(middle: impl FnOnce(&mut ProgramBuilder, OpId) -> OpId) -> Program {
    let mut builder = ProgramBuilder::new();
    let input = builder.input(rational(1, 2)).unwrap();
    let stem = builder.dense(vec![(rational(2, 1), input)]).unwrap();
    let last = middle(&mut builder, stem);
    let slot = builder.dense(vec![(rational(2, 1), last)]).unwrap();
    builder.report_at(0, slot, 1).unwrap();
    let read = builder.act(Activation::RELU, slot).unwrap();
    builder.readout(vec![(rational(2, 1), read)]).unwrap()
}

#[test]
fn a_vector_that_cancels_is_zero() {
    // x − x: nothing arrives, so nothing moves but through the slot's own matrix, whose input is zero.
    let law =
        wide_moments(&through(|builder, stem| builder.sum(vec![(rational(1, 1), stem), (rational(-1, 1), stem)]).unwrap()))
            .unwrap();
    let node = law.nodes[0];
    assert_eq!((node.second_moment, node.kernel, node.mean_squared_change), (0.0, 0.0, 0.0));
}

#[test]
fn signs_and_identities_do_not_matter_where_they_should_not() {
    let relu = |builder: &mut ProgramBuilder, source| builder.act(Activation::RELU, source).unwrap();
    let plain = wide_moments(&through(relu)).unwrap();
    // relu(−g) has the law of relu(g); the identity changes nothing; a scaled input enters by its square.
    let mirrored = wide_moments(&through(|builder, stem| {
        let minus = builder.sum(vec![(rational(-1, 1), stem)]).unwrap();
        relu(builder, minus)
    }))
    .unwrap();
    let identity = wide_moments(&through(|builder, stem| {
        let same = builder.act(Activation::LINEAR, stem).unwrap();
        relu(builder, same)
    }))
    .unwrap();
    assert_eq!(plain.nodes[0].mean_squared_change, mirrored.nodes[0].mean_squared_change);
    assert_eq!(plain.nodes[0].mean_squared_change, identity.nodes[0].mean_squared_change);
}
