//! Renews the kept verdicts, proofs/verdicts.json, and the tables made of them: that of README.md, and docs/verdicts.md.
//!
//!     cargo run --example verdicts                    # the tables alone, of the verdicts that are kept
//!     cargo run --release --example verdicts normal   # judges the claims that normal effort judges, too
//!     cargo run --release --example verdicts deep     # judges those that need more
//!
//! Verdicts on the other claims stay as they are.

use archscale::claims::{
    CLAIMS, Claim, Context, Effort, KeptVerdict, kept_verdicts, readme_table, run_claims, verdicts_page,
};
use archscale::sim::{DeviceChoice, Precision};

type Error = Box<dyn std::error::Error>;

const BEGIN: &str = "<!-- begin verdicts -->\n";
const END: &str = "<!-- end verdicts -->";

fn main() -> Result<(), Error> {
    let mut verdicts = kept_verdicts()?;
    match std::env::args().nth(1).as_deref() {
        None => (),
        Some("normal") => judge(&mut verdicts, Effort::Normal)?,
        Some("deep") => judge(&mut verdicts, Effort::Deep)?,
        Some(other) => return Err(format!("'{other}' is no effort: give normal, deep, or nothing").into()),
    }
    let missing = CLAIMS.iter().find(|claim| !verdicts.iter().any(|verdict| verdict.claim == claim.id));
    if let Some(claim) = missing {
        return Err(format!("no verdict on {}: judge it at {} effort", claim.id, kind(claim).name()).into());
    }
    std::fs::write("proofs/verdicts.json", serde_json::to_string_pretty(&verdicts)? + "\n")?;
    std::fs::write("docs/verdicts.md", verdicts_page(&verdicts))?;
    let readme = std::fs::read_to_string("README.md")?;
    let (before, rest) = readme.split_once(BEGIN).ok_or("README.md has no begin mark")?;
    let (_, after) = rest.split_once(END).ok_or("README.md has no end mark")?;
    let table = readme_table(&verdicts);
    std::fs::write("README.md", format!("{before}{BEGIN}{table}{END}{after}"))?;
    print!("{table}");
    Ok(())
}

/// The effort that the kept verdict on a claim is made with: normal, or deep where the claim needs it.
fn kind(claim: &Claim) -> Effort {
    claim.least_effort.max(Effort::Normal)
}

/// Judges the claims of one effort anew; all verdicts then stand in the order of the registry.
fn judge(verdicts: &mut Vec<KeptVerdict>, effort: Effort) -> Result<(), Error> {
    let context = Context {
        effort,
        seed: 0,
        device: "cpu".parse::<DeviceChoice>()?,
        precision: Precision::F64,
        progress: &(),
        false_alarm: Context::FALSE_ALARM,
    };
    let chosen: Vec<&Claim> = CLAIMS.iter().filter(|claim| kind(claim) == effort).collect();
    let results = run_claims(&chosen, &context)?;
    verdicts.retain(|verdict| !chosen.iter().any(|claim| claim.id == verdict.claim));
    verdicts.extend(results.claims.iter().map(|claim| KeptVerdict::from_run(claim, &results)));
    verdicts.sort_by_key(|verdict| CLAIMS.iter().position(|claim| claim.id == verdict.claim));
    Ok(())
}
