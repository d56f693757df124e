//! From findings to files: results.json, report.md, claims.tex, and the BibTeX entries.

mod citation;
mod figures;
mod folder;
mod latex;
mod markdown;
mod results;
mod verdicts;

pub use citation::citation;
pub use figures::figures;
pub use folder::{Run, RunFolder};
pub use latex::latex;
pub use markdown::{markdown, readme_table, verdicts_page};
pub use results::{ClaimResult, Results, SCHEMA_VERSION, Skipped, false_alarm_of_run, run_claims, run_claims_in};
pub use verdicts::{KeptVerdict, kept_verdicts};
