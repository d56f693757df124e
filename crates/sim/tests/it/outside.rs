//! Estimates of programs with an operation from outside.
use std::sync::Arc;

use crate::common::rms_norm::RmsNorm;
use archscale_model::{Activation, Gain, Program, ProgramBuilder};
use archscale_nets::layer::{OutsideLayer, OutsideLayers};
use archscale_sim::{NetsError, Readout, Settings, SimError, StreamKey, Weights, gradient_step, simulate};

/// Linear maps with tanh of the normalised vector between.
fn program() -> Program {
    let gain = |c: i32| Gain::from_integer(c.into());
    let mut builder = ProgramBuilder::new();
    let x = builder.input(gain(1)).unwrap();
    let z = builder.dense(vec![(gain(2), x)]).unwrap();
    let y = builder.outside("rms-norm", vec![z]).unwrap();
    let h = builder.act(Activation::TANH, y).unwrap();
    let last = builder.dense(vec![(gain(2), h)]).unwrap();
    (1..).zip([z, y, last]).for_each(|(id, op)| builder.report_at(id, op, 1).unwrap());
    builder.readout(vec![(gain(1), last)]).unwrap()
}

fn settings(weights: Weights) -> Settings {
    let outside = OutsideLayers::new([Arc::new(RmsNorm) as Arc<dyn OutsideLayer>]);
    Settings { method: weights, outside, ..Settings::new(6, 200, StreamKey::new("sim outside", "rms-norm", 1)) }
}

/// The distance between a true step's quotient and the tangent falls in proportion to η, as without gates, and the normalised vector has
/// mean square 1 before and after.
#[test]
fn a_true_step_through_a_normalisation_tends_to_its_tangent() {
    for weights in [Weights::Dense, Weights::Lazy] {
        let step = |eta: f64| gradient_step(&program(), &settings(weights), eta, &|_| ()).unwrap();
        let (first, second) = (step(1e-4), step(5e-5));
        for (first, second) in first.nodes.iter().zip(&second.nodes).skip(1) {
            let ratio = first.relative_distance() / second.relative_distance();
            assert!((ratio - 2.0).abs() < 1e-2, "{weights} vertex {}: {ratio}", first.id);
        }
        for readout in [Readout::Sampled, Readout::Projected, Readout::Integrated] {
            let estimates = simulate(&program(), &Settings { readout, ..settings(weights) }, &|_| ()).unwrap();
            let normalised = &estimates.nodes[1];
            assert!((normalised.second_moment.mean() - 1.0).abs() < 1e-13, "{weights} {readout}");
            assert!(normalised.squared_change.mean() > 0.01 && normalised.squared_change.non_finite() == 0);
        }
    }
}

#[test]
fn an_operation_without_its_layer_is_refused_by_name() {
    let alone = Settings { outside: OutsideLayers::default(), ..settings(Weights::Dense) };
    let refused = simulate(&program(), &alone, &|_| ()).unwrap_err();
    assert!(matches!(&refused, SimError::Nets(NetsError::Outside { op: 2, name }) if name == "rms-norm"), "{refused}");
}
