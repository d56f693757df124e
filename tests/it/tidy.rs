//! Invariants of the source tree that ARCHITECTURE.md promises.

use std::collections::{BTreeMap, BTreeSet};
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

/// The dependencies of each crate that ARCHITECTURE.md draws.
fn drawn() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `crates/")?.split_once("` |"));
    rows.map(|(name, rest)| {
        let cell = rest.trim_end_matches([' ', '|']).rsplit('|').next().unwrap();
        let names = cell.split(',').map(|name| name.trim().to_owned()).filter(|name| name != "—");
        (name.to_owned(), names.collect())
    })
    .collect()
}

#[test]
fn crates_depend_as_drawn() {
    let drawn = drawn();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let named = dependencies(&name).into_iter().filter_map(|name| name.strip_prefix("archscale-").map(String::from));
        // What a person reads is written in one way everywhere, so any crate may use `text`.
        let ours: BTreeSet<String> = named.filter(|name| name != "text").collect();
        let row = drawn.get(&name).unwrap_or_else(|| panic!("ARCHITECTURE.md draws no crates/{name}"));
        assert_eq!(&ours, row, "crates/{name} depends on the former, and ARCHITECTURE.md draws the latter");
    }
    assert!(dependencies("text").iter().all(|name| !name.starts_with("archscale-")), "text stands on the ground");
    for (one, other) in [("theory", ["nets", "sim", "train"]), ("nets", ["theory", "sim", "train"])] {
        assert!(other.iter().all(|other| !drawn[one].contains(*other)), "{one} must be able to refute {other:?}");
    }
    assert!(!drawn["sim"].contains("theory") && !drawn["train"].contains("theory"));
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

#[test]
fn one_version_and_one_tested_rust() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let (version, cargo) = (env!("CARGO_PKG_VERSION"), read("Cargo.toml"));
    assert!(read("CITATION.cff").contains(&format!("version: {version}")), "CITATION.cff states another version");
    assert!(read("CHANGELOG.md").contains(&format!("\n## {version}\n")), "CHANGELOG.md has no heading for {version}");
    let channel = read("rust-toolchain.toml");
    let tested = channel.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix(".0\"")).unwrap();
    assert!(cargo.contains(&format!("rust-version = \"{tested}\"")), "the stated Rust version is not the tested {tested}");
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let manifest = read(&format!("crates/{name}/Cargo.toml"));
        for field in ["description", "readme", "keywords", "categories"] {
            assert!(manifest.contains(&format!("\n{field} = ")), "crates/{name} has no {field}");
        }
        assert!(root().join("crates").join(&name).join("README.md").is_file(), "crates/{name} has no README.md");
        let sized = cargo.contains(&format!("archscale-{name} = {{ path = \"crates/{name}\", version = \"{version}\" }}"));
        assert!(sized, "Cargo.toml names another version of archscale-{name}");
    }
}
