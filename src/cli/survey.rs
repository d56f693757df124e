use std::path::PathBuf;

use archscale_claims::survey::{self, Header, Part, Summary, SurveyFile};
use archscale_claims::{Claim, Context};
use archscale_stats::Outcome;
use clap::Args;

use super::progress::Teller;
use super::{CliError, Ending, args, output, simulate};

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The files of all parts.
    #[arg(value_name = "FILE", required = true)]
    parts: Vec<PathBuf>,
    /// The file of the whole run.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Judges claims architecture by architecture.
pub(crate) fn run(options: &args::Verify, claims: &[&Claim]) -> Result<Ending, CliError> {
    let Some(path) = &options.out else {
        return Err(CliError::Usage("--arch needs --out FILE, to which every case is written as it is judged".into()));
    };
    let architectures = survey::expand(&options.arch)?;
    let (device, precision) = simulate::machine(&options.machine)?;
    let context = Context {
        effort: options.effort.into(),
        seed: options.seed,
        device,
        precision,
        progress: &Teller,
        false_alarm: survey::false_alarm((claims.len() * architectures.len()) as u64),
    };
    let ids = claims.iter().map(|claim| claim.id.to_string()).collect();
    let header = Header::new(&context, ids, architectures, options.shard.unwrap_or(Part::WHOLE));
    let mut file = SurveyFile::open(path, header)?;
    if !file.is_empty() {
        output::complain(&format!("{} of {} cases are there already", file.len(), file.header().own_cases()));
    }
    survey::survey(&mut file, &context)?;
    let summary = file.summary()?;
    if options.json {
        output::print_json(&summary)?;
    } else {
        for result in file.results().filter(|result| result.outcome == Some(Outcome::Refuted)).take(SHOWN) {
            let check = result.checks.iter().find(|check| check.outcome == Outcome::Refuted);
            let why = check.map(|check| format!("{}: {}", check.what, check.reason)).unwrap_or_default();
            output::print(&format!("{} refuted on {}: {why}", result.claim, result.architecture))?;
        }
        show(&summary)?;
    }
    let refuted: Vec<&str> = file
        .results()
        .filter(|result| result.outcome == Some(Outcome::Refuted))
        .map(|result| result.claim.as_str())
        .collect();
    // A claim that is expected to hold must hold in every case; one that is expected to fail may hold in some.
    let unexpected =
        claims.iter().any(|claim| claim.expected == archscale_claims::Verdict::Supported && refuted.contains(&claim.id));
    Ok(if unexpected {
        Ending::Unexpected
    } else if summary.undecided > 0 {
        Ending::Undecided
    } else {
        Ending::Done
    })
}

/// Refuted cases that are printed; the file has them all.
const SHOWN: usize = 10;

/// Joins the parts of a divided run.
pub(crate) fn merge(options: &Merge) -> Result<Ending, CliError> {
    let summary = survey::merge(&options.parts, &options.out)?;
    if options.json {
        output::print_json(&summary)?;
    } else {
        show(&summary)?;
    }
    Ok(Ending::Done)
}

fn show(summary: &Summary) -> Result<(), CliError> {
    let Summary { cases, supported, refuted, undecided, outside, digest } = summary;
    let end = digest.as_ref().map_or_else(|| "The run is not whole yet.".into(), |digest| format!("Digest {digest}"));
    output::print(&format!(
        "{cases} cases: {supported} supported, {refuted} refuted, {undecided} undecided, {outside} outside the claim's domain. {end}"
    ))?;
    Ok(())
}
