//! True gradient steps against tangents.
use crate::common::random_program;
use archscale_model::{Activation, Architecture, Convention, InitRule, Lowering};
use archscale_sim::{Settings, StreamKey, gradient_step};

/// The distance between the difference quotient of a true step and the tangent falls in proportion to η: halving η halves it, to
/// a relative 1e-3. Steps are so small (1e-5 and below; 300 networks of 4 × 6 gates with slopes of order 1) that no gate is
/// crossed, which is asserted; see the next test for steps that cross some.
#[test]
fn a_true_step_tends_to_its_tangent_at_rate_eta() {
    for text in ["chain:4", "complete:3"] {
        let program = Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap();
        let settings = Settings::new(6, 300, StreamKey::new("sim step", text, 1));
        let step = |eta: f64| gradient_step(&program, &settings, eta, &|_| ()).unwrap();
        let steps: Vec<_> = [1e-5, 5e-6, 2.5e-6].map(step).into();
        assert!(steps.iter().all(|step| step.jumps.mean() == 0.0));
        // The first vertex is linear in the weights that move it, so its quotient is the tangent itself.
        for node in 1..program.nodes().len() {
            let distance: Vec<f64> = steps.iter().map(|step| step.nodes[node].relative_distance()).collect();
            assert!(distance[0] > 1e-7 && distance[0] < 1e-3, "{distance:?}");
            for pair in distance.windows(2) {
                assert!((pair[0] / pair[1] - 2.0).abs() < 2e-3, "{text} {distance:?}");
            }
        }
        assert!(steps[0].nodes[0].relative_distance() < 1e-9);
    }
}

/// Smooth activations and skips: the same rate without gates, in both conventions of the cell, at every reported vertex whose
/// value is not linear in the step.
#[test]
fn a_true_step_of_smooth_cells_tends_to_its_tangent() {
    let cell = Architecture::parse("cell:2_12_112").unwrap();
    for convention in Convention::ALL {
        for activation in [Activation::TANH, Activation::GELU] {
            let how = Lowering::new(InitRule::Target).with_convention(convention).with_activation(activation);
            let program = cell.graph().lower_with(&how).unwrap();
            let settings = Settings::new(6, 300, StreamKey::new("sim step", format!("{convention} {activation}"), 1));
            let step = |eta: f64| gradient_step(&program, &settings, eta, &|_| ()).unwrap();
            let (first, second) = (step(1e-4), step(5e-5));
            assert_eq!(first.jumps.mean() + second.jumps.mean(), 0.0);
            for (first, second) in first.nodes.iter().zip(&second.nodes).skip(1) {
                let ratio = first.relative_distance() / second.relative_distance();
                assert!((ratio - 2.0).abs() < 2e-3, "{convention} {activation} vertex {}: {ratio}", first.id);
            }
        }
    }
}

/// At η = 0.1 gates do open and close; the run counts them.
#[test]
fn large_steps_report_the_gates_they_cross() {
    let program = Architecture::parse("chain:4").unwrap().graph().lower(InitRule::Target).unwrap();
    let settings = Settings::new(6, 300, StreamKey::new("sim step", "large", 1));
    let step = gradient_step(&program, &settings, 0.1, &|_| ()).unwrap();
    assert!(step.jumps.mean() > 0.01, "{:?}", step.jumps);
    assert!(gradient_step(&program, &settings, 0.0, &|_| ()).is_err());
    assert!(gradient_step(&program, &settings, f64::NAN, &|_| ()).is_err());
}

/// The step's tangent is the squared change that `simulate` reports for the same networks.
#[test]
fn step_and_simulation_see_the_same_networks() {
    let program = random_program(3, 9);
    let settings = Settings::new(4, 2000, StreamKey::new("sim derivatives", "random program", 3));
    let simulation = archscale_sim::simulate(&program, &settings, &|_| ()).unwrap();
    let step = gradient_step(&program, &settings, 1e-6, &|_| ()).unwrap();
    for (node, step) in simulation.nodes.iter().zip(&step.nodes) {
        let (left, right) = (node.squared_change.mean(), step.squared_tangent.mean());
        assert!((left - right).abs() <= 1e-12 * left.abs(), "{left} {right}");
    }
}
