//! Renews the kept verdicts, proofs/verdicts.json, and with them the table of README.md: the claims judged at normal effort, or with
//! `deep` those that need more.
//!
//!     cargo run --release --example readme_table
//!     cargo run --release --example readme_table deep
//!
//! Verdicts on the other claims stay as they are.

use archscale::claims::{CLAIMS, Claim, Context, Effort, KeptVerdict, Silent, readme_table, run_claims};
use archscale::sim::{DeviceChoice, Precision};

const BEGIN: &str = "<!-- begin verdicts -->\n";
const END: &str = "<!-- end verdicts -->";

const KEPT: &str = "proofs/verdicts.json";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let effort = if std::env::args().any(|word| word == "deep") { Effort::Deep } else { Effort::Normal };
    let context = Context {
        effort,
        seed: 0,
        device: "cpu".parse::<DeviceChoice>()?,
        precision: Precision::F64,
        progress: &Silent,
        false_alarm: Context::FALSE_ALARM,
    };
    let is_deep = |claim: &Claim| claim.least_effort == Effort::Deep;
    let chosen: Vec<&Claim> = CLAIMS.iter().filter(|claim| is_deep(claim) == (effort == Effort::Deep)).collect();
    let results = run_claims(&chosen, &context)?;
    let fresh: Vec<KeptVerdict> = results.claims.iter().map(|claim| KeptVerdict::from_run(claim, &results)).collect();
    let old: Vec<KeptVerdict> = serde_json::from_str(&std::fs::read_to_string(KEPT)?)?;
    let mut verdicts = Vec::new();
    for claim in CLAIMS {
        match fresh.iter().chain(&old).find(|verdict| verdict.claim == claim.id) {
            Some(verdict) => verdicts.push(verdict.clone()),
            None => eprintln!(
                "no verdict on {}: run this once more{}",
                claim.id,
                if is_deep(claim) { " with `deep`" } else { "" }
            ),
        }
    }
    let table = readme_table(&verdicts);
    let text = std::fs::read_to_string("README.md")?;
    let (before, rest) = text.split_once(BEGIN).ok_or("README.md has no begin mark")?;
    let (_, after) = rest.split_once(END).ok_or("README.md has no end mark")?;
    std::fs::write(KEPT, serde_json::to_string_pretty(&verdicts)? + "\n")?;
    std::fs::write("README.md", format!("{before}{BEGIN}{table}{END}{after}"))?;
    print!("{table}");
    Ok(())
}
