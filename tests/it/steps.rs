//! Several gradient steps on the command line.

use archscale::sim::{Settings, StreamKey, training_steps};
use archscale_model::{Architecture, InitRule};
use serde_json::Value;

use crate::support::{archscale, json};

/// The table is the simulator's, and its first row stands beside the exact law of this width: B + A of chain:2 at n = 8.
#[test]
fn the_table_is_the_simulation() {
    let arguments =
        ["steps", "chain:2", "--width", "8", "--networks", "50", "--steps", "3", "--seed", "4", "--method", "dense"];
    let report = json(&[&arguments[..], &["--eta-times", "0.5", "--json"]].concat());
    let law = json(&["law", "chain:2", "--width", "8", "--json"]);
    let change = law["vertices"][1]["mean_squared_change"].as_f64().unwrap();
    let close = |found: &Value, expected: f64| (found.as_f64().unwrap() / expected - 1.0).abs() < 1e-12;
    assert!(close(&report["first_step_law"], change));
    assert!(close(&report["predicted_first_change"], 0.25), "half the rate moves a quarter");
    assert!(close(&report["eta"], 0.5 / change.sqrt()));
    assert_eq!((&report["method"], &report["vertex"]), (&Value::from("dense"), &Value::from(2)));
    let program = Architecture::parse("chain:2").unwrap().graph().lower(InitRule::Target).unwrap();
    let key = StreamKey::new("steps", "chain:2 target pre relu n=8", 4);
    let training =
        training_steps(&program, &Settings::new(8, 50, key), report["eta"].as_f64().unwrap(), 3, &|_| ()).unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for (row, step) in rows.iter().zip(&training.steps) {
        assert!(close(&row["from_start"]["mean"], step.nodes[1].from_start.mean()));
        assert!(close(&row["squared_residual"]["mean"], step.squared_residual.mean()));
    }
    let text = String::from_utf8(archscale(&[&arguments[..], &["--wide"]].concat()).stdout).unwrap();
    assert!(text.contains("first-step law") && text.contains("exact law at this width"), "{text}");
}

/// One hidden vertex moves by η² times its movement at η = 1, so that a bound four times as large doubles the largest rate.
#[test]
fn the_largest_rate_scales_with_the_bound_of_one_layer() {
    let largest = |movement: &str| {
        let arguments = ["steps", "chain:1", "--largest", "--steps", "1", "--width", "16", "--networks", "32"];
        json(&[&arguments[..], &["--groups", "4", "--movement", movement, "--json"]].concat())
    };
    let (low, high) = (largest("0.1"), largest("0.4"));
    let rate = |report: &Value| report["largest_rate"].as_f64().unwrap();
    assert!((rate(&high) / rate(&low) - 2.0).abs() < 0.02, "{} {}", rate(&low), rate(&high));
    assert_eq!(low["breaches"], serde_json::json!([0, 4, 0]));
    assert_eq!(low["groups"], 4);
    let free = json(&["steps", "chain:1", "--largest", "--steps", "1", "--width", "16", "--movement", "inf", "--json"]);
    assert_eq!((&free["movement"], &free["breaches"][1]), (&Value::Null, &Value::from(0)));
}

#[test]
fn what_cannot_be_followed_is_refused() {
    for (arguments, needles) in [
        (&["steps", "chain:2", "--eta", "0"][..], &["--eta is 0", "above 0"][..]),
        (&["steps", "chain:2", "--eta", "-1"], &["--eta is -1", "above 0"]),
        (&["steps", "chain:2", "--eta-times", "-1"], &["--eta-times is -1", "above 0"]),
        (&["steps", "chain:2", "--largest", "--movement", "-1"], &["movement is -1", "positive"]),
        (&["steps", "chain:2", "--seed", "-1"], &["'-1' for '--seed"]),
        (&["steps", "chain:2", "--steps", "0"], &["--steps"]),
        (&["steps", "chain:2", "--eta", "1", "--largest"], &["--largest"]),
        (&["steps", "chain:2", "--movement", "1"], &["--largest"]),
        (&["steps", "chain:2", "--largest", "--movement", "nan"], &["--movement", "give a number"]),
        (&["steps", "chain:2", "--largest", "--groups", "9", "--networks", "8"], &["groups", "as many networks"]),
        (&["steps", "chain:2", "--width", "9000000000"], &["9000000000", "smaller width"]),
        (
            &["steps", "chain:2", "--steps", "99999999999"],
            &["99999999999 steps", "years", "limit of 30 days", "fewer networks or steps"],
        ),
        (&["steps", "chain:2", "--networks", "1000000000000000000"], &["1000000000000000000 networks", "years"]),
        (
            &["steps", "chain:2", "--largest", "--networks", "1000000000000000000"],
            &["1000000000000000000 networks", "years", "limit of 30 days"],
        ),
        (&["steps", "chain:2", "--width", "20000", "--method", "dense"], &["of memory", "(--method lazy)"]),
        (
            &["steps", "chain:2", "--eta", "1e200"],
            &["beyond the range of double precision", "nearer to the first-step law's"],
        ),
        (&["steps", "chain:2", "--eta", "1e-200"], &["beyond the range of double precision"]),
        (&["steps", "edges:0-0"], &["0-0"]),
    ] {
        let output = archscale(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        for needle in needles {
            assert!(text.contains(needle), "{arguments:?}: {text}");
        }
    }
}

/// Divergence is said in words: the rows end with it, and no number stands for it.
#[test]
fn divergence_is_said_in_words() {
    let arguments = ["steps", "chain:3", "--width", "16", "--networks", "8", "--steps", "9", "--method", "dense", "--eta"];
    let text = String::from_utf8(archscale(&[&arguments[..], &["1000"]].concat()).stdout).unwrap();
    assert!(text.contains("Diverged: by step 1") && text.contains("--largest") && !text.contains("NaN"), "{text}");
    assert!(text.contains("100.0 %") && !text.contains("\n│ 2 "), "{text}");
    let report = json(&[&arguments[..], &["1000", "--json"]].concat());
    assert_eq!((&report["diverged_at"], &report["first_divergence"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(report["rows"].as_array().unwrap().len(), 9);
    assert_eq!(report["rows"][0]["from_start"]["mean"], Value::Null);
    // A rate at which some diverge: they are left out, and it is said.
    let some = (0..60).map(|k| 1.1_f64.powi(k)).find_map(|eta| {
        let report = json(&[&arguments[..], &[&eta.to_string(), "--json"]].concat());
        let last = report["rows"][8]["diverged"].as_f64().unwrap();
        (last > 0.0 && last < 1.0).then_some((eta, report))
    });
    let (eta, report) = some.expect("no rate between all and none");
    assert!(report["first_divergence"].as_u64().is_some() && report["diverged_at"].is_null(), "{report}");
    assert!(report["rows"][8]["from_start"]["mean"].as_f64().is_some());
    let text = String::from_utf8(archscale(&[&arguments[..], &[&eta.to_string()]].concat()).stdout).unwrap();
    assert!(text.contains("Some networks diverged") && text.contains("of the others alone"), "{text}");
    let tame = json(&[&arguments[..], &["0.01", "--json"]].concat());
    assert!(tame["diverged_at"].is_null() && tame["first_divergence"].is_null());
}
