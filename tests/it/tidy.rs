//! Invariants of the source tree that ARCHITECTURE.md promises.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use archscale::claims::{CLAIMS, Verdict};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names under [dependencies] in a crate's manifest.
fn dependencies(name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
    let section = text.split("[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap();
    section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(String::from)
        .collect()
}

#[test]
fn crates_depend_as_drawn() {
    let ours = |name: &str| -> Vec<String> {
        // What a person reads is written in one way everywhere, so any crate may use `text`.
        let named = dependencies(name).into_iter().filter_map(|name| name.strip_prefix("archscale-").map(String::from));
        named.filter(|name| name != "text").collect()
    };
    assert_eq!(dependencies("text"), BTreeSet::from(["strsim".into()]));
    assert_eq!(ours("model"), [""; 0]);
    assert_eq!(ours("stats"), [""; 0]);
    assert_eq!(ours("plot"), [""; 0]);
    assert_eq!(ours("data"), ["stats"]);
    assert_eq!(ours("files"), [""; 0]);
    assert_eq!(ours("records"), ["files"]);
    assert_eq!(ours("theory"), ["model"]);
    assert_eq!(ours("census"), ["model", "plot", "stats", "theory"]);
    assert_eq!(ours("rates"), ["data", "files", "model", "plot", "records", "stats", "theory", "train"]);
    assert_eq!(ours("nets"), ["model", "stats"]);
    assert_eq!(ours("sim"), ["model", "nets", "stats"]);
    assert_eq!(ours("train"), ["model", "nets"]);
    assert_eq!(ours("conformance"), ["files", "model", "nets", "sim", "stats", "theory"]);
    assert_eq!(ours("testkit"), ["model", "theory"]);
    assert_eq!(ours("claims"), ["census", "files", "model", "nets", "plot", "rates", "records", "sim", "stats", "theory"]);
    // What only tests use is linked into nothing that is shipped.
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let used = dependencies(&name);
        assert!(!used.contains("archscale-testkit"), "{name}");
        assert!(name == "testkit" || !used.contains("proptest"), "{name}");
    }
    for pure in ["model", "theory"] {
        let all = dependencies(pure);
        for banned in ["rand", "rand_chacha", "rand_distr", "candle-core"] {
            assert!(!all.contains(banned), "{pure} must not depend on {banned}");
        }
    }
}

fn rust_files(folder: &Path, list: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                rust_files(&path, list);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            list.push(path);
        }
    }
}

#[test]
fn files_hold_one_idea_and_no_unsafe_code() {
    let mut files = Vec::new();
    for folder in ["crates", "src", "tests", "benches", "examples"] {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 50, "only {} files were found", files.len());
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines: split it by idea", file.display());
        let crate_root = file.ends_with("src/lib.rs") || file.ends_with("src/main.rs");
        assert!(!crate_root || text.contains("#![forbid(unsafe_code)]"), "{} allows unsafe code", file.display());
    }
}

#[test]
fn every_claim_is_whole() {
    let ids: BTreeSet<&str> = CLAIMS.iter().map(|claim| claim.id).collect();
    assert_eq!(ids.len(), CLAIMS.len(), "claim ids are distinct");
    for claim in CLAIMS {
        assert!(root().join(claim.derivation).is_file(), "{} has no derivation at {}", claim.id, claim.derivation);
        assert_eq!(claim.derivation, format!("proofs/{}.md", claim.id));
        assert_ne!(claim.expected, Verdict::Undecided, "{}: a derivation predicts something", claim.id);
        for text in [claim.statement, claim.source, &claim.hypotheses(), claim.check, claim.refuted_by, claim.mutant] {
            assert!(text.len() > 5, "{}: an empty field", claim.id);
        }
    }
}

#[test]
fn readme_lists_every_claim_with_its_verdict() {
    for (page, proofs) in [("README.md", "proofs"), ("docs/verdicts.md", "../proofs")] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for claim in CLAIMS {
            let name = format!("| [{}]({proofs}/{}.md) | {} |", claim.id, claim.id, claim.statement.replace('|', "\\|"));
            let row = text.lines().find(|line| line.starts_with(&name));
            let row = row.unwrap_or_else(|| panic!("{page} has no row for {}: run the example `verdicts`", claim.id));
            let says = |verdict: Verdict| row.contains(&format!("| **{verdict}** |"));
            // On few cells these decide nothing, as the kept accuracies say; no other claim may stay open.
            let may_be_open = ["nas-accuracy", "nas-ranking"].contains(&claim.id);
            assert!(says(claim.expected) || may_be_open && says(Verdict::Undecided), "{page}: {row}");
        }
    }
}
