//! Operations from outside, by laws that their authors give: norms, and an operation of two vectors.

use std::f64::consts::PI;
use std::sync::Arc;

use archscale_model::{
    Activation, Expr, Gain, Grid, Image, InitRule, Lowering, Network, OpId, Padding, Pointwise, Program, ProgramBuilder,
};
use archscale_theory::{
    Evaluation, GaussianTable, Limit, LimitProgram, OutsideLaw, SourceMoments, TheoryError, WideSettings, limit_program,
    output_kernel, spatial_moments, wide_moments, wide_moments_at,
};

use crate::wide::cells::rational;

/// A law as a function.
struct Known<F>(&'static str, F);

impl<F: Fn(&mut SourceMoments<'_>) -> Result<Limit, TheoryError>> OutsideLaw for Known<F> {
    fn name(&self) -> &str {
        self.0
    }

    fn limit(&self, sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
        (self.1)(sources)
    }
}

/// x/(mean x²)^½.
fn rms(sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
    let second = sources.second(0)?;
    if second == 0.0 {
        let mend = "add a positive number to the mean square";
        return Err(TheoryError::undefined("RMS normalisation", "a vector that vanishes", mend));
    }
    Ok(Limit::Sum(vec![1.0 / second.sqrt()]))
}

/// (x − mean x)/(var x)^½.
fn layer_norm(sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
    let mean = sources.mean(0)?;
    let deviation = (sources.second(0)? - mean * mean).sqrt();
    let expression = (Expr::argument(0) - Expr::constant(mean)) * Expr::constant(1.0 / deviation);
    Ok(Limit::Pointwise(Arc::new(Pointwise::new("layer norm", 1, expression)?)))
}

/// x less its projection on y.
fn off(sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
    Ok(Limit::Sum(vec![1.0, -sources.cross(0, 1)? / sources.second(1)?]))
}

fn limit(program: &Program) -> Result<LimitProgram, TheoryError> {
    let laws: [&dyn OutsideLaw; 3] = [&Known("rms", rms), &Known("ln", layer_norm), &Known("off", off)];
    limit_program(program, &laws, &mut GaussianTable::new(), WideSettings::default())
}

/// Where a layer is normalised.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Before,
    After,
}

/// A ReLU chain with a norm before or after each activation; `gains` from the first layer on. The norms are reported, from
/// 1.
fn chain(norm: &str, place: Place, gains: &[Gain]) -> Program {
    let mut builder = ProgramBuilder::new();
    let mut last = builder.input(rational(1, 2)).unwrap();
    for (layer, gain) in (1..).zip(gains) {
        let slot = builder.dense(vec![(gain.clone(), last)]).unwrap();
        let normed = match place {
            Place::Before => builder.outside(norm, vec![slot]).unwrap(),
            Place::After => {
                let activated = builder.act(Activation::RELU, slot).unwrap();
                builder.outside(norm, vec![activated]).unwrap()
            }
        };
        builder.report_at(layer, normed, 1).unwrap();
        last = if place == Place::Before { builder.act(Activation::RELU, normed).unwrap() } else { normed };
    }
    builder.readout(vec![(rational(2, 1), last)]).unwrap()
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
}

/// Between dense and ReLU, all gains C: D(L) = (2/C)² L(2L² + 1)/12. After ReLU, gains 2, 1, 1, …: D(L) = L(4L² − 1)/3.
#[test]
fn rms_norms_of_chains_have_their_closed_forms() {
    for depth in [1, 2, 4, 8, 16] {
        let l = depth as f64;
        for gain in [1, 2, 3] {
            let before = limit(&chain("rms", Place::Before, &vec![rational(gain, 1); depth])).unwrap();
            let law = wide_moments(&before.program).unwrap();
            assert_eq!((law.evaluation, before.moment_error), (Evaluation::Closed, 0.0));
            let d = (2.0 / gain as f64).powi(2) * l * (2.0 * l * l + 1.0) / 12.0;
            close(law.nodes[depth - 1].mean_squared_change, d, 1e-13);
        }
        let mut gains = vec![rational(1, 1); depth];
        gains[0] = rational(2, 1);
        let law = wide_moments(&limit(&chain("rms", Place::After, &gains)).unwrap().program).unwrap();
        close(law.nodes[depth - 1].mean_squared_change, l * (4.0 * l * l - 1.0) / 3.0, 1e-13);
    }
}

