//! Layers as files: right ones conform, wrong claims are caught with their place, unusable files are refused in words.

use archscale_conformance::{Layer, LayerFile, Report, Settings, Suite, Verdict, kinks};
use archscale_model::{Activation, Expr};

fn layer(text: &str) -> Layer {
    LayerFile::read(text).unwrap().layer().unwrap()
}

fn without_simulation(text: &str) -> Report {
    Suite::check(&layer(text), &Settings { agreement: false, ..Settings::default() })
}

/// max(x, 0)² with everything that can be claimed of it.
const SQUARED_RELU: &str = include_str!("../../../../examples/layers/squared_relu.json");

#[test]
fn right_claims_hold_and_every_mutant_is_refused() {
    let report = without_simulation(SQUARED_RELU);
    assert_eq!(report.verdict(), Verdict::Holds, "{report}");
    let names: Vec<&str> = report.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, ["slopes", "kinks", "expectations", "derivatives"]);
    for check in &report.checks {
        assert_eq!((check.verdict(), check.mutant_refused), (Verdict::Holds, Some(true)), "{report}");
    }
    assert_eq!(report.check("expectations").unwrap().compared, 35, "five moments at seven variances");
    assert_eq!(report.check("kinks").unwrap().compared, 2, "one bend, one declared kink");
    // E f² = 3/2 and d = f′² of the suite's program by hand.
    assert!((report.law.unwrap().second_moment - 1.5).abs() < 1e-9, "{report}");
    assert!(report.agreement.is_none() && report.law_problem.is_none());
}

