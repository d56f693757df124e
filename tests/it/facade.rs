//! The façade as a program of a user's own takes it: the examples run, and say what the command line says.

use std::process::Command;

use serde_json::Value;

#[path = "../../examples/my_network.rs"]
mod my_network;
#[path = "../../examples/train_one.rs"]
mod train_one;

fn json(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_archscale")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_network_gets_the_weights_and_the_rate_that_scale_recommends() {
    let text = "edges:0-1,1-2,2-3,0-3,3-4,1-4";
    let report =
        json(&["scale", "--base", "chain:3", "--lr", "0.1", text, "--width", "256", "--input-dim", "256", "--json"]);
    let network = &report["networks"][0];
    let (law, rate) = my_network::learning_rate(text, ("chain:3", 0.1)).unwrap().unwrap();
    assert_eq!(network["laws"][0]["law"], law);
    assert!((network["learning_rate"].as_f64().unwrap() / rate - 1.0).abs() < 1e-12, "{network}");
    let weights = network["weights"].as_array().unwrap();
    let own = my_network::weights(text).unwrap();
    assert_eq!(weights.len(), own.len());
    for (found, (_, to, deviation)) in weights.iter().zip(own) {
        let said = found["standard_deviation"].as_f64().unwrap();
        assert!((said / deviation - 1.0).abs() < 1e-12 && (to == 4) == (found["layer"] == "readout"), "{found}");
    }
    my_network::main().unwrap();
}

/// Chance is 0.1: the larger rate learns within two passes, the small one less.
#[test]
fn a_network_trains_through_the_facade() {
    let accuracies = train_one::accuracies().unwrap();
    assert!(accuracies[1] > 0.8 && accuracies[0] < accuracies[1], "{accuracies:?}");
    train_one::main().unwrap();
}
