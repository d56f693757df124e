//! `claims`: the claims that `verify` judges.

use archscale_claims::{CLAIMS, Claim, ClaimError, Effort, KeptVerdict, theorems};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{CliError, Ending, known, output};

#[derive(Debug, Args)]
#[command(after_help = "Example: archscale claims show dag-paths")]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Option<What>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them; so does `archscale claims` alone.
    #[command(after_help = "Example: archscale claims list")]
    List,
    /// Show one claim whole.
    #[command(after_help = "Example: archscale claims show dag-paths")]
    Show {
        /// The claim's id, as `archscale claims` lists them.
        #[arg(value_name = "ID", value_parser = known::claim(), hide_possible_values = true)]
        id: String,
    },
}

#[derive(Debug, Serialize)]
struct ClaimEntry {
    id: &'static str,
    statement: &'static str,
    source: &'static str,
    hypotheses: String,
    quantity: &'static str,
    check: &'static str,
    refuted_by: &'static str,
    mutant: &'static str,
    derivation: &'static str,
    theorems: Vec<TheoremEntry>,
    outside_the_theorems: &'static str,
    expected: String,
    /// The verdict that is kept: of the last whole run, or of the kept measurements.
    verdict: Option<String>,
    /// The run or the measurements that it rests on.
    verdict_rests_on: Option<String>,
    least_effort: &'static str,
    /// True where `verify --arch` judges it.
    on_one_architecture: bool,
}

#[derive(Debug, Serialize)]
struct TheoremEntry {
    name: &'static str,
    rust: &'static str,
    assumes: &'static str,
    /// True where the claim's derivation rests on it; else it is about the same quantities.
    carries_the_claim: bool,
}

impl ClaimEntry {
    fn new(claim: &Claim) -> Result<Self, ClaimError> {
        let kept = KeptVerdict::of(claim.id)?;
        Ok(Self {
            id: claim.id,
            statement: claim.statement,
            source: claim.source,
            hypotheses: claim.hypotheses(),
            quantity: claim.quantity,
            check: claim.check,
            refuted_by: claim.refuted_by,
            mutant: claim.mutant,
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
            verdict: kept.as_ref().map(|kept| kept.verdict.to_string()),
            verdict_rests_on: kept.map(|kept| kept.rests_on),
            least_effort: claim.least_effort.name(),
            on_one_architecture: claim.case.is_some(),
        })
    }

    /// The verdict with what it rests on.
    fn told(&self) -> String {
        match (&self.verdict, &self.verdict_rests_on) {
            (Some(verdict), Some(rests_on)) => format!("{verdict}, {rests_on}"),
            _ => "—".into(),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    match &options.command {
        Some(What::Show { id }) => show(Claim::find(id)?, options.json)?,
        Some(What::List) | None => list(options.json)?,
    }
    Ok(Ending::Done)
}

fn list(json: bool) -> Result<(), CliError> {
    let entries = CLAIMS.iter().map(ClaimEntry::new).collect::<Result<Vec<_>, _>>()?;
    if json {
        return output::print_json(&entries);
    }
    let mut table = output::table(&["claim", "statement", "source", "expected", "verdict"]).details(&["source"]);
    for entry in entries {
        let verdict = entry.verdict.as_deref().unwrap_or("—");
        table.add_row(vec![entry.id, entry.statement, entry.source, &entry.expected, verdict]);
    }
    output::print(&table.to_string())?;
    output::print("Expected is what the derivation predicts. What a verdict rests on: archscale claims show ID")
}

fn show(claim: &Claim, json: bool) -> Result<(), CliError> {
    let entry = ClaimEntry::new(claim)?;
    if json {
        return output::print_json(&entry);
    }
    let mut table = output::table(&["", entry.id]);
    for (name, value) in [
        ("statement", entry.statement),
        ("source", entry.source),
        ("hypotheses", entry.hypotheses.as_str()),
        ("quantity", entry.quantity),
        ("check", entry.check),
        ("refuted by", entry.refuted_by),
        ("mutant", entry.mutant),
        ("derivation", entry.derivation),
        ("outside the theorems", entry.outside_the_theorems),
        ("expected", &entry.expected),
        ("verdict", &entry.told()),
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
    if entry.on_one_architecture {
        let id = entry.id;
        output::print(&format!("On one architecture: archscale verify --claim {id} --arch ARCH --out FILE"))?;
    }
    Ok(())
}
