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
pub use markdown::{markdown, readme_table};
pub use results::{ClaimResult, Results, SCHEMA_VERSION, Skipped, false_alarm_of_run, run_claims, run_claims_in};
pub use verdicts::{KeptVerdict, kept_verdicts};

/// Estimate and standard error with as many digits as the error bears (two of its own).
fn with_error(estimate: f64, error: f64) -> String {
    let rounds = estimate.is_finite() && error.is_finite() && error > 0.0;
    if !rounds {
        return short(estimate);
    }
    let digits = (1.0 - error.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{estimate:.digits$} ± {error:.digits$}")
}

/// Five significant digits.
fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let digits = (4.0 - value.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}
