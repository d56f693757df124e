//! Expressions: values, derivatives against finite differences, printing, simplification.

use archscale_model::{Expr, ExprNode, Function, ModelError, Op, Pointwise, ProgramBuilder, ops};
use num_rational::BigRational;

fn x(index: usize) -> Expr {
    Expr::argument(index)
}

/// Points that keep at least 0.05 from 0, where relu and step jump, and stay so after every shift used below.
fn grid() -> impl Iterator<Item = f64> {
    (-30..=30).map(|step| f64::from(step) * 0.1 + 0.0537)
}

/// Central differences, extrapolated once: error of order h⁴.
fn difference(f: &Expr, argument: usize, at: &[f64]) -> f64 {
    let quotient = |h: f64| {
        let mut shifted = at.to_vec();
        shifted[argument] = at[argument] + h;
        let up = f.eval(&shifted);
        shifted[argument] = at[argument] - h;
        (up - f.eval(&shifted)) / (2.0 * h)
    };
    (4.0 * quotient(5e-4) - quotient(1e-3)) / 3.0
}

/// One expression for each rule of differentiation, alone and inside another.
fn expressions() -> Vec<(Expr, usize)> {
    let mut list: Vec<(Expr, usize)> = Vec::new();
    for function in Function::ALL {
        list.push((x(0).apply(function), 1));
        list.push(((0.7 * x(0)).apply(function) * x(0), 1));
        list.push((x(1) * (x(0) * x(1)).apply(function) + x(0), 2));
    }
    list.push((x(0).powi(3) - 2.0 * (4.5 + x(0)).powi(-2), 1));
    list.push(((1.5 + x(0).powi(2)).recip() / (2.0 + x(0).tanh()), 1));
    list.push(((-x(0).powi(2)).exp() / 3.0, 1));
    list.push((x(0).relu().powi(2), 1));
    list.push((x(0) + x(1).sigmoid() * x(2), 3));
    list
}

#[test]
fn derivatives_agree_with_finite_differences() {
    let mut cases = 0;
    for (f, arity) in expressions() {
        for argument in 0..arity {
            let slope = f.derivative(argument);
            let mut varies = false;
            for at in grid() {
                let point: Vec<f64> = (0..arity).map(|k| at * [1.0, 0.83, -0.61][k]).collect();
                let (exact, estimate) = (slope.eval(&point), difference(&f, argument, &point));
                // Truncation h⁴ f⁗⁗⁗/30 with h = 1e-3 and rounding 1e-16/h, with derivatives of these functions below 1e4.
                let tolerance = 1e-9 * (1.0 + exact.abs());
                assert!((exact - estimate).abs() < tolerance, "∂{argument} of {f} at {point:?}: {exact} against {estimate}");
                varies |= exact != 0.0;
                cases += 1;
            }
            let constant = matches!(f.node(), ExprNode::Apply(Function::Step, _));
            assert_eq!(varies, !constant, "{f} has no slope to test");
        }
    }
    assert_eq!(cases, (6 * (1 + 1 + 2) + 4 + 3) * 61);
}

#[test]
fn derivatives_are_short() {
    let cases = [
        (x(0).relu(), "step(x0)"),
        (x(0).step(), "0"),
        (x(0).erf(), "1.1283791670955126 * exp(-x0^2)"),
        (x(0).sigmoid(), "sigmoid(x0) * sigmoid(-x0)"),
        (x(0).recip(), "-x0^(-2)"),
        (x(0).powi(3), "3 * x0^2"),
        (x(0).relu().powi(2), "2 * relu(x0) * step(x0)"),
        ((2.0 * x(0)).exp(), "2 * exp(2 * x0)"),
        (x(0) - x(0), "0"),
        (3.0 * x(1) + 4.0, "0"),
    ];
    for (f, expected) in cases {
        assert_eq!(f.derivative(0).to_string(), expected, "derivative of {f}");
    }
}

#[test]
fn printing_keeps_the_tree() {
    let cases = [
        (x(0) - (x(1) - x(2)), "x0 - (x1 - x2)"),
        ((x(0) + x(1)) * x(2), "(x0 + x1) * x2"),
        (x(0) / (x(1) * x(2)), "x0 / (x1 * x2)"),
        ((x(0) * x(1)).recip(), "1 / (x0 * x1)"),
        ((-x(0)).powi(2), "(-x0)^2"),
        (-(x(0).powi(2)), "-x0^2"),
        (x(0) * -2.5, "-2.5 * x0"),
        (x(1) + x(0) * -2.5, "x1 - 2.5 * x0"),
        (x(1) - 2.5, "x1 - 2.5"),
        (x(0).powi(2).powi(3), "(x0^2)^3"),
        (Expr::constant(-2.0).step() + x(0).exp(), "exp(x0)"),
    ];
    for (f, expected) in cases {
        assert_eq!(f.to_string(), expected);
    }
}

