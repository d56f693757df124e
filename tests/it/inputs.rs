//! What a user may hand to the commands that read networks and simulate them: refusals, and what is said of numbers out of range.

use serde_json::Value;

use crate::support::{archscale, json};

#[test]
fn what_cannot_be_read_or_simulated_is_refused() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["law", "chian:4"], &["did you mean 'chain'?", "conv:depth", "stem:ARCHITECTURE"]),
        (&["law", "[(0, 1), (1, 2)]"], &["a bare list of edges", "edges:0-1,1-2"]),
        (&["law", "1234"], &["a bare number", "nas:"]),
        (&["law", "edges:0-1,1-2,1-2s,2-3"], &["given twice", "edges:0-1,1-2s,1-3,2-3s,3-4"]),
        (&["law", "conv:dims=2,size=224"], &["224 × 224", "64x64"]),
        (&["law", "chain:2", "--activation", "leaky:1e78"], &["slope is 1", "from -1e9 to 1e9"]),
        (
            &["simulate", "chain:8", "--width", "8", "--samples", "1000000000000000000"],
            &["1000000000000000000 networks", "years", "10¹¹ operations a second", "limit of 30 days", "fewer networks"],
        ),
        (
            &["simulate", "chain:8", "--width", "1024", "--method", "lazy", "--readout", "integrated"],
            &["of memory", "(--readout projected)"],
        ),
        (
            &["simulate", "chain:2", "--width", "20000", "--method", "dense"],
            &["74 days", "take lazy weights with a projected readout (--method lazy --readout projected)"],
        ),
    ];
    for (arguments, needles) in cases {
        let output = archscale(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(output.stdout.is_empty() && !text.contains("memory_limit"), "{arguments:?}: {text}");
        for needle in *needles {
            assert!(text.contains(needle), "{arguments:?}: '{needle}' not in {text}");
        }
    }
}

/// Lazy weights take the readout that fits them unless another is named.
#[test]
fn lazy_weights_run_at_large_width() {
    let arguments = ["simulate", "chain:2", "--width", "4096", "--samples", "2", "--method", "lazy", "--json"];
    let report = json(&arguments);
    assert_eq!((&report["readout"], &report["method"]), (&Value::from("projected"), &Value::from("lazy")));
    let small = json(&["simulate", "chain:2", "--width", "4", "--samples", "50", "--json"]);
    assert_eq!((&small["readout"], &small["method"]), (&Value::from("integrated"), &Value::from("dense")));
}

/// Values beyond the range of single precision: a sentence, null with its reason, no number that stands for an overflow.
#[test]
fn numbers_out_of_range_are_said_in_words() {
    let arguments = ["simulate", "complete:150", "--init", "he", "--width", "8", "--samples", "4", "--readout", "sampled"];
    let single = archscale(&[&arguments[..], &["--precision", "f32"]].concat());
    let (text, said) = (String::from_utf8_lossy(&single.stdout), String::from_utf8_lossy(&single.stderr));
    assert_eq!(single.status.code(), Some(0), "{said}");
    assert!(said.contains("leave the range of f32") && said.contains("--precision f64"), "{said}");
    assert!(text.contains('—') && !text.contains("inf") && !text.contains("NaN"), "{text}");
    let report = json(&[&arguments[..], &["--precision", "f32", "--json"]].concat());
    assert!(report["overflowed_at"].as_u64().is_some());
    assert_eq!(report["vertices"][149]["B"]["mean"], Value::Null);
    let double = json(&[&arguments[..], &["--precision", "f64", "--json"]].concat());
    assert!(double["overflowed_at"].is_null() && double["vertices"][149]["B"]["mean"].as_f64().is_some());
    // Below it: one neuron, dead in the only network that is drawn, or nothing that a number could hold.
    let small = archscale(&[
        "simulate",
        "chain:400",
        "--activation",
        "leaky:0",
        "--width",
        "1",
        "--samples",
        "2",
        "--method",
        "dense",
    ]);
    let said = String::from_utf8_lossy(&small.stderr);
    assert!(said.contains("every network gives 0"), "{said}");
}

/// The network that the message on parallel edges offers is the residual block x + W σ(x): E z² = 1 · ½ · 1 + 1.
#[test]
fn the_dummy_vertex_copies() {
    let law = json(&["law", "edges:0-1,1-2s,1-3,2-3s,3-4", "--json"]);
    let moments: Vec<f64> =
        law["vertices"].as_array().unwrap().iter().map(|vertex| vertex["second_moment"].as_f64().unwrap()).collect();
    assert_eq!(moments, [1.0, 1.0, 1.5]);
}