/// Second moments by hand: q₁ = 3/2 and E h₁² = 3/4; y₁ has 1, so that q₂ = 5 and E h₂² = 5/2.
#[test]
fn an_rms_norm_is_the_sum_with_its_multiplier() {
    let gains = [rational(3, 1), rational(5, 1)];
    let found = limit(&chain("rms", Place::After, &gains)).unwrap().program;
    let mut builder = ProgramBuilder::new();
    let mut last = builder.input(rational(1, 2)).unwrap();
    for (layer, (gain, second)) in (1..).zip(gains.into_iter().zip([0.75, 2.5_f64])) {
        let slot = builder.dense(vec![(gain, last)]).unwrap();
        let activated = builder.act(Activation::RELU, slot).unwrap();
        last = builder.sum(vec![(Gain::from_float(1.0 / second.sqrt()).unwrap(), activated)]).unwrap();
        builder.report_at(layer, last, 1).unwrap();
    }
    let by_hand = builder.readout(vec![(rational(2, 1), last)]).unwrap();
    let (found, by_hand) = (wide_moments(&found).unwrap(), wide_moments(&by_hand).unwrap());
    for (one, two) in found.nodes.iter().zip(&by_hand.nodes) {
        close(one.second_moment, two.second_moment, 1e-14);
        close(one.kernel, two.kernel, 1e-14);
        close(one.mean_squared_change, two.mean_squared_change, 1e-14);
    }
}

#[test]
fn a_network_normalised_after_each_layer_keeps_its_second_moment() {
    let gains = [rational(1, 7), rational(9, 1), rational(2, 3), rational(40, 1)];
    for place in [Place::Before, Place::After] {
        let law = wide_moments(&limit(&chain("rms", place, &gains)).unwrap().program).unwrap();
        law.nodes.iter().for_each(|node| close(node.second_moment, 1.0, 1e-14));
    }
}

/// After one ReLU of unit variance: D(1) = χ² with χ = π/(π − 1), and a mean square of 1.
#[test]
fn layer_norm_takes_the_mean_off() {
    let found = limit(&chain("ln", Place::After, &[rational(2, 1)])).unwrap();
    // The moments are in closed form; only the shifted vector has no closed law.
    assert_eq!(found.moment_error, 0.0);
    let law = wide_moments(&found.program).unwrap();
    let (node, chi) = (law.nodes[0], PI / (PI - 1.0));
    assert!((node.second_moment - 1.0).abs() <= 6.0 * node.second_moment_error + 1e-12, "{node:?}");
    assert!((node.mean_squared_change - chi * chi).abs() <= 6.0 * node.change_error + 1e-12, "{node:?}");
    assert!(node.second_moment_error < 1e-3 && node.change_error < 1e-2, "{node:?}");
}

/// ReLU less its projection on its argument g is |g|/2, whose mean square is q/4.
#[test]
fn cross_moments_are_those_of_the_two_sources() {
    let mut builder = ProgramBuilder::new();
    let input = builder.input(rational(1, 2)).unwrap();
    let g = builder.dense(vec![(rational(3, 1), input)]).unwrap();
    let h = builder.act(Activation::RELU, g).unwrap();
    let y = builder.outside("off", vec![h, g]).unwrap();
    let found = limit(&builder.readout(vec![(rational(1, 1), y)]).unwrap()).unwrap();
    let law = wide_moments_at(&found.program, &[y]).unwrap();
    close(law.nodes[0].second_moment, 1.5 / 4.0, 1e-12);
}

