//! Expressions as text: read and printed, refused with the place named, as activations.

use archscale_model::{Activation, ActivationFamily, Expr, Function};
use proptest::prelude::*;

fn x(index: usize) -> Expr {
    Expr::argument(index)
}

#[test]
fn texts_are_read_as_meant() {
    let cases = [
        ("x", x(0)),
        ("X0", x(0)),
        (" x0*sigmoid( 1.702 * x0 ) ", x(0) * (1.702 * x(0)).sigmoid()),
        ("-x^2", -x(0).powi(2)),
        ("(-x)^2", (-x(0)).powi(2)),
        ("2*-x", -2.0 * x(0)),
        ("x - -x1", x(0) + x(1)),
        ("x0 - x1 - x2", x(0) - x(1) - x(2)),
        ("x0 / x1 / x2", x(0) / x(1) / x(2)),
        ("x0 / x1 * x2", x(0) / x(1) * x(2)),
        ("x^-2 + x^(-2)", x(0).powi(-2) + x(0).powi(-2)),
        ("1e-3*x + .5 + 2.", 1e-3 * x(0) + 0.5 + 2.0),
        ("RELU(x) + Step(x)", x(0).relu() + x(0).step()),
        ("exp(tanh(erf(x)))", x(0).erf().tanh().exp()),
        ("x^0", Expr::constant(1.0)),
    ];
    for (text, expected) in cases {
        assert_eq!(Expr::parse(text).unwrap(), expected, "{text}");
    }
    let named = Expr::parse_in("q / (1 + s)", &["q", "s"]).unwrap();
    assert_eq!(named, x(0) / (1.0 + x(1)));
    assert!(Expr::parse_in("x", &["q"]).is_err());
}

#[test]
fn refusals_name_the_column_and_the_mend() {
    let cases = [
        ("", "column 1: found the end; expected a number, an argument, a function or '('"),
        ("x +", "column 4: found the end"),
        ("x*sigmod(x)", "column 3: found 'sigmod'; known are the arguments x, x0 to x15"),
        ("x*sigmod(x)", "the functions exp, tanh, erf, sigmoid, relu, step; did you mean 'sigmoid'?"),
        ("y", "column 1: found 'y'; known are"),
        ("x16", "column 1: found 'x16'"),
        ("x99999999999999999999999", "column 1: found 'x99999999999999999999999'"),
        ("tanh x", "column 6: found 'x'; expected '(' after tanh"),
        ("2x", "column 2: found 'x'; expected an operator: + - * / or ^ (a product is written 2*x)"),
        ("2exp(x)", "column 2: found 'exp'; expected an operator"),
        ("x ** 2", "column 3: found '**'; write ^ for a power"),
        ("x^2^3", "column 4: found '^'; put brackets"),
        ("x^2.5", "column 3: found the power '2'; expected a whole number up to 1000"),
        ("x^1001", "column 3: found the power '1001'"),
        ("x^y", "column 3: found 'y'; expected a whole number"),
        ("x^(2", "column 5: found the end; expected ')' after the power"),
        ("(x + 1", "column 7: found the end; expected an operator or the ')' of the bracket in column 1"),
        ("tanh(x, x)", "column 7: found ','; expected an operator or the ')' of the bracket in column 5"),
        ("x)", "column 2: found ')'; no bracket is open"),
        ("1e999*x", "column 1: found '1e999'; expected a number within double precision"),
        ("1.2.3", "column 4: found '.'; expected an operator"),
        ("x/0", "found a number that is not finite; divide by no 0"),
        ("x\u{7}", "column 2: found"),
        ("é*x", "column 1: found 'é'"),
    ];
    for (text, part) in cases {
        let message = Expr::parse(text).expect_err(text).to_string();
        assert!(message.contains(part), "'{text}': '{part}' not in '{message}'");
    }
}

#[test]
fn hostile_texts_are_refused_before_the_stack_ends() {
    let deep = |open: &str, close: &str| format!("{}x{}", open.repeat(120), close.repeat(120));
    for text in
        [deep("(", ")"), deep("-", ""), deep("-+", ""), deep("tanh(", ")"), "x+".repeat(400) + "x", "(".repeat(1_000)]
    {
        let message = Expr::parse(&text).expect_err("hostile").to_string();
        assert!(message.contains("within each other") && message.len() < 300, "{message}");
    }
    let long = Expr::parse(&"x*".repeat(100_000)).unwrap_err().to_string();
    assert!(long.contains("200000 letters; write at most 1000") && long.len() < 200, "{long}");
    let whole = Expr::parse(&("x*".repeat(90) + "x")).unwrap();
    assert!((whole.derivative(0).eval(&[1.0]) - 91.0).abs() < 1e-12);
}

