//! `verify --out`: what a folder may lose, how a stopped run goes on, and what is said of claims that were not run.
//!
//! False alarm of this file: at most 2e-8 (every run draws the same networks, for fewer than twenty simulated checks, each at 1e-9).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use archscale::claims::{CLAIMS, kept_verdicts, readme_table, verdicts_page};
use serde_json::{Value, json};

/// Runs two claims that are judged in a moment, into a folder.
fn verify(folder: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_archscale"))
        .args(["verify", "--claim", "init-source", "--claim", "init-target", "--effort", "quick", "--out"])
        .arg(folder)
        .args(more)
        .output()
        .unwrap()
}

/// A path of its own for each test, where nothing is yet.
fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("verify-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// Every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

fn refused(output: &Output, parts: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(parts.iter().all(|part| message.contains(part)), "{parts:?} not in {message}");
    assert!(output.stdout.is_empty(), "refused before any work");
}

const REPORT: [&str; 6] = ["claims.tex", "growth.svg", "kernel.svg", "report.md", "results.json", "simulation.svg"];

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_report() {
    let folder = fresh("whole");
    let output = verify(&folder, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let whole = files(&folder);
    assert!(whole.keys().eq(REPORT.iter()), "{:?}", whole.keys());
    let results: Value = serde_json::from_slice(&whole["results.json"]).unwrap();

    let header = format!(
        r#"{{"format":"archscale findings 2","program_version":{},"program_commit":{},"claims":["init-source","init-target"],"effort":"quick","seed":0,"device":"cpu","precision":{}}}"#,
        results["program_version"], results["program_commit"], results["precision"]
    );
    let judged = |finding: &Value| json!({"claim": "init-source", "finding": finding}).to_string();
    let finding = &results["claims"][0]["finding"];
    // Stopped after the first claim; within the line of the second; within that of the first; before any.
    let full = judged(finding);
    for (lines, there) in [
        (format!("{header}\n{full}\n"), "1 of 2 claims are there already"),
        (format!("{header}\n{full}\n{}", &full[..full.len() / 2]), "1 of 2 claims are there already"),
        (format!("{header}\n{}", &full[..full.len() / 2]), ""),
        (header[..20].to_string(), ""),
    ] {
        let stopped = fresh("stopped");
        std::fs::create_dir_all(&stopped).unwrap();
        std::fs::write(stopped.join("progress.jsonl"), &lines).unwrap();
        let output = verify(&stopped, &[]);
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), there);
        assert_eq!(files(&stopped), whole, "{there}");
    }
    // What is there is taken, not judged again.
    let mut planted = finding.clone();
    planted["notes"] = json!(["planted"]);
    let stopped = fresh("planted");
    std::fs::create_dir_all(&stopped).unwrap();
    std::fs::write(stopped.join("progress.jsonl"), format!("{header}\n{}\n", judged(&planted))).unwrap();
    assert!(verify(&stopped, &[]).status.success());
    assert!(String::from_utf8_lossy(&files(&stopped)["report.md"]).contains("planted"));

    // A report whose results.json is elsewhere may be any run's.
    let lone = fresh("lone");
    std::fs::create_dir_all(&lone).unwrap();
    std::fs::write(lone.join("report.md"), &whole["report.md"]).unwrap();
    refused(&verify(&lone, &[]), &["report.md", "another folder"]);

    // Another run that was stopped, and one that is under way.
    std::fs::write(stopped.join("progress.jsonl"), header.replace("\"quick\"", "\"deep\"") + "\n").unwrap();
    refused(&verify(&stopped, &[]), &["progress.jsonl", "effort deep there, quick here", "another folder"]);
    std::fs::write(stopped.join("progress.jsonl"), format!("{header}\n")).unwrap();
    let held = std::fs::OpenOptions::new().append(true).open(stopped.join("progress.jsonl")).unwrap();
    held.lock().unwrap();
    refused(&verify(&stopped, &[]), &["progress.jsonl", "another run is writing it"]);
    drop(held);

    // The same run may replace its own report; another run, or an altered report, is left alone.
    let before = files(&stopped);
    refused(&verify(&folder, &["--seed", "7"]), &["results.json", "another folder"]);
    refused(&verify(&folder, &["--claim", "chain-cubic"]), &["results.json", "another folder"]);
    assert_eq!((files(&folder), files(&stopped)), (whole.clone(), before));
    let altered = String::from_utf8_lossy(&whole["results.json"]).replacen("\"init-source\"", "\"init-sauce\"", 1);
    std::fs::write(folder.join("results.json"), &altered).unwrap();
    refused(&verify(&folder, &[]), &["results.json"]);
    assert_eq!(files(&folder)["results.json"], altered.as_bytes());
    std::fs::write(folder.join("results.json"), &whole["results.json"]).unwrap();
    std::fs::write(
        folder.join("claims.tex"),
        String::from_utf8_lossy(&whole["claims.tex"]).replace("% Digest", "% My digest 1, not digest"),
    )
    .unwrap();
    refused(&verify(&folder, &[]), &["claims.tex"]);
    std::fs::write(folder.join("claims.tex"), &whole["claims.tex"]).unwrap();
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    assert!(verify(&folder, &[]).status.success());
    std::fs::remove_file(folder.join("notes.txt")).unwrap();
    assert_eq!(files(&folder), whole);
}

