//! Renews the table of verdicts in README.md from a run at normal effort.
//!
//!     cargo run --release --example readme_table

use archscale::claims::{CLAIMS, Claim, Context, Effort, Silent, readme_table, run_claims};
use archscale::sim::{DeviceChoice, Precision};

const BEGIN: &str = "<!-- begin verdicts -->\n";
const END: &str = "<!-- end verdicts -->";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let context = Context {
        effort: Effort::Normal,
        seed: 0,
        device: "cpu".parse::<DeviceChoice>()?,
        precision: Precision::F64,
        progress: &Silent,
        false_alarm: Context::FALSE_ALARM,
    };
    let claims: Vec<&Claim> = CLAIMS.iter().collect();
    let table = readme_table(&run_claims(&claims, &context)?);
    let text = std::fs::read_to_string("README.md")?;
    let (before, rest) = text.split_once(BEGIN).ok_or("README.md has no begin mark")?;
    let (_, after) = rest.split_once(END).ok_or("README.md has no end mark")?;
    std::fs::write("README.md", format!("{before}{BEGIN}{table}{END}{after}"))?;
    print!("{table}");
    Ok(())
}
