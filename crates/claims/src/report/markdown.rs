use std::fmt::Write;

use super::{ClaimResult, Results, short, with_error};
use crate::{Check, Method};

/// The one-line evidence of a claim: what was compared, prediction and estimate.
fn evidence(claim: &ClaimResult) -> [String; 3] {
    let Some(check) = claim.finding.headline() else { return Default::default() };
    let prediction = check.prediction.map_or_else(|| "—".into(), short);
    [cell(&check.what), prediction, cell(&estimate(check))]
}

/// Text inside a table: a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn estimate(check: &Check) -> String {
    match (check.estimate, check.standard_error) {
        (Some(estimate), Some(error)) => with_error(estimate, error),
        (Some(estimate), None) => short(estimate),
        _ => check.reason.clone(),
    }
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "—".into(), |value| format!("{:.2} %", 100.0 * value))
}

/// The table of claims for a README: claim, source, verdict and the evidence in one line; last those that were not run, and why.
#[must_use]
pub fn readme_table(results: &Results) -> String {
    let mut text = String::from(
        "| claim | statement | source | verdict | for instance | predicted | found | smallest error caught | machine-checked |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for claim in &results.claims {
        let [what, prediction, found] = evidence(claim);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| [{}]({}) | {} | {} | **{}** | {what} | {prediction} | {found} | {} | {} |",
            claim.id,
            claim.derivation,
            cell(&claim.statement),
            claim.source,
            claim.verdict,
            percent(claim.smallest_detectable()),
            claim.theorems.first().map_or_else(|| "—".into(), |name| format!("`{name}`"))
        );
    }
    for claim in &results.skipped {
        let _ = writeln!(
            text,
            "| [{}]({}) | {} | {} | not run (expected: {}) | {} | — | — | — | — |",
            claim.id,
            claim.derivation,
            cell(&claim.statement),
            claim.source,
            claim.expected,
            claim.reason
        );
    }
    text
}

fn checks(text: &mut String, title: &str, list: &[Check]) {
    if list.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}\n");
    text.push_str("| check | outcome | predicted | found | samples | weights | smallest error caught | prediction from |\n");
    text.push_str("|---|---|---|---|---|---|---|---|\n");
    for check in list {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            cell(&check.what),
            check.outcome,
            check.prediction.map_or_else(|| "—".into(), short),
            cell(&estimate(check)),
            check.samples.map_or_else(|| "—".into(), |samples| samples.to_string()),
            check.weights.as_deref().unwrap_or("—"),
            if check.method == Method::Exact { "any".into() } else { percent(check.smallest_detectable) },
            check.prediction_command.as_ref().map_or_else(|| "—".into(), |command| format!("`{}`", cell(command))),
        );
    }
}

/// report.md: every claim, every check, every wrong twin, and the command behind each number.
#[must_use]
pub fn markdown(results: &Results) -> String {
    let mut text = String::from("# Verdicts on the claims\n\n");
    let commit = results.program_commit.as_ref().map_or_else(String::new, |commit| format!(" (commit {commit})"));
    let _ = writeln!(
        text,
        "Effort {}, seed {}, device {}, precision {}, version {}{commit}. Digest of results.json: `{}`.\n",
        results.effort, results.seed, results.device, results.precision, results.program_version, results.digest
    );
    let _ = writeln!(
        text,
        "Probability that this run refutes a true prediction anywhere: at most {:.1e}{}.\n",
        results.false_alarm,
        results.nominal_false_alarm().map_or_else(String::new, |part| format!(
            ", of which {part:.1e} is the nominal level of bootstrap intervals of rates measured by training"
        ))
    );
    text.push_str(&readme_table(results));
    text.push_str("\n![Simulated against predicted](simulation.svg)\n\n![Growth with depth](growth.svg)\n\n![Learning rate against kernel size](kernel.svg)\n");
    for claim in &results.claims {
        let _ = writeln!(text, "\n## {}\n\n{}.\n", claim.id, claim.statement);
        let _ = writeln!(text, "- Source: {}", claim.source);
        let _ = writeln!(text, "- Hypotheses: {}", claim.hypotheses);
        let _ = writeln!(text, "- Derivation: {}", claim.derivation);
        let _ = writeln!(text, "- Theorems (proofs/coq): {}", claim.theorems.join(", "));
        let _ = writeln!(text, "- Outside them: {}", claim.outside);
        let _ = writeln!(text, "- Verdict: **{}** (expected: {})", claim.verdict, claim.expected);
        let _ = writeln!(text, "- All estimates below: `{}`", claim.command);
        checks(&mut text, "As stated:", &claim.finding.checks);
        checks(&mut text, "What holds instead:", &claim.finding.corrected);
        text.push_str("\nWrong on purpose:\n\n| formula | rejected | deviation in standard errors |\n|---|---|---|\n");
        for twin in &claim.finding.twins {
            let z = twin.z.map_or_else(|| "—".into(), |z| format!("{z:.1}"));
            let _ = writeln!(text, "| {} | {} | {z} |", cell(&twin.what), if twin.rejected { "yes" } else { "no" });
        }
        for table in &claim.finding.tables {
            let row =
                |cells: &[String]| format!("| {} |\n", cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | "));
            let rule = "|---".repeat(table.header.len());
            let _ = write!(text, "\n{}:\n\n{}{rule}|\n", table.title, row(&table.header));
            table.rows.iter().for_each(|cells| text.push_str(&row(cells)));
        }
        if !claim.finding.notes.is_empty() {
            text.push_str("\nBesides:\n\n");
            for note in &claim.finding.notes {
                let _ = writeln!(text, "- {note}");
            }
        }
    }
    for claim in &results.skipped {
        let _ = writeln!(text, "\n## {} (not run)\n\n{}.\n", claim.id, claim.statement);
        let _ = writeln!(text, "- Source: {}\n- Derivation: {}", claim.source, claim.derivation);
        let _ = writeln!(text, "- Expected: {}; {}: `{}`", claim.expected, claim.reason, claim.command);
    }
    text
}