/// The moments that a law is given, of each kind of vector, against known ones.
#[test]
fn every_kind_of_vector_has_its_moments() {
    let mut builder = ProgramBuilder::new();
    let input = builder.input(rational(1, 2)).unwrap();
    let [f, g] = [2, 4].map(|gain| builder.dense(vec![(rational(gain, 1), input)]).unwrap());
    let relu = |builder: &mut ProgramBuilder, op: OpId| builder.act(Activation::RELU, op).unwrap();
    let sum =
        |builder: &mut ProgramBuilder, ops: [OpId; 2]| builder.sum(ops.map(|op| (rational(1, 1), op)).to_vec()).unwrap();
    let both = [relu(&mut builder, f), relu(&mut builder, g)];
    let (separable, line) = (sum(&mut builder, both), sum(&mut builder, [f, g]));
    let atom = relu(&mut builder, line);
    let mixed = sum(&mut builder, [atom, separable]);
    let y = builder.outside("check", vec![f, separable, atom, mixed, input]).unwrap();
    let end = builder.dense(vec![(rational(1, 1), y)]).unwrap();
    let program = builder.readout(vec![(rational(1, 1), end)]).unwrap();
    // E relu(g) = (q/2π)^½ with q = 1, 2 and 3.
    let mean = |q: f64| (q / (2.0 * PI)).sqrt();
    let check = |sources: &mut SourceMoments<'_>| {
        assert_eq!((sources.count(), sources.mean(0)?), (5, 0.0));
        close(sources.mean(1)?, mean(1.0) + mean(2.0), 1e-14);
        close(sources.mean(2)?, mean(3.0), 1e-14);
        close(sources.second(1)?, 1.5 + 2.0 * mean(1.0) * mean(2.0), 1e-14);
        close(sources.cross(0, 1)?, 0.5, 1e-12);
        assert_eq!(sources.second(4)?, 0.5);
        close(sources.cross(4, 4)?, 0.5, 1e-15);
        close(sources.mean(3)?, mean(1.0) + mean(2.0) + mean(3.0), 1e-3);
        let raw = sources.mean(4).unwrap_err().to_string();
        assert!(raw.contains(" is the mean of the raw input, which"), "{raw}");
        let missing = sources.mean(5).unwrap_err().to_string();
        assert!(missing.contains("source 5 of an operation that reads 5"), "{missing}");
        Ok(Limit::Sum(vec![1.0, 0.0, 0.0, 0.0, 0.0]))
    };
    let found = limit_program(&program, &[&Known("check", check)], &mut GaussianTable::new(), WideSettings::default());
    let error = found.unwrap().moment_error;
    assert!(error > 0.0 && error < 1e-3, "{error}");
}

#[test]
fn what_has_no_law_is_refused_by_name() {
    let program = chain("batch norm", Place::Before, &[rational(2, 1)]);
    let errors = [
        limit(&program).unwrap_err(),
        wide_moments(&program).unwrap_err(),
        output_kernel(&program).unwrap_err(),
        spatial_moments(&program).unwrap_err(),
    ];
    for error in &errors[..3] {
        let message = error.to_string();
        assert!(
            message.contains(" is the outside operation batch norm, which the infinite-width law does not cover"),
            "{message}"
        );
        assert!(message.contains("OutsideLaw of this name"), "{message}");
    }
    assert!(errors[3].to_string().contains("a program over vectors"), "{}", errors[3]);
}

#[test]
fn laws_that_give_no_operation_are_refused() {
    let program = chain("norm", Place::After, &[rational(2, 1), rational(0, 1), rational(1, 1)]);
    let said = |law: &dyn OutsideLaw| {
        limit_program(&program, &[law], &mut GaussianTable::new(), WideSettings::default()).unwrap_err().to_string()
    };
    let two = said(&Known("norm", |_: &mut SourceMoments<'_>| Ok(Limit::Sum(vec![1.0, 2.0]))));
    assert!(
        two.starts_with("operation 3 is 2 multipliers from the law of the outside operation norm, which reads 1"),
        "{two}"
    );
    let unbounded = said(&Known("norm", |_: &mut SourceMoments<'_>| Ok(Limit::Sum(vec![f64::INFINITY]))));
    assert!(unbounded.contains("a multiplier of inf"), "{unbounded}");
    let product = Arc::new(Pointwise::new("product", 2, Expr::argument(0) * Expr::argument(1)).unwrap());
    let arity = said(&Known("norm", |_: &mut SourceMoments<'_>| Ok(Limit::Pointwise(Arc::clone(&product)))));
    assert!(arity.contains("operation 3: 'product' reads 2 vectors, and 1 are given"), "{arity}");
    // The second layer's matrix is zero.
    assert!(said(&Known("norm", rms)).contains("not defined for a vector that vanishes"));
}

#[test]
fn a_program_without_such_operations_comes_back_as_it_is() {
    for text in ["cell:2_12_112", "conv:kernel=3,size=4x5,readout=single:7,net=nas:2_13_423"] {
        let program = Network::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap();
        assert_eq!(limit(&program).unwrap().program, program, "{text}");
    }
}

#[test]
fn over_an_image_there_is_no_law() {
    let image = Image::new(Grid::new(vec![1], Padding::Zero).unwrap(), vec![0.5], None).unwrap();
    let mut builder = ProgramBuilder::new();
    let input = builder.image(image).unwrap();
    let z = builder.conv(vec![(rational(2, 1), 1, input)]).unwrap();
    let normed = builder.outside("rms", vec![z]).unwrap();
    let program = builder.readout(vec![(rational(2, 1), normed)]).unwrap();
    let message = limit(&program).unwrap_err().to_string();
    assert!(message.starts_with("operation 2 is the outside operation rms of an image"), "{message}");
    let message = spatial_moments(&program).unwrap_err().to_string();
    assert!(message.contains("the outside operation rms, which the infinite-channel law"), "{message}");
}