#[test]
fn wrong_claims_are_caught_and_the_place_is_named() {
    let cases = [
        ("2*relu(x)", "2.001*relu(x)", "slopes", "∂/∂x0 at ["),
        (r#""q/2""#, r#""q/2 + 1e-6*s""#, "expectations", "E σ at variance "),
        ("24*q^2", "24.001*q^2", "expectations", "E σ′⁴ at variance "),
        ("[0]", "[]", "kinks", "the expression bends at 0; the nearest declared kink: claimed none"),
        ("[0]", "[0, 1]", "kinks", "a kink is declared at 1; the nearest bend: claimed 1, found -"),
        ("[0]", "[0.01]", "kinks", "the expression bends at "),
    ];
    for (right, wrong, name, place) in cases {
        let report = without_simulation(&SQUARED_RELU.replace(right, wrong));
        let check = report.check(name).unwrap();
        assert_eq!((check.verdict(), report.verdict()), (Verdict::Fails, Verdict::Fails), "{wrong}\n{report}");
        let text = report.to_string();
        let told = format!("{name}: {place}");
        assert!(text.replace("\n  ", " ").contains(&told), "'{told}' not in\n{text}");
        for other in report.checks.iter().filter(|other| other.name != name && other.name != "expectations") {
            assert_eq!(other.verdict(), Verdict::Holds, "{wrong}: {report}");
        }
    }
}

#[test]
fn a_kink_between_others_is_missed_by_no_search() {
    let text = |kinks: &str| {
        format!(r#"{{ "name": "three", "expression": "relu(x + 2) + relu(1.5 - x)*step(x)", "kinks": {kinks} }}"#)
    };
    assert_eq!(kinks(&layer(&text("[-2, 0, 1.5]"))).verdict(), Verdict::Holds);
    for missing in ["[-2, 0]", "[-2, 1.5]", "[0, 1.5]"] {
        assert_eq!(kinks(&layer(&text(missing))).verdict(), Verdict::Fails, "{missing}");
    }
    let found = layer(r#"{ "name": "three", "expression": "relu(x + 2) + relu(1.5 - x)*step(x)" }"#);
    assert_eq!(found.as_activation().unwrap().kinks(), [-2.0, 0.0, 1.5]);
}

#[test]
fn operations_of_several_vectors_conform() {
    let gate = include_str!("../../../../examples/layers/gated.json");
    let report = without_simulation(gate);
    assert_eq!(report.verdict(), Verdict::Holds, "{report}");
    for absent in ["kinks", "expectations"] {
        assert_eq!(report.check(absent).unwrap().verdict(), Verdict::Absent);
    }
    let report = without_simulation(&gate.replace("1.702*x0*", "1.71*x0*"));
    assert_eq!(report.verdict(), Verdict::Fails);
    assert!(report.to_string().contains("∂/∂x1 at ["), "{report}");
}

#[test]
fn a_check_that_tells_nothing_is_undecided() {
    let flat = without_simulation(r#"{ "name": "flat", "expression": "step(x)" }"#);
    assert_eq!(flat.check("slopes").unwrap().verdict(), Verdict::Undecided, "{flat}");
    assert!(flat.to_string().contains("this tells nothing"), "{flat}");
    // Its square grows as fast as the Gaussian falls.
    let steep = without_simulation(r#"{ "name": "steep", "expression": "exp(x^2)", "expectations": { "value": "1" } }"#);
    assert_eq!(steep.check("expectations").unwrap().verdict(), Verdict::Undecided, "{steep}");
    assert!(steep.law_problem.is_some());
}

#[test]
fn unusable_files_are_refused_in_words() {
    let cases = [
        ("", "the file is no layer (EOF"),
        (r#"{ "name": "a" }"#, "missing field `expression`"),
        (r#"{ "name": "a", "expression": "x", "kink": [0] }"#, "unknown field `kink`"),
        (r#"{ "name": "a", "expression": "x*sigmod(x)" }"#, "expression is 'x*sigmod(x)': column 3: found 'sigmod'"),
        (r#"{ "name": "a", "expression": "x", "arguments": 0 }"#, "arguments is 0: give 1 to 16"),
        (r#"{ "name": "a", "expression": "x", "arguments": 17 }"#, "arguments is 17"),
        (r#"{ "name": "a", "expression": "x*x1" }"#, "reads more than x0"),
        (r#"{ "name": "a", "expression": "x*x2", "arguments": 2 }"#, "reads x2, and an arity of 2 has x0 to x1"),
        (r#"{ "name": "a", "expression": "relu(tanh(x))" }"#, "kinks is missing: list where 'tanh(x0)' changes sign"),
        (r#"{ "name": "a", "expression": "x*x1", "arguments": 2, "kinks": [] }"#, "kinks is a list"),
        (r#"{ "name": "a", "expression": "x", "slopes": [] }"#, "slopes is a list of 0: give one for each of the 1"),
        (r#"{ "name": "a", "expression": "x", "slopes": ["x1"] }"#, "slopes[0] is 'x1'"),
        (r#"{ "name": "a", "expression": "x", "slopes": ["1 +"] }"#, "slopes[0] is '1 +': column 4: found the end"),
        (
            r#"{ "name": "a", "expression": "x", "expectations": { "value": "x" } }"#,
            "expectations.value is 'x': column 1: found 'x'; known are the arguments q, s",
        ),
        (
            r#"{ "name": "a", "expression": "x*x1", "arguments": 2, "expectations": { "value": "q" } }"#,
            "arguments is 2: only a layer of one argument has expectations",
        ),
    ];
    for (text, part) in cases {
        let message = match LayerFile::read(text) {
            Err(error) => error.to_string(),
            Ok(file) => file.layer().expect_err(text).to_string(),
        };
        assert!(message.contains(part), "'{text}': '{part}' not in '{message}'");
    }
}

#[test]
fn reports_fit_eighty_columns_and_carry_their_numbers() {
    // A coarse run: the sample is small, and the error probabilities say so.
    let settings = Settings { seed: 7, false_alarm: 1e-3, power: 0.9, ..Settings::default() };
    let tanh = Layer::activation(Activation::TANH, None).unwrap();
    let wrong = tanh.clone().with_slopes(vec![Expr::constant(1.0)]).unwrap();
    let report = Suite::check(&tanh, &settings);
    assert_eq!(report.verdict(), Verdict::Holds, "{report}");
    println!("{report}");
    let agreement = report.agreement.as_ref().unwrap();
    assert_eq!((agreement.seed, agreement.decisions.len()), (7, 11));
    assert!((agreement.error_probability() - 0.011).abs() < 1e-12 && agreement.groups >= 128);
    for part in ["seed 7", "groups", "probability at most 0.011", "an error of 4 %"] {
        assert!(report.to_string().contains(part), "'{part}' not in\n{report}");
    }
    let failed = Suite::check(&wrong, &Settings { agreement: false, ..settings });
    assert_eq!(failed.verdict(), Verdict::Fails);
    for line in report.to_string().lines().chain(failed.to_string().lines()) {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["checks"][0]["name"], "slopes");
    assert_eq!(json["agreement"]["seed"], 7);
}
