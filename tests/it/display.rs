//! What the screen shows: tables that fit it, letters that it has, output that cannot be written.
//!
//! False alarm of this file: at most 1e-8 (one claim is judged, by fewer than ten simulated checks, each at 1e-9).

use std::collections::HashSet;
use std::fs::File;
use std::process::{Command, Output, Stdio};

use console::measure_text_width;

fn archscale(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_archscale"));
    command.args(arguments).env_remove("COLUMNS").env("LC_ALL", "C.UTF-8").env("TERM", "xterm");
    command
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every command that prints a table, on inputs that make its columns wide, and the quickest way to get there.
const TABLES: &[&[&str]] = &[
    &["law", "complete:4"],
    &["law", "chain:30", "--exact", "--width", "64"],
    &["law", "cell:2_12_112", "--convention", "post", "--activation", "gelu"],
    &["law", "conv:depth=2,kernel=3,dims=2,size=4"],
    &["scale", "--base", "chain:3", "--lr", "0.1", "complete:4", "cell:2_12_112"],
    &["paths", "complete:1000"],
    &["paths", "complete:40"],
    &["claims"],
    &["claims", "show", "dag-paths"],
    &["claims", "show", "nas-ranking"],
    &["maxlr", "suites"],
    &["simulate", "complete:3", "--width", "8", "--samples", "200"],
    &["compare", "complete:3", "--width", "16", "--samples", "8000"],
    &["steps", "chain:2", "--width", "16", "--networks", "8", "--steps", "2"],
    &["steps", "chain:2", "--width", "16", "--networks", "8", "--steps", "2", "--groups", "2", "--largest"],
    &["law", "conv:depth=2,kernel=3,dims=1,size=8", "--kernels", "1,3,5,7", "--width", "8", "--samples", "50"],
    &["census", "cells", "--steps", "2", "--init", "published"],
    &["verify", "--claim", "init-source", "--claim", "nas-ranking", "--effort", "quick"],
];

#[test]
fn no_row_is_broken_by_a_terminal_of_eighty_columns() {
    for arguments in TABLES {
        let shown = text(&archscale(arguments).output().unwrap());
        for line in shown.lines() {
            // Only a word that is longer than the screen itself may pass its edge: a digest or a path.
            let fits = measure_text_width(line) <= 80 || !line.trim().contains(' ');
            assert!(fits, "{arguments:?}: {} columns: {line}", measure_text_width(line));
        }
        if arguments[0] == "paths" {
            continue;
        }
        // A number that a narrow cell broke would be two words that the wide table has not.
        let wide = text(&archscale(&[arguments, &["--wide"][..]].concat()).output().unwrap());
        let whole: HashSet<&str> = wide.split_whitespace().collect();
        for number in shown.split_whitespace().filter(|word| word.parse::<f64>().is_ok()) {
            assert!(whole.contains(number), "{arguments:?}: {number} is part of a number\n{shown}");
        }
    }
}

#[test]
fn the_width_is_that_of_columns_and_wide_shows_everything() {
    let width = |command: &mut Command| text(&command.output().unwrap()).lines().map(measure_text_width).max().unwrap();
    let narrow = width(archscale(&["claims"]).env("COLUMNS", "60"));
    let wider = width(archscale(&["claims"]).env("COLUMNS", "120"));
    assert!(narrow <= 60 && 100 < wider && wider <= 120, "{narrow}, {wider}");
    assert!(width(&mut archscale(&["claims", "--wide"])) > 200);

    let whole = text(&archscale(&["law", "chain:3", "--wide"]).output().unwrap());
    let fitted = text(&archscale(&["law", "chain:3"]).output().unwrap());
    assert!(whole.contains("formula") && whole.contains("source") && !whole.contains("--wide adds"), "{whole}");
    assert!(fitted.ends_with("--wide adds: formula, source\n"), "{fitted}");
}

#[test]
fn long_integers_are_shortened_on_screen_only() {
    let of = |more: &[&str]| text(&archscale(&[&["paths", "complete:1000"][..], more].concat()).output().unwrap());
    let whole = num_bigint::BigUint::from(2u8).pow(1000).to_string();
    assert!(of(&[]).contains("1.07e301") && !of(&[]).contains(&whole));
    assert!(of(&["--wide"]).contains(&whole));
    assert!(of(&["--json"]).contains(&whole));
}

#[test]
fn places_without_other_letters_get_ascii() {
    let spoken: &[&[&str]] = &[&["--help"], &["law", "--help"], &["maxlr", "cells", "--help"], &["law", "ring:3"]];
    for arguments in TABLES.iter().chain(spoken) {
        for (variable, value) in [("LC_ALL", "C"), ("TERM", "dumb")] {
            let output = archscale(arguments).env(variable, value).output().unwrap();
            let (shown, told) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            let other = shown.chars().chain(told.chars()).find(|letter| !letter.is_ascii());
            assert_eq!(other, None, "{arguments:?} under {variable}={value}: {shown}{told}");
        }
    }
    let law = text(&archscale(&["law", "chain:2"]).env("LC_ALL", "C").output().unwrap());
    assert!(law.contains("| vertex |") && law.contains("B/eta^2"), "{law}");
    // Files keep their letters: JSON is UTF-8 everywhere.
    let json = |locale: &str| text(&archscale(&["claims", "--json"]).env("LC_ALL", locale).output().unwrap());
    assert_eq!(json("C"), json("C.UTF-8"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_that_is_stopped_says_what_is_left_of_it() {
    let folder = std::env::temp_dir().join(format!("archscale-display-{}", std::process::id()));
    let place = folder.to_str().unwrap();
    for (arguments, said) in [
        (&["verify", "--claim", "chain-cubic", "--effort", "deep"][..], "stopped; nothing was written"),
        (&["maxlr", "run", "standard", "--out", place][..], "stopped; the same command goes on where it ended"),
    ] {
        let child = archscale(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Bit 2 of the signals that the process catches is the keyboard's.
        let catches = || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_string();
            u64::from_str_radix(&mask, 16).unwrap() & 2 != 0
        };
        while !catches() {
            std::thread::yield_now();
        }
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), said, "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
    // It may have been stopped before it made its folder.
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn version_results_and_citation_name_the_commit() {
    let git = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let version = text(&archscale(&["--version"]).output().unwrap());
    assert!(version.starts_with(&format!("archscale {} (commit ", env!("CARGO_PKG_VERSION"))), "{version}");
    // A source without its history knows no commit.
    let Some(git) = git.ok().filter(|git| git.status.success()) else { return };
    let commit = String::from_utf8(git.stdout).unwrap().trim().to_string();
    assert!(version.contains(&commit), "{version}: {commit}");
    assert!(text(&archscale(&["--citation"]).output().unwrap()).contains(&format!("Commit {commit}")));
    let verify = ["verify", "--claim", "init-source", "--effort", "quick", "--json"];
    let results = text(&archscale(&verify).output().unwrap());
    assert!(results.contains(&format!("\"program_commit\": \"{commit}")), "{results}");
}

#[test]
fn shells_complete_claims_and_words_of_architectures() {
    let script = text(&archscale(&["completions", "bash"]).output().unwrap());
    for word in ["dag-paths", "lemma-A-order", "chain:", "conv:", "gelu", "preact"] {
        assert!(script.contains(word), "{word}");
    }
}

#[test]
fn help_tells_exit_codes_and_where_errors_go() {
    let help = text(&archscale(&["--help"]).output().unwrap());
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in
        ["Exit codes: 0 done", "130 stopped", "Errors and warnings are plain text on standard error, also under --json"]
    {
        assert!(help.contains(said), "{said}: {help}");
    }
    assert!(!help.contains("kernel-exponent"), "{help}");
    let law = text(&archscale(&["law", "--help"]).output().unwrap());
    for line in law.lines() {
        assert!(measure_text_width(line) <= 80, "{line}");
    }
    let law = law.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in ["pre-activation ResNet", "He (Kaiming)", "--threads"] {
        assert!(law.contains(word), "{word}: {law}");
    }
}

/// Every command that writes to standard output, by each of the ways in which it does.
const PRINTING: &[&[&str]] = &[
    &["--help"],
    &["--version"],
    &["--citation"],
    &["completions", "bash"],
    &["schema"],
    &["law", "chain:2", "--json"],
    &["claims", "--json"],
    &["claims", "show", "gelu", "--json"],
    &["maxlr", "suites", "quick"],
];

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none() {
    for arguments in TABLES.iter().chain(PRINTING) {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = archscale(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains("standard output is not written whole"), "{arguments:?}: {message}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = archscale(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {message}");
        assert!(!message.contains("error"), "{arguments:?}: {message}");
    }
}
