//! Renews the table of verdicts in README.md: the claims judged at normal effort, or with `deep` those that need more.
//!
//!     cargo run --release --example readme_table
//!     cargo run --release --example readme_table deep
//!
//! Rows of the other claims stay as they are.

use archscale::claims::{CLAIMS, Claim, Context, Effort, Silent, readme_table, run_claims};
use archscale::sim::{DeviceChoice, Precision};

const BEGIN: &str = "<!-- begin verdicts -->\n";
const END: &str = "<!-- end verdicts -->";

/// The row that starts so.
fn row<'a>(table: &'a str, start: &str) -> Option<&'a str> {
    table.lines().find(|line| line.starts_with(start))
}

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
    let fresh = readme_table(&run_claims(&chosen, &context)?);
    let text = std::fs::read_to_string("README.md")?;
    let (before, rest) = text.split_once(BEGIN).ok_or("README.md has no begin mark")?;
    let (old, after) = rest.split_once(END).ok_or("README.md has no end mark")?;
    let mut table: Vec<&str> = fresh.lines().take(2).collect();
    for claim in CLAIMS {
        let start = format!("| [{}]", claim.id);
        match row(&fresh, &start).or_else(|| row(old, &start)) {
            Some(line) => table.push(line),
            None => {
                eprintln!("no row for {}: run this once more{}", claim.id, if is_deep(claim) { " with `deep`" } else { "" });
            }
        }
    }
    let table = table.join("\n") + "\n";
    std::fs::write("README.md", format!("{before}{BEGIN}{table}{END}{after}"))?;
    print!("{table}");
    Ok(())
}
