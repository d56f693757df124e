//! The probability that the whole suite fails by chance, though every formula is right, stays below 10⁻⁶.
//!
//! Each test file with random assertions states its share in its header; this file adds the shares up by the union bound.

use std::path::{Path, PathBuf};

use archscale::stats::Budget;

const TOTAL: f64 = 1e-6;

/// What a file says about itself.
const SHARE: &str = "//! False alarm of this file: at most ";

/// Words that a file with random assertions contains: a level of a decision, or a run of the main job.
const RANDOM: [&str; 3] = ["FALSE_ALARM", "Plan::new(1e-", "\"verify\", \"--claim\""];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("budget.rs") {
            files.push(path);
        }
    }
}

fn test_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("tests"), &mut files);
    for entry in std::fs::read_dir(root.join("crates")).unwrap() {
        let folder = entry.unwrap().path().join("tests");
        if folder.is_dir() {
            rust_files(&folder, &mut files);
        }
    }
    files.sort();
    files
}

#[test]
fn the_suite_stays_within_its_budget() {
    let mut budget = Budget::new(TOTAL).unwrap();
    // The main job is run beside the tests; its own bound is printed with its verdicts and is far below this.
    budget.record("verify, as run by .ci/run", 1e-7).unwrap();
    let mut listed = 0;
    for path in test_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        let share = text.lines().find_map(|line| line.strip_prefix(SHARE));
        if let Some(share) = share {
            let value: f64 = share.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{name}: {share}"));
            if value > 0.0 {
                budget.record(name, value).unwrap();
            }
            listed += 1;
        } else {
            let word = RANDOM.iter().find(|word| text.contains(**word));
            assert!(word.is_none(), "{name} uses {word:?} and states no share of the false-alarm budget");
        }
    }
    println!("{budget}");
    println!("suite: false alarm at most {:.2e} of {TOTAL:.0e}", budget.spent());
    assert!(listed >= 8, "only {listed} files state a share");
    assert!(budget.spent() <= TOTAL);
}
