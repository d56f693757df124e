use archscale_claims::{CLAIMS, Claim};
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
    expected: String,
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
            expected: claim.expected.to_string(),
        }
    }
}

pub(crate) fn run(options: &args::Claims) -> Result<Ending, CliError> {
    if let Some(ClaimsCommand::Show { id }) = &options.command {
        let entry = ClaimEntry::from(Claim::find(id)?);
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
            ("expected", &entry.expected),
        ] {
            table.add_row(vec![name, value]);
        }
        output::print(&table.to_string());
        output::print(&format!("Judge it: archscale verify --claim {}", entry.id));
        return Ok(Ending::Done);
    }
    let entries: Vec<ClaimEntry> = CLAIMS.iter().map(ClaimEntry::from).collect();
    if options.json {
        output::print_json(&entries)?;
        return Ok(Ending::Done);
    }
    let mut table = output::table(&["claim", "statement", "source", "expected"]);
    for entry in entries {
        table.add_row(vec![entry.id, entry.statement, entry.source, &entry.expected]);
    }
    output::print(&table.to_string());
    Ok(Ending::Done)
}
