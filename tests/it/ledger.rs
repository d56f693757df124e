//! The ledger of machine-checked theorems names only what exists, and every claim has its theorems.

use std::path::Path;

use archscale::claims::{CLAIMS, theorems};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn listed_theorems_are_stated_and_closed() {
    let list = theorems();
    for theorem in &list {
        let (file, name) = theorem.name.split_once('.').unwrap();
        let text = read(&format!("proofs/coq/{file}.v"));
        let stated = text
            .lines()
            .any(|line| line.strip_prefix("Theorem ").is_some_and(|rest| rest.split([' ', ':']).next() == Some(name)));
        assert!(stated, "proofs/coq/{file}.v states no theorem {name}");
        assert_eq!(theorem.assumes, "Closed under the global context", "{}", theorem.name);
        for open in ["Admitted", "admit.", "Axiom "] {
            assert!(!text.contains(open), "proofs/coq/{file}.v contains {open}");
        }
    }
    assert!(list.len() >= 60, "only {} theorems are listed", list.len());
}

#[test]
fn rust_items_named_by_theorems_exist() {
    let mut named = 0;
    for theorem in theorems().iter().filter(|theorem| theorem.rust != "none") {
        let parts: Vec<&str> = theorem.rust.split("::").collect();
        let folder = format!("crates/{}/src", parts[0].strip_prefix("archscale_").unwrap());
        // The longest prefix of the path that is a file; what follows are items in it.
        let depth = (1..parts.len())
            .rev()
            .find(|&depth| {
                let path = format!("{folder}/{}.rs", parts[1..=depth].join("/"));
                Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file()
            })
            .unwrap_or_else(|| panic!("{} names no file for {}", theorem.name, theorem.rust));
        let text = read(&format!("{folder}/{}.rs", parts[1..=depth].join("/")));
        for item in &parts[depth + 1..] {
            assert!(text.contains(item), "{}: {item} is not in the file of {}", theorem.name, theorem.rust);
        }
        named += 1;
    }
    assert!(named > 50);
}

#[test]
fn every_claim_names_its_theorems() {
    let list = theorems();
    for claim in CLAIMS {
        // A claim without a theorem says so, and one with theorems does not.
        assert_eq!(claim.theorems.is_empty(), claim.outside.starts_with("No theorem"), "{}", claim.id);
        assert!(!claim.outside.is_empty(), "{} does not say what is outside its theorems", claim.id);
        for name in claim.theorems {
            let theorem = list.iter().find(|theorem| theorem.name == *name);
            let theorem = theorem.unwrap_or_else(|| panic!("{}: {name} is not in proofs/coq/theorems.txt", claim.id));
            assert_eq!(theorem.claim, claim.id, "{name} is listed under another claim");
        }
    }
}
