//! One computation under several numbers of threads, each in a process of its own.

use std::io::{Error, Result};
use std::process::Command;

/// Set in the processes that [`digests`] starts.
const CHILD: &str = "ARCHSCALE_TESTKIT_CHILD";

/// Lines around a digest on standard output.
const BEGIN: &str = "digest begins\n";
const END: &str = "digest ends\n";

/// The digests that a test computes where libraries that read `RAYON_NUM_THREADS` once per process find these numbers in it.
///
/// `test` is the test that calls this: `concat!(module_path!(), "::its_name")`. It is run again, alone, once for each
/// number; in those runs the digest is printed and the answer is `None`, upon which the test must return.
///
/// # Errors
/// A process that cannot be started, that fails, or that prints no digest.
pub fn digests(test: &str, threads: &[usize], digest: impl Fn() -> String) -> Result<Option<Vec<String>>> {
    if std::env::var_os(CHILD).is_some() {
        println!("{BEGIN}{}{END}", digest());
        return Ok(None);
    }
    let name = test.split_once("::").map_or(test, |(_, name)| name);
    threads.iter().map(|&count| in_process(name, count)).collect::<Result<_>>().map(Some)
}

fn in_process(name: &str, threads: usize) -> Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .envs([("RAYON_NUM_THREADS", threads.to_string().as_str()), (CHILD, "1")])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let printed = text.split_once(BEGIN).and_then(|(_, after)| after.split_once(END));
    match printed {
        Some((digest, _)) if output.status.success() => Ok(digest.into()),
        _ => Err(Error::other(format!("{name} with {threads} threads: {output:?}"))),
    }
}