/// Trees of every operation, made by the constructors.
fn expressions() -> impl Strategy<Value = Expr> {
    let number = prop_oneof![-3.0..3.0_f64, Just(1e-12), Just(2.0), Just(-1.0), Just(1e30)];
    let leaf = prop_oneof![number.prop_map(Expr::constant), (0_usize..4).prop_map(Expr::argument)];
    leaf.prop_recursive(5, 40, 2, |inner| {
        let pair = || (inner.clone(), inner.clone());
        prop_oneof![
            pair().prop_map(|(a, b)| a + b),
            pair().prop_map(|(a, b)| a - b),
            pair().prop_map(|(a, b)| a * b),
            pair().prop_map(|(a, b)| a / b),
            inner.clone().prop_map(|a| -a),
            (inner.clone(), -5_i32..6).prop_map(|(a, n)| a.powi(n)),
            (inner.clone(), 0..Function::ALL.len()).prop_map(|(a, k)| a.apply(Function::ALL[k])),
        ]
    })
    .prop_filter("finite", Expr::is_finite)
    .prop_filter("short", |expr| expr.to_string().len() < 1_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_displayed_is_read_as_the_same_tree(expr in expressions()) {
        let text = expr.to_string();
        let read = Expr::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&read, &expr, "{}", text);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-+*/^()x0-3. a-z;]{0,60}") {
        if let Ok(read) = Expr::parse(&text) {
            prop_assert_eq!(Expr::parse(&read.to_string()).map(|again| again.to_string()), Ok(read.to_string()));
        }
    }
}

#[test]
fn kinks_are_found_where_arguments_are_lines() {
    let cases: [(&str, &[f64]); 7] = [
        ("tanh(x)", &[]),
        ("relu(x)", &[0.0]),
        ("relu(-x)", &[0.0]),
        ("relu(x + 1) - relu(x - 1) - 1", &[-1.0, 1.0]),
        ("step(3 - 2*(x + 1)) * x", &[0.5]),
        ("relu(x) * step(x) + relu(x - 2)", &[0.0, 2.0]),
        ("tanh(relu(x/4 - 1)) + step(2 - 3)", &[4.0]),
    ];
    for (text, kinks) in cases {
        assert_eq!(Expr::parse(text).unwrap().kinks().unwrap(), kinks, "{text}");
    }
    for text in ["relu(x^2)", "relu(tanh(x))", "step(x * x - 1)", "relu(relu(x) - 1)", "relu(x + x1)"] {
        assert!(Expr::parse(text).unwrap().kinks().is_err(), "{text}");
    }
}

#[test]
fn expressions_are_activations() {
    for family in ActivationFamily::BUILT_IN.iter().filter(|family| family.parameter.is_none()) {
        let built_in = Activation::of(family);
        assert_eq!(Activation::parse(&format!("expr:{}", built_in.expression())).unwrap(), built_in, "the same tree");
    }
    for text in ["expr:x0 * sigmoid(1.702 * x0)", "expr:relu(x0 - 1)", "expr:relu(x0^2 - 1); -1, 1", "expr:relu(x0); none"] {
        let activation: Activation = text.parse().unwrap();
        assert_eq!((activation.to_string(), activation.keyword()), (text.into(), text), "read back");
        assert_eq!((activation.parameter(), activation.family().is_none()), (None, true));
    }
    let swish = Activation::parse("EXPR: x*sigmoid(1.702 * x)").unwrap();
    assert!((swish.value(1.0) - 1.0 / (1.0 + (-1.702_f64).exp())).abs() < 1e-15 && swish.slope(0.0) == 0.5);
    assert_ne!(swish, Activation::parse("expr:x*sigmoid(1.703*x)").unwrap());
    let two = Activation::parse("expr:relu(x^2 - 1); 1,-1,1").unwrap();
    assert_eq!(two.kinks(), [-1.0, 1.0]);
    let cases = [
        ("expr:", "column 1: found the end"),
        ("expr:x*sigmod(x)", "did you mean 'sigmoid'"),
        ("expr:2", "'2' does not depend on x"),
        ("expr:x - x1", "reads more than x0"),
        ("expr:relu(tanh(x))", "the kinks where 'tanh(x0)' changes sign are not found; write them behind a semicolon"),
        ("expr:relu(tanh(x)); nought", "the kink 'nought' is no number"),
        ("expr:relu(tanh(x));", "the kink '' is no number"),
        ("expr:relu(tanh(x)); inf", "a kink at inf"),
        ("expr", "activation 'expr' is unknown: expected one of relu"),
        ("expr", "did you mean 'expr:EXPRESSION'?"),
        ("swish", "tanh, expr:EXPRESSION"),
    ];
    for (text, part) in cases {
        let message = Activation::parse(text).expect_err(text).to_string();
        assert!(message.contains(part), "'{text}': '{part}' not in '{message}'");
    }
}
