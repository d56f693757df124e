//! The guides are short, in short sentences, and their links lead somewhere.

use std::path::{Path, PathBuf};

/// Most words of README.md.
const README_WORDS: usize = 900;

/// Most words of a sentence.
const SENTENCE_WORDS: usize = 25;

/// A page made by a program, whose sentences are those of claims.
const GENERATED: &str = "docs/verdicts.md";

/// The pages that a stranger reads first.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root.join(name)).to_vec();
    for entry in std::fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// The sentences of a page outside code, tables and headings; an item of a list is a sentence or more of its own.
fn sentences(text: &str) -> Vec<String> {
    let (mut blocks, mut fenced) = (vec![String::new()], false);
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let start = line.trim_start();
        if fenced || line.starts_with("    ") && blocks.last().is_none_or(String::is_empty) {
            continue;
        }
        let item =
            start.starts_with("- ") || start.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        if start.is_empty() || item || start.starts_with(['|', '#', '<', '!']) {
            blocks.push(String::new());
        }
        if !start.is_empty() && !start.starts_with(['|', '#', '<', '!']) && !start.starts_with("```") {
            let block = blocks.last_mut().unwrap();
            block.push(' ');
            block.push_str(start.trim_start_matches("- "));
        }
    }
    let ends = [". ", "? ", ": ", "; "];
    blocks
        .iter()
        .flat_map(|block| {
            let mut rest = vec![block.clone()];
            for end in ends {
                rest = rest.iter().flat_map(|part| part.split(end).map(String::from).collect::<Vec<_>>()).collect();
            }
            rest
        })
        .filter(|sentence| !sentence.trim().is_empty())
        .collect()
}

/// Words, of which a link counts by its text and a dash not at all.
fn words(sentence: &str) -> usize {
    sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

#[test]
fn sentences_are_short() {
    let mut seen = 0;
    for page in pages().iter().filter(|page| !page.ends_with(GENERATED)) {
        for sentence in sentences(&std::fs::read_to_string(page).unwrap()) {
            let count = words(&sentence);
            assert!(count <= SENTENCE_WORDS, "{}: {count} words in '{}'", page.display(), sentence.trim());
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} sentences were found");
    assert_eq!(words(&sentences("One two. Three four five\nsix.\n\n    code\n\n| a | b |")[1]), 4);
}

#[test]
fn readme_is_read_in_five_minutes() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let count = text.split_whitespace().count();
    assert!(count <= README_WORDS, "README.md has {count} words: move some to docs/");
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let path = link.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let target = page.parent().unwrap().join(path);
            assert!(target.exists(), "{}: no file at {link}", page.display());
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} links were found");
}
