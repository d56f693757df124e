//! Values worked out on paper.

use archscale_model::{Activation, Gain, InitRule, Lowering, Program, ProgramBuilder};
use archscale_theory::{Law, LawInput, TheoryError, output_kernel};
use statrs::function::erf::erf;

use super::{assert_close, lowered, program};

fn gain(numerator: i64, denominator: i64) -> Gain {
    Gain::new(numerator.into(), denominator.into())
}

/// One half for each trained layer: r = ½, κ = L/2.
#[test]
fn chains_count_trained_layers() {
    for depth in 1..=12 {
        for init in InitRule::BY_IN_DEGREE {
            let found = output_kernel(&program(&format!("chain:{depth}"), init)).unwrap();
            assert_eq!((found.readout, found.hidden), (0.5, 0.5 * f64::from(depth)), "{init}");
        }
    }
    // One pass over the edges: far beyond what the table of the limit law holds.
    let deep = output_kernel(&program("chain:20000", InitRule::Target)).unwrap();
    assert_eq!(deep.total(), 10_000.5);
}

/// p branches of K vertices, each read by the output: r = ½ and k = K/4 on every edge, so R = p/2 and N = p · 2/p² · K/4.
#[test]
fn parallel_branches() {
    for (branches, length) in [(1, 3), (2, 1), (3, 2), (5, 4)] {
        let output = branches * length + 1;
        let mut edges = Vec::new();
        for branch in 0..branches {
            let first = branch * length + 1;
            edges.push(format!("0-{first}"));
            edges.extend((first..first + length - 1).map(|v| format!("{v}-{}", v + 1)));
            edges.push(format!("{}-{output}", first + length - 1));
        }
        let text = format!("edges:{}", edges.join(","));
        let (p, k) = (f64::from(branches), f64::from(length));
        for init in InitRule::BY_IN_DEGREE {
            let found = output_kernel(&program(&text, init)).unwrap();
            assert_close(found, p / 2.0, k / (2.0 * p), 1e-15, &text);
        }
    }
}

#[test]
fn dags_by_hand() {
    for (text, init, readout, hidden) in [
        // κ = ½, 5/4; the edges into the output read r = ½ thrice and k = 0, ¼, 5/8.
        ("complete:2", InitRule::Target, 1.5, 7.0 / 36.0),
        // v = 1, 2 and κ = ½, 3/2; r = ½, ½, 1 and k = 0, ¼, ¾.
        ("complete:2", InitRule::He, 2.0, 7.0 / 32.0),
        // v = 1, 2 and κ = ½, 3/2.
        ("edges:0-1,0-2,1-2,2-3", InitRule::Source, 1.0, 0.75),
        // c = ½ out of vertex 2, whose in-degree is 2: v = 1 and κ = 1 + ¾.
        ("edges:0-1,0-2,1-2,2-3,3-4", InitRule::Source, 0.5, 1.75),
        // A readout of the input counts in R, and its growth takes from the others'.
        ("edges:0-1,1-2,0-2", InitRule::Target, 1.0, 0.125),
    ] {
        assert_close(output_kernel(&program(text, init)).unwrap(), readout, hidden, 1e-15, &format!("{text} {init}"));
    }
}

/// Readouts of the input, of a ReLU of a sum and of a pre-activation.
fn mixed(input_square: Gain) -> Program {
    let mut builder = ProgramBuilder::new();
    let input = builder.input(input_square).unwrap();
    let first = builder.dense(vec![(gain(2, 1), input)]).unwrap();
    let open = builder.act(Activation::RELU, first).unwrap();
    let second = builder.dense(vec![(gain(2, 1), open)]).unwrap();
    let sum = builder.sum(vec![(gain(1, 1), first), (gain(1, 1), second)]).unwrap();
    let last = builder.act(Activation::RELU, sum).unwrap();
    builder.report_at(1, first, 1).unwrap();
    builder.readout(vec![(gain(2, 1), last), (gain(1, 3), input), (gain(1, 1), first)]).unwrap()
}

#[test]
fn skips_and_readouts_of_anything() {
    // At the sum E z² = 2 and κ = ½ + 1; r = 1, ½, 1 and k = ¾, 0, ½.
    assert_close(output_kernel(&mixed(gain(1, 2))).unwrap(), 2.5, 0.2, 1e-15, "mixed");
    // Nothing enters, nothing is read.
    let silent = output_kernel(&mixed(gain(0, 1))).unwrap();
    assert_eq!((silent.readout, silent.hidden), (0.0, 0.0));
}

/// E σ² and E σ′² of GELU at variance q, by the trapezoidal rule on the density.
fn gelu_moments(q: f64) -> (f64, f64) {
    let step = 1e-3;
    let (mut value, mut slope) = (0.0, 0.0);
    for index in -12_000..=12_000 {
        let x = f64::from(index) * step;
        let density = step * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let z = x * q.sqrt();
        let below = 0.5 * (1.0 + erf(z / std::f64::consts::SQRT_2));
        let bell = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        value += density * (z * below).powi(2);
        slope += density * (below + z * bell).powi(2);
    }
    (value, slope)
}

#[test]
fn gelu_chain_by_direct_expectations() {
    let how = Lowering::new(InitRule::Target).with_activation(Activation::GELU);
    // The first layer reads the fixed input of mean square ½ with C = 2.
    let (mut variance, mut kernel) = (1.0, 0.5);
    for depth in 1..=5 {
        let (value, slope) = gelu_moments(variance);
        let found = output_kernel(&lowered(&format!("chain:{depth}"), &how)).unwrap();
        assert_close(found, value, slope * kernel / value, 1e-9, &format!("depth {depth}"));
        (variance, kernel) = (2.0 * value, value + 2.0 * slope * kernel);
    }
}

#[test]
fn the_law_is_its_inverse_or_says_why_not() {
    let law = Law::find("output-kernel").unwrap();
    let of = |text: &str| {
        let network = archscale_model::Network::parse(text).unwrap();
        (law.rate)(&LawInput::of(&network, &network.lowering(InitRule::Target), None).unwrap())
    };
    assert_eq!(of("chain:5").unwrap().to_f64(), 1.0 / 3.0);
    assert!((of("complete:2").unwrap().to_f64() - 36.0 / 61.0).abs() < 1e-15);
    assert!(of("cell:2_12_112").is_ok() && of("conv:depth=2,size=4").is_ok());
    assert_eq!(archscale_theory::RECOMMENDED[0], law.id);
    let deep = program("complete:1200", InitRule::He);
    let error = output_kernel(&deep).unwrap_err();
    assert!(matches!(error, TheoryError::OutOfRange { .. }) && error.to_string().contains("double precision"), "{error}");
    // The law itself has its value there.
    let network = archscale_model::Network::parse("complete:1200").unwrap();
    let rate = (law.rate)(&LawInput::of(&network, &network.lowering(InitRule::He), None).unwrap()).unwrap();
    assert!(rate.fit().is_none() && rate.log10() < -350.0, "{rate}");
}
