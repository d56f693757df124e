//! `scale`: learning rates and weights of a network from those of another.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::{Command, Output};

use serde_json::Value;

fn archscale(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_archscale")).args(arguments).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = archscale(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_chain_four_times_as_deep_gets_an_eighth_by_the_paper() {
    let report = json(&["scale", "--base", "chain:1", "--lr", "0.8", "chain:4", "chain:1", "--width", "128", "--json"]);
    let deep = &report["networks"][0];
    let rate = |network: &Value, law: &str| -> f64 {
        let laws = network["laws"].as_array().unwrap();
        laws.iter().find(|rate| rate["law"] == law).unwrap()["learning_rate"].as_f64().unwrap()
    };
    // L^(−3/2) at L = 4; the exact law is (L(2L² + 1)/12)^(−1/2): 1/4 at L = 1, 11 at L = 4.
    assert!((rate(deep, "paper") - 0.1).abs() < 1e-12);
    assert!((rate(deep, "weighted-sum") - 0.1).abs() < 1e-12);
    assert!((rate(deep, "exact-B") - 0.8 / 44.0_f64.sqrt()).abs() < 1e-12);
    // Of the base itself every law gives the tuned learning rate.
    assert_eq!(report["networks"][1]["learning_rate"], 0.8);
    let weights = deep["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 5);
    for edge in &weights[..4] {
        // √(2/128)
        assert_eq!((edge["fan_in"].as_u64(), edge["standard_deviation"].as_f64()), (Some(128), Some(0.125)));
    }
    // √2/n
    assert!((weights[4]["standard_deviation"].as_f64().unwrap() - 2.0_f64.sqrt() / 128.0).abs() < 1e-15);
}

#[test]
fn exactly_one_law_is_recommended_and_stands_first() {
    let report = json(&[
        "scale",
        "--base",
        "chain:2",
        "--lr",
        "0.3",
        "complete:4",
        "cell:2_12_112",
        "nas:3_24_440,pool=skip",
        "--json",
    ]);
    let networks = report["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 3);
    for network in networks {
        let laws = network["laws"].as_array().unwrap();
        let recommended: Vec<usize> = (0..laws.len()).filter(|&at| laws[at]["recommended"] == true).collect();
        assert_eq!(recommended, [0]);
        assert_eq!(laws[0]["learning_rate"], network["learning_rate"]);
        let values: Vec<bool> = laws.iter().map(|law| law["learning_rate"].is_null()).collect();
        assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "laws without a value come last");
        assert!(laws.iter().all(|law| !law["caveat"].as_str().unwrap().is_empty()));
    }
}

#[test]
fn unusable_input_says_what_to_mend() {
    for (arguments, parts) in [
        (&["--base", "chain:2", "--lr", "0", "chain:3"][..], &["--lr 0", "above 0"][..]),
        (&["--base", "chain:2", "--lr", "nan", "chain:3"], &["--lr", "give a number"]),
        (&["--base", "chain", "--lr", "1", "chain:3"], &["chain", "number of hidden vertices is missing"]),
        (&["--base", "chain:2", "--lr", "1"], &["ARCH"]),
    ] {
        let output = archscale(&[&["scale"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}
