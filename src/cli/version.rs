//! The code that this program is built from.

use std::sync::LazyLock;

/// The commit, with `-dirty` if the sources differed from it; unknown where neither git nor the package said.
pub(crate) const COMMIT: Option<&str> = option_env!("ARCHSCALE_COMMIT");

/// Version, commit and its date, as `--version` shows them.
pub(crate) fn version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let version = env!("CARGO_PKG_VERSION");
        match (COMMIT, option_env!("ARCHSCALE_COMMIT_DATE")) {
            (Some(commit), Some(date)) => format!("{version} (commit {commit}, {date})"),
            (Some(commit), None) => format!("{version} (commit {commit})"),
            (None, _) => format!("{version} (commit unknown)"),
        }
    });
    &TEXT
}
