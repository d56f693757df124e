//! Tells the program which commit it is built from, so that printed numbers can be traced to the code that made them.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    // The sources too: whether they differ from the commit is part of the answer.
    for path in ["build.rs", "Cargo.toml", "Cargo.lock", "src", "crates", ".cargo_vcs_info.json"] {
        if root.join(path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    println!("cargo:rerun-if-env-changed=GIT_DIR");
    if let Some((commit, date)) = of_git(&root) {
        println!("cargo:rustc-env=ARCHSCALE_COMMIT={commit}");
        println!("cargo:rustc-env=ARCHSCALE_COMMIT_DATE={date}");
    } else if let Some(commit) = of_package(&root) {
        println!("cargo:rustc-env=ARCHSCALE_COMMIT={commit}");
    }
}

/// Commit and its date, if this folder is kept by git and not only lies inside of something that is.
fn of_git(root: &Path) -> Option<(String, String)> {
    for name in ["HEAD", "index", "logs/HEAD", "packed-refs"] {
        let path = root.join(git(root, &["rev-parse", "--git-path", name])?);
        if path.exists() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    git(root, &["ls-files", "--error-unmatch", "build.rs"])?;
    let commit = git(root, &["describe", "--always", "--dirty", "--abbrev=12", "--match=v[0-9]*"])?;
    let date = git(root, &["log", "-1", "--format=%cs"])?;
    Some((commit, date))
}

/// What git prints; nothing where it is absent or refuses.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_string())
}

/// The commit that a packed source says that it was packed from.
fn of_package(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1)?;
    let whole = commit.len() >= 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let dirty = if text.contains("\"dirty\": true") { "-dirty" } else { "" };
    whole.then(|| format!("{}{dirty}", &commit[..12]))
}
