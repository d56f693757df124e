//! What several tests of the whole program share: the command line as a user runs it, and planned simulations.

mod planned;

use std::process::{Command, Output};

use serde_json::Value;

pub(crate) use planned::{SEED, cells, label, planned};

/// Runs the program.
pub(crate) fn archscale(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_archscale")).args(arguments).output().unwrap()
}

/// Standard output of a run that must succeed.
pub(crate) fn screen(arguments: &[&str]) -> String {
    let output = archscale(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The JSON of a run that must succeed; `--json` is added where it is not given.
pub(crate) fn json(arguments: &[&str]) -> Value {
    let added: &[&str] = if arguments.contains(&"--json") { &[] } else { &["--json"] };
    serde_json::from_str(&screen(&[arguments, added].concat())).unwrap()
}
