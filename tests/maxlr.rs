//! `maxlr` as a user runs it: a suite of their own, an interrupted run, the report and its figures, bad input.
//!
//! Training is deterministic, so nothing here is random.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn archscale(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_archscale")).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = archscale(arguments);
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("maxlr-cli-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const SUITE: &str = r#"{ "name": "mine", "about": "A user's own.",
    "protocol": { "width": 8, "budget": { "steps": 8 } },
    "plan": { "points": 8, "lowest": 0.01, "highest": 100, "seeds": [1, 2], "edge_halvings": 0 },
    "groups": [
        { "name": "vectors", "architectures": ["chain:{1..3}", "complete:2", { "random-dags": { "count": 2, "hidden": [2, 4], "seed": 1 } }],
          "base": ["chain:1"] },
        { "name": "images", "data": "mnist1d:samples=60", "protocol": { "width": 3 }, "plan": { "points": 5, "seeds": [1] },
          "architectures": ["conv:size=40,kernel={3,5},padding=zero,net=chain:{1,2}"] }] }"#;

#[test]
fn a_suite_is_run_resumed_and_reported() {
    let folder = folder("whole");
    let (suite, out, report) = (folder.join("mine.json"), folder.join("records"), folder.join("report"));
    std::fs::write(&suite, SUITE).unwrap();
    let [suite, out, report] = [&suite, &out, &report].map(|path| path.to_str().unwrap());
    assert!(text(&archscale(&["maxlr", "run", suite, "--out", out, "--dry-run"])).contains("10 networks"));
    assert!(!Path::new(out).exists());
    let first = text(&archscale(&["maxlr", "run", suite, "--out", out, "--group", "vectors"]));
    assert!(first.starts_with("6 networks measured; 4 of the suite are left"), "{first}");
    assert!(text(&archscale(&["maxlr", "run", suite, "--out", out])).starts_with("4 networks measured."));
    let records = std::fs::read_to_string(Path::new(out).join("records.jsonl")).unwrap();
    assert!(text(&archscale(&["maxlr", "run", suite, "--out", out])).starts_with("0 networks measured."));
    assert_eq!(std::fs::read_to_string(Path::new(out).join("records.jsonl")).unwrap(), records);

    let arguments = ["maxlr", "report", out, "--replicates", "199", "--out", report];
    let page = text(&archscale(&arguments));
    assert!(page.contains("# Maximal learning rates: mine") && page.contains("10 of 10 networks are measured"), "{page}");
    for name in ["report.md", "report.json", "measurements.jsonl", "vectors-paper.svg"] {
        assert!(Path::new(report).join(name).exists(), "{name}");
    }
    let json = text(&archscale(&["maxlr", "report", out, "--replicates", "199", "--json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["court"]["groups"][0]["name"], "vectors");
    assert_eq!(json["networks"], serde_json::json!([10, 10]));
    // The measurements that a report writes are judged alike when they come from a file.
    let file = Path::new(report).join("measurements.jsonl");
    let again = text(&archscale(&["maxlr", "report", file.to_str().unwrap(), "--replicates", "199", "--json"]));
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap()["court"], json["court"]);
}

#[test]
fn recipes_are_compared_on_cells_and_the_run_resumed() {
    let folder = folder("cells");
    let out = folder.to_str().unwrap();
    let small = ["--data", "mnist1d:samples=200", "--width", "8", "--batch", "8", "--passes", "6", "--seeds", "1,2"];
    let cells = |more: &[&str]| archscale(&[&["maxlr", "cells", "--count", "2", "--out", out], &small[..], more].concat());
    let first = cells(&[]);
    let page = text(&first);
    assert!(
        page.contains("# 2 cells of NAS-Bench-201, trained by 6 recipes") && page.contains("law output-kernel"),
        "{page}"
    );
    assert!(String::from_utf8(first.stderr).unwrap().contains("24 trainings done"));
    for name in ["cells.json", "base.jsonl", "report.md", "report.json", "accuracies.svg"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    assert_eq!(std::fs::read_to_string(folder.join("runs.jsonl")).unwrap().lines().count(), 24);
    let again = cells(&["--json"]);
    assert!(String::from_utf8(again.stderr.clone()).unwrap().contains("0 trainings done"));
    let json: Value = serde_json::from_str(&text(&again)).unwrap();
    assert_eq!(json["scores"][3]["law"], "paper");
    assert!(refused(&["maxlr", "cells", "--count", "9999", "--out", out]).contains("ask for fewer"));
    assert!(refused(&["maxlr", "cells", "--base", "chain:2", "--out", out]).contains("write nas:3_03_003"));
}

#[test]
fn carried_suites_can_be_listed_and_printed() {
    let list = text(&archscale(&["maxlr", "suites"]));
    assert!(list.contains("quick") && list.contains("standard") && list.contains("full"));
    let quick: Value = serde_json::from_str(&text(&archscale(&["maxlr", "suites", "quick"]))).unwrap();
    assert_eq!(quick["name"], "quick");
}

#[test]
fn bad_input_is_told_with_its_mend() {
    let folder = folder("bad");
    let out = folder.join("records");
    let out = out.to_str().unwrap();
    assert!(refused(&["maxlr", "suites", "huge"]).contains("quick, standard, full"));
    assert!(refused(&["maxlr", "run", "no-such.json", "--out", out]).contains("name of one of"));
    assert!(refused(&["maxlr", "run", "quick", "--group", "topologies", "--out", out]).contains("its groups are depth"));
    assert!(refused(&["maxlr", "report", out]).contains("maxlr run SUITE"));
    assert!(!Path::new(out).exists());
    let file = folder.join("bad.json");
    std::fs::write(&file, SUITE.replace("\"width\": 8", "\"widths\": 8")).unwrap();
    assert!(refused(&["maxlr", "run", file.to_str().unwrap(), "--out", out]).contains("unknown field `widths`"));
    assert!(refused(&["maxlr", "run", "quick", "--part", "3/2", "--out", out]).contains("2/8"));
}
