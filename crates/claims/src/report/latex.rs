use std::fmt::Write;

use archscale_text::{significant, with_error};

use super::Results;

/// Escapes what LaTeX reads as commands, and turns the signs of our sentences into mathematics.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match sign {
            '&' | '%' | '#' | '_' | '{' | '}' | '$' => {
                out.push('\\');
                out.push(sign);
            }
            '\\' => out.push_str(r"\textbackslash{}"),
            '~' => out.push_str(r"\textasciitilde{}"),
            '^' => out.push_str(r"\textasciicircum{}"),
            'Σ' => out.push_str(r"$\Sigma$"),
            'Δ' => out.push_str(r"$\Delta$"),
            'Θ' => out.push_str(r"$\Theta$"),
            'η' => out.push_str(r"$\eta$"),
            'ℓ' => out.push_str(r"$\ell$"),
            '²' => out.push_str(r"$^2$"),
            '³' => out.push_str(r"$^3$"),
            '½' => out.push_str(r"$\tfrac12$"),
            '‖' => out.push_str(r"$\|$"),
            '→' => out.push_str(r"$\to$"),
            '∞' => out.push_str(r"$\infty$"),
            '−' => out.push_str(r"$-$"),
            '±' => out.push_str(r"$\pm$"),
            '≥' => out.push_str(r"$\ge$"),
            '≪' => out.push_str(r"$\ll$"),
            '—' => out.push_str("---"),
            '–' => out.push_str("--"),
            // A combining tilde, as in B̃.
            '\u{303}' => {
                if let Some(last) = out.pop() {
                    let _ = write!(out, r"$\tilde {last}$");
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// claims.tex: one booktabs table of the verdicts, with the command behind each row in a comment above it.
#[must_use]
pub fn latex(results: &Results) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "% Digest of results.json: {}", results.digest);
    text.push_str("% \\usepackage{booktabs}\n\\begin{tabular}{llllll}\n\\toprule\n");
    text.push_str("Claim & Source & Verdict & Predicted & Found & Theorem \\\\\n\\midrule\n");
    for claim in &results.claims {
        let (prediction, found) = claim.finding.headline().map_or_else(Default::default, |check| {
            let found = match (check.estimate, check.standard_error) {
                (Some(estimate), Some(error)) => with_error(estimate, error),
                (Some(estimate), None) => significant(estimate, 5),
                _ => "---".into(),
            };
            (check.prediction.map_or_else(|| "---".into(), |value| significant(value, 5)), found)
        });
        let _ = writeln!(text, "% {}", claim.command);
        let _ = writeln!(
            text,
            "{} & {} & {} & {} & {} & {} \\\\",
            escape(&claim.id),
            escape(&claim.source),
            claim.verdict,
            escape(&prediction),
            escape(&found),
            claim.theorems.first().map_or_else(|| "---".into(), |name| escape(name))
        );
    }
    for claim in &results.skipped {
        let _ = writeln!(text, "% {} is not in this table: {}; {}", claim.id, claim.reason, claim.command);
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n");
    text
}
