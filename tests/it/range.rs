//! Numbers beyond double precision on the command line: said as logarithms, never as 0, ∞ or a bare null.

use serde_json::Value;

use crate::support::{archscale, json, screen};

fn last(law: &Value) -> &Value {
    law["vertices"].as_array().unwrap().last().unwrap()
}

/// Blocks x + W σ(W′ σ(x)), written as an edge list.
fn residual(blocks: usize) -> String {
    let block = |index: usize| {
        let v = 1 + 2 * index;
        format!("{v}-{},{}-{},{v}-{}s", v + 1, v + 1, v + 2, v + 2)
    };
    let blocks: Vec<String> = (0..blocks).map(block).collect();
    format!("edges:0-1,{},{}-{}", blocks.join(","), 1 + 2 * blocks.len(), 2 + 2 * blocks.len())
}

#[test]
fn a_dense_network_under_he_weights_has_its_law() {
    let law = json(&["law", "complete:600", "--init", "he", "--json"]);
    let vertex = last(&law);
    assert_eq!(vertex["B"], Value::Null);
    // exact-B = (B/E z²)^(−½) at the last vertex, which moves most.
    let (change, moment) = (vertex["B_log10"].as_f64().unwrap(), vertex["second_moment"].as_f64().unwrap().log10());
    let rate = law["learning_rate"]["exact-B"].as_f64().unwrap();
    assert!((rate.log10() + 0.5 * (change - moment)).abs() < 1e-9, "{rate}, B = 10^{change}");
    for (name, rate) in law["learning_rate"].as_object().unwrap() {
        assert!(rate.as_f64().is_none_or(|rate| rate > 0.0), "{name}: {rate}");
        let unbounded = name == "shortest-path";
        assert!(
            !rate.is_null() || unbounded || law["learning_rate_log10"][name].is_f64(),
            "{name} is missing without a word"
        );
    }
    let shown = screen(&["law", "complete:600", "--init", "he"]);
    assert!(!shown.contains("inf") && !shown.contains("NaN"), "{shown}");
    assert!(shown.contains("e367"), "{shown}");
}

#[test]
fn rates_beyond_doubles_are_logarithms() {
    let law = json(&["law", "complete:2500", "--init", "he", "--json"]);
    assert_eq!(law["learning_rate"]["exact-B"], Value::Null);
    assert!(law["learning_rate_log10"]["exact-B"].as_f64().unwrap() < -370.0, "{}", law["learning_rate_log10"]);
}

#[test]
fn path_sums_have_their_size() {
    let paths = json(&["paths", "complete:2000", "--init", "he", "--json"]);
    // Under He every weight is 1: the sum of cubes itself, which is an exact integer beside it.
    let digits = paths["sum_cubed"].as_str().unwrap();
    let expected = format!("0.{}", &digits[..17]).parse::<f64>().unwrap().log10() + digits.len() as f64;
    assert!((paths["weighted_sum_cubed_log10"].as_f64().unwrap() - expected).abs() < 1e-9);
    assert_eq!(paths["weighted_sum_cubed"], Value::Null);
}

#[test]
fn residual_networks_of_any_depth_have_their_second_moment() {
    for blocks in [8, 300] {
        let law = json(&["law", &residual(blocks), "--json"]);
        let moment = last(&law)["second_moment"].as_f64().unwrap();
        let expected = 1.5_f64.powi(blocks as i32);
        assert!((moment / expected - 1.0).abs() < 1e-9, "{blocks} blocks: {moment} for {expected}");
        assert!(law["learning_rate"]["exact-B"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn the_limit_takes_graphs_of_any_size() {
    let law = json(&["law", "chain:20000", "--json"]);
    let found = last(&law)["B"].as_f64().unwrap();
    let depth = 20_000.0_f64;
    assert!((found / (depth * (2.0 * depth * depth + 1.0) / 12.0) - 1.0).abs() < 1e-9, "{found}");
    let shown = screen(&["law", "chain:20000"]);
    assert!(shown.lines().count() < 120 && shown.contains("19960 more"), "{} lines", shown.lines().count());
}

#[test]
fn b_is_given_where_a_has_too_many_terms() {
    let law = json(&["law", "complete:100", "--width", "24", "--json"]);
    let vertex = last(&law);
    assert!(vertex["B"].as_f64().unwrap() > 0.0);
    assert_eq!((&vertex["A"], &vertex["mean_squared_change"]), (&Value::Null, &Value::Null));
    assert!(law["warnings"][0].as_str().unwrap().contains("A is left out"), "{}", law["warnings"]);
}

#[test]
fn refusals_name_no_way_that_was_taken() {
    let shown = screen(&["law", "cell:2_12_112", "--convention", "post", "--activation", "gelu"]);
    assert!(!shown.contains("--width inf") && !shown.contains("Act("), "{shown}");
    assert!(shown.contains("gelu"), "{shown}");
    let output = archscale(&["law", "cell:2_12_112", "--width", "64"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("skip") && message.contains("leave --width out"), "{message}");
    // Before the image is laid out.
    let output = archscale(&["law", "conv:dims=2,size=64,depth=2", "--exact"]);
    assert_eq!(output.status.code(), Some(2));
}
