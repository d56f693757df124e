//! Chains held at a fixed variance: closed form against the engine, and the growth that is not cubic.

use archscale_model::{Activation, Gain, ProgramBuilder};
use archscale_theory::{FixedVarianceChain, GaussianTable, TheoryError, wide_moments};

#[test]
fn the_closed_form_is_the_engine() {
    let mut table = GaussianTable::new();
    for activation in [Activation::GELU, Activation::TANH, Activation::RELU, Activation::SILU] {
        for q in [0.1, 1.0, 30.0] {
            let chain = FixedVarianceChain::new(activation, q, &mut table).unwrap();
            let gain = Gain::from_float(chain.gain).unwrap();
            let mut builder = ProgramBuilder::new();
            let mut source = builder.input(Gain::from_float(chain.activation_moment).unwrap()).unwrap();
            for layer in 1..=16 {
                let slot = builder.dense(vec![(gain.clone(), source)]).unwrap();
                builder.report_at(layer, slot, 1).unwrap();
                source = builder.act(activation, slot).unwrap();
            }
            let law = wide_moments(&builder.readout(vec![(gain, source)]).unwrap()).unwrap();
            let last = law.nodes[15];
            // The fixed point may be unstable: rounding in q grows by a factor below 1.2 per layer.
            assert!((last.second_moment / q - 1.0).abs() <= 1e-12, "{activation} {q}: {last:?}");
            assert!((last.mean_squared_change / chain.change(16) - 1.0).abs() <= 1e-10, "{activation} {q}: {last:?}");
        }
    }
}

#[test]
fn gelu_is_not_cubic() {
    // From an independent quadrature: (q, C, χ, r, exponents from L to 2L for L = 2, 8, 32).
    let rows = [
        (0.1, 3.4376, 1.04162, 1.6214, [2.94, 3.58, 5.77]),
        (1.0, 2.3517, 1.07203, 2.0883, [3.16, 4.09, 8.09]),
        (30.0, 2.0044, 1.02009, 2.0224, [2.95, 3.29, 4.26]),
        (1000.0, 2.0000, 1.00356, 2.0042, [2.89, 3.04, 3.21]),
    ];
    let mut table = GaussianTable::new();
    for (q, gain, factor, ratio, exponents) in rows {
        let chain = FixedVarianceChain::new(Activation::GELU, q, &mut table).unwrap();
        assert!((chain.gain - gain).abs() <= 6e-5, "{chain:?}");
        assert!((chain.gradient_factor - factor).abs() <= 6e-6, "{chain:?}");
        assert!((chain.slope_ratio - ratio).abs() <= 6e-5, "{chain:?}");
        for (depth, exponent) in [2, 8, 32].into_iter().zip(exponents) {
            let found = chain.local_exponent(depth);
            assert!((found - exponent).abs() <= 6e-3, "q = {q}, L = {depth}: {found}");
        }
    }
    let chain = FixedVarianceChain::new(Activation::GELU, 1.0, &mut table).unwrap();
    for (depth, change) in [(1, 0.1938), (2, 1.2974), (3, 4.5433), (6, 46.35), (10, 309.19), (16, 2240.0), (32, 89920.0)] {
        assert!((chain.change(depth) / change - 1.0).abs() <= 3e-4, "L = {depth}: {}", chain.change(depth));
    }
    assert_eq!(chain.change(0), 0.0);
}

#[test]
fn a_variance_that_is_not_positive_is_refused() {
    for q in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let found = FixedVarianceChain::new(Activation::GELU, q, &mut GaussianTable::new());
        assert!(matches!(found, Err(TheoryError::Inaccurate { .. })), "{q}: {found:?}");
    }
}
