//! The program as a user runs it: outputs, exit codes, errors, files.
//!
//! False alarm of this file: at most 5e-8 (fewer than thirty simulated checks at 1e-9, one comparison at 1e-8).

use std::process::Command;

use archscale::claims::Results;
use serde_json::Value;

use crate::support::{archscale, json, screen};

#[test]
fn law_prints_exact_fractions() {
    let law = json(&["law", "chain:2", "--width", "4", "--exact", "--json"]);
    assert_eq!(law["width"], 4);
    assert_eq!(law["init"], "target");
    let last = &law["vertices"][1];
    // 3/2 + 5/(2n) at n = 4.
    assert_eq!(last["B_exact"], "17/8");
    assert_eq!(last["B"], 2.125);
    assert_eq!((last["id"].as_u64(), last["in_degree"].as_u64()), (Some(2), Some(1)));
    assert_eq!(last["second_moment"], 1.0);
}

#[test]
fn law_in_the_limit() {
    let law = json(&["law", "edges:0-1,1-5,5-9,0-9", "--json"]);
    assert_eq!(law["width"], "inf");
    let ids: Vec<u64> = law["vertices"].as_array().unwrap().iter().map(|v| v["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [1, 5], "vertex ids are the input's own");
    assert_eq!(law["vertices"][0]["A"], 0.0);
    for name in [
        "paper",
        "code-depths",
        "weighted-paths",
        "weighted-sum",
        "exact-B",
        "exact-T",
        "shortest-path",
        "longest-path",
        "output-kernel",
    ] {
        assert!(law["learning_rate"].get(name).is_some(), "{name} in {}", law["learning_rate"]);
    }
    // The shortest path skips every hidden vertex, so that law sets no bound.
    assert_eq!(law["learning_rate"]["shortest-path"], Value::Null);
}

#[test]
fn law_of_cells_in_both_conventions() {
    // Values of an independent implementation of the infinite-width law, to six digits.
    for (convention, expected) in [("pre", [0.625, 2.24299, 2.71445, 10.4232]), ("post", [0.625, 1.79167, 2.02083, 7.97875])]
    {
        let law = json(&["law", "cell:2_12_112", "--convention", convention, "--json"]);
        let vertices = law["vertices"].as_array().unwrap();
        for (id, (vertex, expected)) in vertices.iter().zip(expected).enumerate() {
            assert_eq!(vertex["id"].as_u64(), Some(id as u64));
            let found = vertex["mean_squared_change"].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-5 * expected, "{convention} {id}: {found}");
        }
    }
    let gelu = json(&["law", "cell:2_12_112", "--activation", "gelu", "--json"]);
    assert!((gelu["vertices"][3]["mean_squared_change"].as_f64().unwrap() - 7.8941416).abs() < 1e-6);
}

#[test]
fn paths_are_decimal_strings() {
    let paths = json(&["paths", "complete:8", "--json"]);
    assert_eq!(paths["paths"], "256");
    assert_eq!(paths["sum_cubed"], "22528");
    assert_eq!((paths["shortest"].as_u64(), paths["longest"].as_u64()), (Some(0), Some(8)));
    assert!(paths["weighted_sum_cubed"].as_f64().unwrap() > 0.0);
    // Skips have path sums although they have no exact law.
    assert_eq!(json(&["paths", "cell:2_12_112", "--json"])["paths"], "4");
}

#[test]
fn simulate_reports_estimates_with_errors() {
    let arguments = ["simulate", "chain:2", "--width", "8", "--samples", "2000", "--seed", "5", "--json"];
    let first = json(&arguments);
    for key in ["second_moment", "A", "B"] {
        let estimate = &first["vertices"][1][key];
        assert!(estimate["mean"].as_f64().unwrap() > 0.0 && estimate["standard_error"].as_f64().unwrap() > 0.0, "{key}");
    }
    assert_eq!(first, json(&arguments), "the same command prints the same digits");
    let other = json(&["simulate", "chain:2", "--width", "8", "--samples", "2000", "--seed", "6", "--json"]);
    assert_ne!(first["vertices"], other["vertices"]);
}

#[test]
fn compare_rejects_the_path_law_where_paths_multiply() {
    let report = json(&["compare", "complete:5", "--width", "32", "--samples", "20000", "--json"]);
    let verdict = |name: &str| {
        let laws = report["laws"].as_array().unwrap();
        laws.iter().find(|law| law["law"] == name).unwrap()["rejected"].clone()
    };
    assert_eq!(verdict("paper"), true);
    assert_eq!(verdict("exact-B"), false);
}

#[test]
fn verify_gives_the_same_digest_for_any_number_of_threads() {
    let digest = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_archscale"))
            .args(["verify", "--claim", "init-source", "--claim", "recursion-C", "--effort", "quick", "--json"])
            .args(["--threads", threads])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let results: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(results["claims"][0]["verdict"], "refuted");
        let mut results: Results = serde_json::from_value(results).unwrap();
        results.program_commit = Some("that of another build".into());
        assert_eq!(results.computed_digest().unwrap(), results.digest, "the same numbers have the same digest");
        results.digest
    };
    let one = digest("1");
    assert_eq!(one.len(), 64);
    assert_eq!(one, digest("2"));
    assert_eq!(one, digest("8"));
}