#[test]
fn simplification_keeps_the_value() {
    assert_eq!(0.0 * x(0), Expr::constant(0.0));
    assert_eq!(1.0 * x(0) + 0.0, x(0));
    assert_eq!(2.0 * (3.0 * x(0)), 6.0 * x(0));
    assert_eq!(-(-x(0)), x(0));
    assert_eq!(x(0).recip().recip(), x(0));
    assert_eq!((x(0).powi(0), x(0).powi(1)), (Expr::constant(1.0), x(0)));
    assert_eq!(Expr::constant(0.0).sigmoid().as_constant(), Some(0.5));
    for at in grid() {
        let plain = |s: f64| (at - 2.0 * s) * (-(at * s)) / (3.0 - at);
        let tree = (x(0) - 2.0 * x(1)) * (-(x(0) * x(1))) / (3.0 - x(0));
        assert!((tree.eval(&[at, 0.4]) - plain(0.4)).abs() <= 1e-14 * (1.0 + plain(0.4).abs()));
    }
}

#[test]
fn functions_at_extremes() {
    // From tables of the error function (Abramowitz and Stegun 7.1) to the digits given there.
    for (at, expected) in [(0.5, 0.520_499_877_8), (1.0, 0.842_700_792_9), (2.0, 0.995_322_265_0)] {
        assert!((Function::Erf.eval(at) - expected).abs() < 1e-10);
        assert_eq!(Function::Erf.eval(-at), -Function::Erf.eval(at));
    }
    for function in Function::ALL {
        assert!(function.eval(f64::NAN).is_nan(), "{function:?}");
        for at in [-1e300, -800.0, -0.0, 0.0, 1e-310, 30.0] {
            assert!(function.eval(at).is_finite(), "{function:?} at {at}");
        }
    }
    assert_eq!((Function::Sigmoid.eval(-800.0), Function::Sigmoid.eval(800.0)), (0.0, 1.0));
    assert_eq!((Function::Step.eval(0.0), Function::Step.eval(-0.0), Function::Step.eval(1e-320)), (0.0, 0.0, 1.0));
}

#[test]
fn pointwise_functions_are_checked() {
    let none = Pointwise::new("none", 0, Expr::constant(1.0)).unwrap_err();
    assert!(matches!(&none, ModelError::Pointwise { name, .. } if name == "none"), "{none}");
    let far = Pointwise::new("far", 2, x(0) * x(2)).unwrap_err().to_string();
    assert!(far.contains("'far'") && far.contains("x2") && far.contains("x0 to x1"), "{far}");
    let gated = Pointwise::new("gated", 2, x(0) + x(1).relu()).unwrap();
    assert_eq!((gated.name(), gated.arity(), gated.has_kink()), ("gated", 2, true));
    assert_eq!((gated.slope(0, &[1.0, 2.0]), gated.slope(1, &[1.0, -2.0])), (1.0, 0.0));
    assert!(gated.slope(2, &[1.0, 2.0]).is_nan() && gated.value(&[1.0]).is_nan());
}

#[test]
fn programs_hold_pointwise_operations() {
    let one = || BigRational::from_integer(1.into());
    let gated = Pointwise::new("gated", 2, x(0) * x(1).sigmoid()).unwrap();
    let mut builder = ProgramBuilder::new();
    let input = builder.input(one()).unwrap();
    let z = builder.dense(vec![(one(), input)]).unwrap();
    let few = builder.pointwise(gated.clone(), vec![z]).unwrap_err().to_string();
    assert!(few.contains("operation 2") && few.contains("'gated' reads 2 vectors, and 1 are given"), "{few}");
    let late = builder.pointwise(gated.clone(), vec![z, 7]).unwrap_err().to_string();
    assert!(late.contains("operation 7"), "{late}");
    let y = builder.pointwise(gated.clone(), vec![z, input]).unwrap();
    builder.report_at(0, y, 1).unwrap();
    let program = builder.readout(vec![(one(), y)]).unwrap();
    let Op::Pointwise(ops::Pointwise { function, sources }) = &program.ops()[y] else { panic!("pointwise") };
    assert_eq!((function.as_ref(), sources.as_slice()), (&gated, &[z, input][..]));
    assert_eq!(program.matrix_count(), 1);
}
