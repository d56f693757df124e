//! Layers and activations that a user writes as text, through the program: checked, caught where wrong, used by every command.
//!
//! False alarm of this file: at most 2e-8 (11 decisions at 1e-9, and two simulated tables that repeat each other's bits).

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::{archscale, json, screen};

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/layers").join(name).display().to_string()
}

/// Runs `layer check` on a file of this text; exit code, standard output in one line, standard error.
fn checked(text: &str, arguments: &[&str]) -> (i32, String, String) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("layer-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("layer.json");
    std::fs::write(&file, text).unwrap();
    let output = archscale(&[&["layer", "check", file.to_str().unwrap()], arguments].concat());
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    (output.status.code().unwrap(), words(&output.stdout), words(&output.stderr))
}

#[test]
fn a_right_layer_conforms() {
    let output = archscale(&["layer", "check", &example("gated.json"), "--seed", "7"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in ["gate: conforms", "E|h|²/n of the layer", "seed 7", "groups, that is", "with probability at most 1.10e-8"]
    {
        assert!(text.contains(part), "'{part}' not in\n{text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn wrong_claims_are_caught_with_their_place() {
    let right = std::fs::read_to_string(example("squared_relu.json")).unwrap();
    let (code, text, _) = checked(&right, &["--no-agreement"]);
    assert_eq!(code, 0, "{text}");
    let cases = [
        ("2*relu(x)", "2.01*relu(x)", "slopes: ∂/∂x0 at [", "slopes"),
        ("1.5*q^2", "1.51*q^2", "expectations: E σ² at variance", "expectations"),
        ("[0]", "[]", "kinks: the expression bends at 0; the nearest declared kink: claimed none", "kinks"),
        ("[0]", "[0, 3]", "kinks: a kink is declared at 3; the nearest bend", "kinks"),
    ];
    for (claim, wrong, place, name) in cases {
        let (code, text, _) = checked(&right.replace(claim, wrong), &["--no-agreement"]);
        assert_eq!(code, 1, "{wrong}: {text}");
        assert!(text.contains("squared relu: FAILS") && text.contains(place), "'{place}' not in\n{text}");
        let (code, text, _) = checked(&right.replace(claim, wrong), &["--no-agreement", "--json"]);
        let report: Value = serde_json::from_str(&text).unwrap();
        let failed: Vec<&Value> = report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["departures"] != Value::Array(vec![]))
            .collect();
        assert_eq!((code, failed.len(), failed[0]["name"].as_str()), (1, 1, Some(name)), "{wrong}");
    }
}

#[test]
fn exit_codes_tell_unusable_files_from_undecided_checks() {
    let unusable = [
        ("{}", "missing field `name`"),
        (r#"{ "name": "a", "expression": "x*sigmod(x)" }"#, "expression is 'x*sigmod(x)': column 3: found 'sigmod'"),
        (r#"{ "name": "a", "expression": "relu(x^2 - 1)" }"#, "kinks is missing: list where 'x0^2 - 1' changes sign"),
    ];
    for (text, part) in unusable {
        let (code, out, err) = checked(text, &[]);
        assert_eq!((code, out.as_str()), (2, ""), "{text}");
        assert!(err.contains("layer.json") && err.contains(part), "'{part}' not in\n{err}");
    }
    let absent = archscale(&["layer", "check", "no such file"]);
    assert_eq!(absent.status.code(), Some(2));
    let few = r#"{ "name": "a", "expression": "tanh(x)" }"#;
    let (code, text, _) = checked(few, &["--groups", "1"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("agreement: the number of groups wanted is") && text.contains("at most 1 are allowed"), "{text}");
    let schema: Value = serde_json::from_str(&screen(&["layer", "schema"])).unwrap();
    assert!(schema["properties"].get("expectations").is_some(), "{schema}");
}

/// Every number of a JSON value, in order.
fn numbers(value: &Value, list: &mut Vec<f64>) {
    match value {
        Value::Number(number) => list.push(number.as_f64().unwrap()),
        Value::Array(values) => values.iter().for_each(|value| numbers(value, list)),
        Value::Object(fields) => fields.values().for_each(|value| numbers(value, list)),
        _ => {}
    }
}

/// Asserts that two activations have the same law at every vertex, number by number.
fn same_law(arguments: &[&str], first: &str, second: &str) {
    let law = |activation: &str| {
        let mut list = Vec::new();
        numbers(&json(&[arguments, &["--activation", activation]].concat())["vertices"], &mut list);
        list
    };
    let (first, second) = (law(first), law(second));
    assert!(first.len() == second.len() && first.len() > 5, "{first:?} {second:?}");
    for (a, b) in first.iter().zip(&second) {
        assert!((a - b).abs() <= 1e-9 * a.abs().max(b.abs()), "{a} is not {b}");
    }
}

#[test]
fn expressions_have_the_law_of_the_activation_that_they_write() {
    for convention in ["pre", "post"] {
        let chain = ["law", "chain:4", "--convention", convention];
        same_law(&chain, "silu", "expr:x*sigmoid(x)");
        same_law(&chain, "silu", "expr:x/(1 + exp(-x))");
        same_law(&chain, "tanh", "expr:1 - 2/(1 + exp(2*x))");
        same_law(&chain, "relu", "expr:relu(x)");
        same_law(&chain, "relu", "expr:relu(2*x)/2");
        same_law(&chain, "leaky:0.25", "expr:relu(x) - 0.25*relu(-x)");
    }
    let wrong = archscale(&["law", "chain:4", "--activation", "expr:x*sigmod(x)"]);
    let text = String::from_utf8_lossy(&wrong.stderr);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text.contains("column 3: found 'sigmod'") && text.contains("did you mean 'sigmoid'"), "{text}");
    // No closed form at a finite width, as for any activation but ReLU.
    let finite = archscale(&["law", "chain:4", "--width", "16", "--activation", "expr:relu(2*x)/2"]);
    assert_eq!(finite.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&finite.stderr).contains("no law at a finite width here"));
}

#[test]
fn every_command_takes_an_expression() {
    let swish = "expr:x*sigmoid(1.702*x)";
    let simulate = |activation: &str| {
        let words =
            ["simulate", "chain:2", "--width", "8", "--samples", "200", "--seed", "3", "--json", "--activation", activation];
        json(&words)["vertices"].clone()
    };
    // One tree, hence the same tensor operations and bits.
    assert_eq!(simulate("expr: x * (0.5 + 0.5*erf(0.7071067811865476*x))"), simulate("gelu"));
    let scale =
        json(&["scale", "--base", "chain:3", "--lr", "0.1", "chain:8", "--init", "keep", "--activation", swish, "--json"]);
    assert!(scale.to_string().contains("expr:x0 * sigmoid(1.702 * x0)"), "{scale}");
    let compare =
        ["compare", "chain:3", "--width", "32", "--samples", "6000", "--margin", "0.9", "--json", "--activation", swish];
    let ending = archscale(&compare).status.code().unwrap();
    assert_ne!(ending, 2, "every law was judged");
    // A carried suite with the expression in place of its activations; a dry run names what would be trained.
    let suite = archscale(&["maxlr", "suites", "quick"]).stdout;
    let mut suite: Value = serde_json::from_slice(&suite).unwrap();
    suite["groups"][0]["activations"] = Value::from(vec![swish]);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layer-suite");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("suite.json"), suite.to_string()).unwrap();
    let [file, out] = ["suite.json", "records"].map(|name| folder.join(name).display().to_string());
    let dry = archscale(&["maxlr", "run", &file, "--out", &out, "--dry-run"]);
    let text = String::from_utf8_lossy(&dry.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("pre expr:x0 * sigmoid(1.702 * x0)"), "{text} {}", String::from_utf8_lossy(&dry.stderr));
    let kept = json(&["law", "chain:3", "--init", "keep", "--activation", swish, "--json"]);
    for vertex in kept["vertices"].as_array().unwrap() {
        assert!((vertex["second_moment"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{vertex}");
    }
}