#[test]
fn nothing_foreign_is_replaced() {
    for name in REPORT.iter().chain(&["progress.jsonl"]) {
        let folder = fresh("foreign");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), "hi").unwrap();
        refused(&verify(&folder, &[]), &[name, "another folder", "move it away"]);
        assert_eq!(files(&folder), BTreeMap::from([((*name).to_string(), b"hi".to_vec())]));
    }
}

#[test]
fn a_run_that_fails_at_once_leaves_nothing() {
    let folder = fresh("device");
    for device in ["cuda:99", "metal", "abacus"] {
        refused(&verify(&folder, &["--device", device]), &[device]);
        assert!(!folder.exists(), "{device}");
    }
    std::fs::create_dir_all(&folder).unwrap();
    refused(&verify(&folder, &["--device", "cuda:99"]), &["cuda:99"]);
    assert!(files(&folder).is_empty(), "a folder that was there stays, as it was");
}

#[test]
fn claims_that_were_not_run_say_what_is_kept() {
    let folder = fresh("kept");
    let output = Command::new(env!("CARGO_BIN_EXE_archscale"))
        .args(["verify", "--claim", "init-target", "--claim", "nas-accuracy", "--effort", "quick", "--out"])
        .arg(&folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8(files(&folder)["report.md"].clone()).unwrap();
    let kept = kept_verdicts().unwrap().into_iter().find(|verdict| verdict.claim == "nas-accuracy").unwrap();
    let told = format!("not run here; {}: undecided (expected: refuted)", kept.rests_on);
    assert_eq!(report.matches(&told).count(), 2, "in the table and at its place: {report}");
    assert!(!report.contains("](proofs/"), "a link into the source is broken elsewhere");
    assert!(report.contains("`archscale claims show init-target`"));
    let results: Value = serde_json::from_slice(&files(&folder)["results.json"]).unwrap();
    assert_eq!(results["skipped"][0]["kept"]["verdict"], "undecided");
}

/// README's table, docs/verdicts.md, the kept verdicts and the registry are one.
#[test]
fn kept_verdicts_are_those_of_the_tables() {
    let kept = kept_verdicts().unwrap();
    assert!(kept.iter().map(|verdict| verdict.claim.as_str()).eq(CLAIMS.iter().map(|claim| claim.id)));
    let read = |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let readme = read("README.md");
    let table = readme.split("<!-- begin verdicts -->\n").nth(1).unwrap().split("<!-- end verdicts -->").next().unwrap();
    assert_eq!(table, readme_table(&kept), "run the example `verdicts`, which writes both");
    assert_eq!(read("docs/verdicts.md"), verdicts_page(&kept), "run the example `verdicts`, which writes both");
    let listed = Command::new(env!("CARGO_BIN_EXE_archscale")).args(["claims", "--json"]).output().unwrap();
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    for (entry, verdict) in listed.iter().zip(&kept) {
        assert_eq!(
            (entry["id"].as_str(), entry["verdict"].as_str().unwrap()),
            (Some(verdict.claim.as_str()), verdict.verdict.to_string().as_str())
        );
        assert_eq!(entry["verdict_rests_on"], verdict.rests_on.as_str());
    }
    let open: Vec<&str> =
        listed.iter().filter(|entry| entry["verdict"] == "undecided").filter_map(|entry| entry["id"].as_str()).collect();
    assert_eq!(open, ["nas-accuracy", "nas-ranking"], "as the kept accuracies say");
}