#[test]
fn verify_writes_its_report() {
    let folder = std::env::temp_dir().join(format!("archscale-cli-{}", std::process::id()));
    let arguments = ["verify", "--claim", "init-target", "--claim", "maxlr-depth", "--effort", "quick", "--out"];
    let output = archscale(&[&arguments[..], &[folder.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("not run: maxlr-depth, judged at effort deep"));
    let results: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("results.json")).unwrap()).unwrap();
    assert_eq!(results["schema_version"], 2);
    assert_eq!(results["claims"].as_array().unwrap().len(), 1);
    assert_eq!(results["skipped"][0]["id"], "maxlr-depth");
    assert_eq!(results["skipped"][0]["command"], "archscale verify --claim maxlr-depth --effort deep --seed 0");
    let report = std::fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(report.contains("## maxlr-depth (not run)"));
    assert!(report.contains(results["digest"].as_str().unwrap()));
    assert!(report.contains("archscale verify --claim init-target --effort quick --seed 0"));
    let table = std::fs::read_to_string(folder.join("claims.tex")).unwrap();
    assert!(table.contains("\\toprule") && table.contains("init-target & "));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn unusable_input_names_place_and_mend() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["law", "edges:0-1,1-2,2-1,2-3"], &["cycle", "1, 2"]),
        (&["law", "edges:0-2,2-1,1-3"], &["2-1", "renumber"]),
        (&["law", "cell:2_12_112", "--width", "16"], &["skip", "linear edges", "leave --width out"]),
        (&["law", "cell:2_12_112", "--exact"], &["fractions", "skip"]),
        (&["law", "chain:2", "--activation", "swush"], &["swush", "relu"]),
        (&["law", "chain:2", "--convention", "middle"], &["middle", "post"]),
        (&["law", "chain:3", "--width", "0"], &["--width", "from 1"]),
        (&["law", "chain:3", "--width", "ten"], &["ten", "or inf"]),
        (&["law", "chain:3", "--init", "glorot"], &["glorot", "target"]),
        (&["law", "ring:3"], &["ring:3", "chain:L"]),
        (&["simulate", "chain:3"], &["--width"]),
        (&["simulate", "chain:3", "--width", "4", "--device", "abacus"], &["abacus", "cpu"]),
        (&["simulate", "chain:3", "--width", "100000000"], &["memory"]),
        (&["compare", "chain:3", "--margin", "-1"], &["margin"]),
        (&["verify", "--claim", "nonsense"], &["nonsense", "dag-paths"]),
        (&["verify", "--claim", "maxlr-depth"], &["maxlr-depth", "effort normal", "--effort deep"]),
        (&["claims", "show", "nonsense"], &["nonsense", "forward-variance"]),
        (&["verify", "--claim", "init-target", "--out", "/proc/nowhere"], &["/proc/nowhere", "written"]),
        (&[], &["no command", "verify"]),
        (&["law"], &["ARCH"]),
    ];
    for (arguments, parts) in cases {
        let output = archscale(arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        for part in *parts {
            assert!(message.contains(part), "{arguments:?}: '{part}' not in '{message}'");
        }
        assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    }
}

#[test]
fn warnings_go_to_standard_error() {
    let output = archscale(&["law", "edges:0-1,1-2,1-3,3-4", "--json"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("vertex 2 is on no path"));
    let law: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(law["warnings"][0].as_str().unwrap().contains("left out"));
}

#[test]
fn small_commands() {
    let claims = json(&["claims", "--json"]);
    assert_eq!(claims.as_array().unwrap().len(), archscale::claims::CLAIMS.len());
    assert_eq!(json(&["claims", "show", "dag-paths", "--json"])["expected"], "refuted");
    for (name, field) in [("architecture", "edges"), ("results", "digest")] {
        let schema: Value = serde_json::from_str(&screen(&["schema", name])).unwrap();
        assert!(schema["properties"][field].is_object(), "{name}");
    }
    for (arguments, part) in [
        (vec!["--citation"], "@inproceedings{chen2024principled"),
        (vec!["--help"], "edges:0-1,1-2,0-2"),
        (vec!["completions", "bash"], "_archscale"),
        (vec!["--version"], env!("CARGO_PKG_VERSION")),
        (vec!["claims", "show", "chain-cubic"], "L^(−3/2)"),
        (vec!["law", "chain:2", "--exact"], "B exact"),
        (vec!["paths", "complete:4"], "longest path"),
    ] {
        let output = archscale(&arguments);
        assert!(output.status.success(), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(part), "{arguments:?}");
    }
}
