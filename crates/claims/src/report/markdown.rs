use std::fmt::Write;

use archscale_text::{significant, with_error};

use super::{KeptVerdict, Results};
use crate::{CLAIMS, Check, Claim, Method};

/// Text inside a table: a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

pub(super) fn estimate(check: &Check) -> String {
    match (check.estimate, check.standard_error) {
        (Some(estimate), Some(error)) => with_error(estimate, error),
        (Some(estimate), None) => significant(estimate, 5),
        _ => check.reason.clone(),
    }
}

pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "—".into(), |value| format!("{:.2} %", 100.0 * value))
}

/// The heading of a table of verdicts.
const HEADING: &str = "\
| claim | statement | source | verdict | for instance | predicted | found | smallest error caught | machine-checked |
|---|---|---|---|---|---|---|---|---|
";

/// A row of a table of verdicts; `name` stands in the first column.
fn row(name: &str, (statement, source, theorem): (&str, &str, Option<&str>), verdict: &KeptVerdict) -> String {
    format!(
        "| {name} | {} | {source} | **{}** | {} | {} | {} | {} | {} |\n",
        cell(statement),
        verdict.verdict,
        cell(&verdict.instance),
        verdict.predicted,
        cell(&verdict.found),
        verdict.smallest_error,
        theorem.map_or_else(|| "—".into(), |name| format!("`{name}`"))
    )
}

/// The table of claims for a README: the claim with a link to its derivation, the sentence, the verdict.
#[must_use]
pub fn readme_table(verdicts: &[KeptVerdict]) -> String {
    let rows = judged(verdicts).map(|(claim, verdict)| {
        format!("| [{}]({}) | {} | **{}** |\n", claim.id, claim.derivation, cell(claim.statement), verdict.verdict)
    });
    std::iter::once("| claim | what it says | verdict |\n|---|---|---|\n".to_string()).chain(rows).collect()
}

/// The text of docs/verdicts.md before its table.
const PREFACE: &str = "\
# Verdicts in full

`cargo run --example verdicts` writes this page from [proofs/verdicts.json](../proofs/verdicts.json).

- *For instance* names one comparison of the claim.
- *Predicted* is the claim's own value, so a refuted row shows how far it is off.
- *Smallest error caught* is a relative error. Every supporting simulation would have shown it with probability 99 %.
- *Machine-checked* names one theorem of [proofs/coq](../proofs/coq) that carries the derivation.

The claims from maxlr-depth on are about trained networks. They are judged at effort deep alone, by intervals of nominal level
0.999. Their rows judge the kept measurements [trained-rates.jsonl](../proofs/trained-rates.jsonl) and
[nas-cells.jsonl](../proofs/nas-cells.jsonl).

The other claims are judged at effort normal and seed 0, as plain `archscale verify` does. There the probability that anything
true is refuted is below 10⁻⁶.

";

/// docs/verdicts.md: the verdict on every claim with its source and the evidence in one line.
#[must_use]
pub fn verdicts_page(verdicts: &[KeptVerdict]) -> String {
    let rows = judged(verdicts).map(|(claim, verdict)| {
        let name = format!("[{}](../{})", claim.id, claim.derivation);
        row(&name, (claim.statement, claim.source, claim.theorems.first().copied()), verdict)
    });
    [PREFACE, HEADING].map(String::from).into_iter().chain(rows).collect()
}

/// The claims on which there is a verdict, in the order of the registry.
fn judged(verdicts: &[KeptVerdict]) -> impl Iterator<Item = (&'static Claim, &KeptVerdict)> {
    CLAIMS.iter().filter_map(|claim| Some((claim, verdicts.iter().find(|verdict| verdict.claim == claim.id)?)))
}

/// The table of a run's verdicts; last the claims that were not run, and what is known of them.
fn table(results: &Results) -> String {
    let judged = results.claims.iter().map(|claim| {
        let theorem = claim.theorems.first().map(String::as_str);
        row(&claim.id, (&claim.statement, &claim.source, theorem), &KeptVerdict::from_run(claim, results))
    });
    let skipped = results.skipped.iter().map(|claim| {
        let (statement, reason) = (cell(&claim.statement), &claim.reason);
        format!("| {} | {statement} | {} | {} | {reason} | — | — | — | — |\n", claim.id, claim.source, claim.told())
    });
    std::iter::once(HEADING.to_string()).chain(judged).chain(skipped).collect()
}

/// The place of a claim's derivation, for a reader who has nothing but the report.
fn derivation(id: &str, page: &str) -> String {
    format!("page {page} of the program's source; what it says in short: `archscale claims show {id}`")
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
            check.prediction.map_or_else(|| "—".into(), |value| significant(value, 5)),
            cell(&estimate(check)),
            check.samples.map_or_else(|| "—".into(), |samples| samples.to_string()),
            check.weights.as_deref().unwrap_or("—"),
            if check.method == Method::Exact { "any".into() } else { percent(check.smallest_detectable) },
            check.prediction_command.as_ref().map_or_else(|| "—".into(), |command| format!("`{}`", cell(command))),
        );
    }
}

/// report.md: every claim, every check, every mutant, and the command behind each number.
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
    text.push_str(&table(results));
    text.push_str("\n![Simulated against predicted](simulation.svg)\n\n![Growth with depth](growth.svg)\n\n![Learning rate against kernel size](kernel.svg)\n");
    for claim in &results.claims {
        let _ = writeln!(text, "\n## {}\n\n{}.\n", claim.id, claim.statement);
        let _ = writeln!(text, "- Source: {}", claim.source);
        let _ = writeln!(text, "- Hypotheses: {}", claim.hypotheses);
        let _ = writeln!(text, "- Derivation: {}", derivation(&claim.id, &claim.derivation));
        let _ = writeln!(text, "- Theorems (proofs/coq): {}", claim.theorems.join(", "));
        let _ = writeln!(text, "- Outside them: {}", claim.outside);
        let _ = writeln!(text, "- Verdict: **{}** (expected: {})", claim.verdict, claim.expected);
        let _ = writeln!(text, "- All estimates below: `{}`", claim.command);
        checks(&mut text, "As stated:", &claim.finding.checks);
        checks(&mut text, "What holds instead:", &claim.finding.corrected);
        text.push_str(
            "\nMutants, wrong on purpose:\n\n| formula | rejected | deviation in standard errors |\n|---|---|---|\n",
        );
        for mutant in &claim.finding.mutants {
            let z = mutant.z.map_or_else(|| "—".into(), |z| format!("{z:.1}"));
            let _ = writeln!(text, "| {} | {} | {z} |", cell(&mutant.what), if mutant.rejected { "yes" } else { "no" });
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
        let _ = writeln!(text, "- Source: {}\n- Derivation: {}", claim.source, derivation(&claim.id, &claim.derivation));
        let _ = writeln!(text, "- Verdict: {}", claim.told());
        let _ = writeln!(text, "- It is {}: `{}`", claim.reason, claim.command);
    }
    text
}
