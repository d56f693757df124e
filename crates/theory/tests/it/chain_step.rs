//! The law of one gradient step of any size on a wide ReLU chain.
use archscale_theory::{TheoryError, chain_limit, chain_step, chain_step_rate};

/// E over independent standard normals by the midpoint rule: 0, where the integrands jump, is the edge of a cell, so that the error is
/// that of the kinks, of order step².
fn expectation(f: impl Fn(f64, f64) -> f64) -> f64 {
    const STEP: f64 = 0.01;
    let density = |x: f64| STEP * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let grid = || (-800..800).map(|k| (f64::from(k) + 0.5) * STEP);
    grid().map(|x| density(x) * grid().map(|y| density(y) * f(x, y)).sum::<f64>()).sum()
}

/// The second layer from the definition: after the step the first holds z + aβ where z > 0, and z elsewhere.
#[test]
fn two_layers_by_quadrature() {
    for eta in [0.3, 1.0, 4.0] {
        let a = eta / 2.0_f64.sqrt();
        let after = |z: f64, beta: f64| if z > 0.0 { (z + a * beta).max(0.0) } else { 0.0 };
        let product = expectation(|z, beta| z.max(0.0) * after(z, beta));
        let square = expectation(|z, beta| after(z, beta).powi(2));
        // E[β h̃] = a P(z > 0, z̃ > 0) by Stein's identity, so this is the answer of the matrix to the change itself.
        let stein = expectation(|z, beta| beta * after(z, beta));
        let next = 2.0_f64.sqrt() * eta * product + 2.0 * stein;
        let change = 2.0 * square + 1.0 - 4.0 * product + 0.5 * next * next;
        let law = chain_step(2, eta).unwrap();
        assert!(
            (law[1].squared_change / change - 1.0).abs() < 1e-4,
            "η = {eta}: {} against {change}",
            law[1].squared_change
        );
        assert!((law[1].second_moment - (2.0 * square + 0.5 * next * next)).abs() < 1e-4 * law[1].second_moment);
        assert!((law[0].squared_residual - (1.0 - 2.0_f64.sqrt() * stein).powi(2)).abs() < 1e-4);
    }
}

/// To first order in η the law is the polynomial of the linear theory, with a correction of order η.
#[test]
fn small_steps_are_linear() {
    for layer in [1, 2, 5, 12] {
        let excess = |eta: f64| {
            let change = chain_step(layer, eta).unwrap().pop().unwrap().squared_change;
            (change / (eta * eta * chain_limit::<f64>(layer)) - 1.0).abs()
        };
        assert!(excess(1e-5) < 1e-3, "layer {layer}: {}", excess(1e-5));
        if layer > 1 {
            let ratio = excess(2e-4) / excess(1e-4);
            assert!((1.8..2.2).contains(&ratio), "layer {layer}: the first correction is of order η, not {ratio}");
        }
    }
}

#[test]
fn the_rate_inverts_the_law() {
    for layers in [1, 3, 16, 64] {
        for movement in [1e-2, 1.0, 10.0] {
            let eta = chain_step_rate(layers, movement).unwrap();
            let found = chain_step(layers, eta).unwrap().pop().unwrap().squared_change;
            assert!((found / movement - 1.0).abs() < 1e-9, "L = {layers}, {movement}: {found}");
        }
    }
}

/// At a fixed movement the exponent leaves −3/2 and tends to −5/6.
#[test]
fn great_depth_has_another_exponent() {
    let exponent = |from: u64, to: u64, movement: f64| {
        let rate = |layers| chain_step_rate(layers, movement).unwrap();
        (rate(to) / rate(from)).ln() / (to as f64 / from as f64).ln()
    };
    assert!((exponent(8, 16, 1e-5) + 1.5).abs() < 0.02, "{}", exponent(8, 16, 1e-5));
    assert!((exponent(20_000, 80_000, 1.0) + 5.0 / 6.0).abs() < 0.01, "{}", exponent(20_000, 80_000, 1.0));
}

#[test]
fn bad_arguments_are_refused() {
    assert!(matches!(chain_step(0, 1.0), Err(TheoryError::Refused(_))));
    assert!(matches!(chain_step_rate(0, 1.0), Err(TheoryError::Refused(_))));
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(chain_step(3, bad), Err(TheoryError::Refused(_))));
        assert!(matches!(chain_step_rate(3, bad), Err(TheoryError::Refused(_))));
    }
    assert!(chain_step_rate(3, 0.0).is_err());
}
