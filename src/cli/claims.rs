use archscale_claims::{CLAIMS, Claim, Effort, theorems};
use serde::Serialize;

use super::args::ClaimsCommand;
use super::{CliError, Ending, args, output};

#[derive(Debug, Serialize)]
struct ClaimEntry {
    id: &'static str,
    statement: &'static str,
    source: &'static str,
    hypotheses: &'static str,
    quantity: &'static str,
    check: &'static str,
    refuted_by: &'static str,
    wrong_twin: &'static str,
    derivation: &'static str,
    theorems: Vec<TheoremEntry>,
    outside_the_theorems: &'static str,
    expected: String,
    least_effort: &'static str,
}

#[derive(Debug, Serialize)]
struct TheoremEntry {
    name: &'static str,
    rust: &'static str,
    assumes: &'static str,
    /// Whether the claim's derivation rests on it; else it is about the same quantities.
    carries_the_claim: bool,
}

impl From<&Claim> for ClaimEntry {
    fn from(claim: &Claim) -> Self {
        Self {
            id: claim.id,
            statement: claim.statement,
            source: claim.source,
            hypotheses: claim.hypotheses,
            quantity: claim.quantity,
            check: claim.check,
            refuted_by: claim.refuted_by,
            wrong_twin: claim.twin,
            derivation: claim.derivation,
            theorems: theorems()
                .into_iter()
                .filter(|theorem| theorem.claim == claim.id)
                .map(|theorem| TheoremEntry {
                    name: theorem.name,
                    rust: theorem.rust,
                    assumes: theorem.assumes,
                    carries_the_claim: claim.theorems.contains(&theorem.name),
                })
                .collect(),
            outside_the_theorems: claim.outside,
            expected: claim.expected.to_string(),
            least_effort: claim.least_effort.name(),
        }
    }
}

pub(crate) fn run(options: &args::Claims) -> Result<Ending, CliError> {
    if let Some(ClaimsCommand::Show { id }) = &options.command {
        let claim = Claim::find(id)?;
        let entry = ClaimEntry::from(claim);
        if options.json {
            output::print_json(&entry)?;
            return Ok(Ending::Done);
        }
        let mut table = output::table(&["", entry.id]);
        for (name, value) in [
            ("statement", entry.statement),
            ("source", entry.source),
            ("hypotheses", entry.hypotheses),
            ("quantity", entry.quantity),
            ("check", entry.check),
            ("refuted by", entry.refuted_by),
            ("wrong twin", entry.wrong_twin),
            ("derivation", entry.derivation),
            ("outside the theorems", entry.outside_the_theorems),
            ("expected", &entry.expected),
            ("least effort", entry.least_effort),
        ] {
            table.add_row(vec![name, value]);
        }
        output::print(&table.to_string())?;
        let mut table = output::table(&["theorem of proofs/coq", "rests on", "Rust item"]).details(&["Rust item"]);
        for theorem in &entry.theorems {
            let mark = if theorem.carries_the_claim { "* " } else { "" };
            table.add_row(vec![format!("{mark}{}", theorem.name), theorem.assumes.into(), theorem.rust.into()]);
        }
        output::print(&table.to_string())?;
        output::print("Starred ones carry the claim. Check them all: make -C proofs")?;
        let effort = match claim.least_effort {
            Effort::Quick => String::new(),
            least => format!(" --effort {}", least.name()),
        };
        output::print(&format!("Judge it: archscale verify --claim {}{effort}", entry.id))?;
        return Ok(Ending::Done);
    }
    let entries: Vec<ClaimEntry> = CLAIMS.iter().map(ClaimEntry::from).collect();
    if options.json {
        output::print_json(&entries)?;
        return Ok(Ending::Done);
    }
    let mut table = output::table(&["claim", "statement", "source", "expected"]).details(&["source"]);
    for entry in entries {
        table.add_row(vec![entry.id, entry.statement, entry.source, &entry.expected]);
    }
    output::print(&table.to_string())?;
    Ok(Ending::Done)
}
