//! `verify`: verdicts on the claims.

use std::path::PathBuf;

use archscale_claims::survey::Part;
use archscale_claims::{CLAIMS, Claim, Context, Effort, Results, Run, RunFolder, run_claims, run_claims_in};
use archscale_stats::Outcome;
use archscale_text::fixed;
use clap::{Args, ValueEnum};

use super::progress::Teller;
use super::stop::Leaves;
use super::survey::{self, Survey};
use super::table::Table;
use super::{CliError, Ending, args, known, numbers, output, version};

/// Domain and example.
const HELP: &str = "\
    Domain: each claim has its own hypotheses (`archscale claims show ID`); an --arch that breaks one is \
    outside, which refutes nothing.\n\
    Example: archscale verify --claim dag-paths --effort quick\n\
    Example: archscale verify --claim dag-paths --arch cells:2 --out cases.jsonl";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Judge only this claim; may be given several times (`archscale claims` lists them).
    #[arg(long, value_name = "ID", value_parser = known::claim(), hide_possible_values = true)]
    claim: Vec<String>,
    /// Size of the errors that must be caught, hence how many networks are simulated.
    #[arg(long, value_enum, default_value = "normal")]
    effort: EffortName,
    /// Seed of all random numbers.
    #[arg(long, default_value_t = 0, value_parser = numbers::natural::<u64>)]
    seed: u64,
    /// Judge the claims on these architectures, one by one: ARCH, cells:K, nb201 or @FILE (one per line); may be given several times.
    #[arg(long, value_name = "ARCH", requires = "out", requires = "claim", value_parser = known::architecture(), hide_possible_values = true)]
    arch: Vec<String>,
    /// With --arch, only the I-th of K parts of the cases; `merge` joins the parts.
    #[arg(long, alias = "shard", value_name = "I/K", requires = "arch")]
    part: Option<Part>,
    /// Write results.json, report.md, claims.tex and three figures into this folder; with --arch, the cases into this file. A run that
    /// was stopped goes on with the same command; nothing of another run is replaced.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    machine: args::Machine,
    /// Print the results as JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EffortName {
    /// Errors of 4 % would be caught.
    Quick,
    /// Errors of 2 % would be caught.
    Normal,
    /// Errors of 1 % would be caught.
    Deep,
}

impl From<EffortName> for Effort {
    fn from(name: EffortName) -> Self {
        match name {
            EffortName::Quick => Self::Quick,
            EffortName::Normal => Self::Normal,
            EffortName::Deep => Self::Deep,
        }
    }
}

impl Options {
    /// As [`super::command::Command::leaves`].
    pub(crate) fn leaves(&self) -> Leaves {
        if self.out.is_some() { Leaves::Progress } else { Leaves::Nothing }
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let claims: Vec<&Claim> = if options.claim.is_empty() {
        CLAIMS.iter().collect()
    } else {
        options.claim.iter().map(|id| Claim::find(id)).collect::<Result<_, _>>()?
    };
    let (device, precision) = options.machine.parse()?;
    let context = Context {
        effort: options.effort.into(),
        seed: options.seed,
        device,
        precision,
        progress: &Teller,
        false_alarm: Context::FALSE_ALARM,
    };
    match (options.arch.as_slice(), &options.out) {
        ([], _) => judge(options, &claims, &context),
        (_, None) => Err(CliError::Usage("--arch needs --out FILE, to which every case is written as it is judged".into())),
        (architectures, Some(out)) => {
            let part = options.part.unwrap_or(Part::WHOLE);
            survey::run(&Survey { claims: &claims, architectures, part, out }, context, options.json)
        }
    }
}

/// Judges the claims on the cases that are their own.
fn judge(options: &Options, claims: &[&Claim], context: &Context<'_>) -> Result<Ending, CliError> {
    let effort = context.effort;
    if let (Some(least), true) =
        (claims.iter().map(|claim| claim.least_effort).min(), claims.iter().all(|claim| effort < claim.least_effort))
    {
        return Err(CliError::Usage(format!(
            "{} would not be judged at effort {}: add --effort {}",
            options.claim.join(", "),
            effort.name(),
            least.name()
        )));
    }
    // The folder is opened before minutes of work, so that one that is not to be used is told at once.
    let mut folder = match &options.out {
        Some(path) => Some(RunFolder::open(path, &Run::new(claims, context, version::COMMIT))?),
        None => None,
    };
    if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_empty()) {
        let judged = claims.iter().filter(|claim| effort >= claim.least_effort).count();
        output::complain(&format!("{} of {judged} claims are there already", folder.len()));
    }
    let outcome = match &mut folder {
        Some(folder) => run_claims_in(folder, claims, context),
        None => run_claims(claims, context),
    };
    let results = match outcome {
        Ok(results) => Results { program_commit: version::COMMIT.map(String::from), ..results },
        Err(error) => {
            folder.into_iter().for_each(RunFolder::give_up);
            return Err(error.into());
        }
    };
    // Files first: a screen that cannot be written then loses nothing.
    let written = match folder {
        Some(folder) => Some(folder.write(&results)?),
        None => None,
    };
    if options.json {
        output::print_json(&results)?;
    } else {
        show(&results)?;
    }
    if let (Some(files), Some(folder), false) = (written, &options.out, options.json) {
        output::print(&format!("Written: {}/{}", folder.display(), files.join(", ")))?;
    }
    Ok(if !results.is_as_expected() {
        Ending::Unexpected
    } else if results.any_undecided() {
        Ending::Undecided
    } else {
        Ending::Done
    })
}

fn show(results: &Results) -> Result<(), CliError> {
    output::print(&table(results).to_string())?;
    for claim in &results.skipped {
        output::print(&format!("not run: {}, {} ({})", claim.id, claim.reason, claim.command))?;
    }
    for claim in &results.claims {
        for check in claim.finding.checks.iter().chain(&claim.finding.corrected) {
            if check.outcome == Outcome::Undecided {
                output::print(&format!("undecided in {}: {} ({})", claim.id, check.what, check.reason))?;
            }
        }
        for mutant in claim.finding.mutants.iter().filter(|mutant| !mutant.rejected) {
            output::print(&format!("not rejected in {}: {}", claim.id, mutant.what))?;
        }
        for note in &claim.finding.notes {
            output::print(&format!("{}: {note}", claim.id))?;
        }
    }
    output::print(&format!(
        "Refuted as predicted is a finding, not a failure. False alarm anywhere in this run: at most {:.1e}{}. Digest {}",
        results.false_alarm,
        results.nominal_false_alarm().map_or_else(String::new, |part| format!(" ({part:.1e} of it nominal, by bootstrap)")),
        results.digest
    ))?;
    Ok(())
}

fn table(results: &Results) -> Table {
    let mut table = output::table(&[
        "claim",
        "source",
        "verdict",
        "estimate",
        "± error",
        "prediction",
        "networks",
        "smallest error caught",
    ])
    .details(&["source", "networks"]);
    for claim in &results.claims {
        let headline = claim.finding.headline();
        let verdict = if claim.verdict == claim.expected {
            claim.verdict.to_string()
        } else {
            format!("{} (expected {})", claim.verdict, claim.expected)
        };
        table.add_row(vec![
            claim.id.clone(),
            claim.source.clone(),
            verdict,
            output::maybe(headline.and_then(|check| check.estimate)),
            output::maybe(headline.and_then(|check| check.standard_error)),
            output::maybe(headline.and_then(|check| check.prediction)),
            claim.networks().to_string(),
            claim.smallest_detectable().map_or_else(|| "—".into(), |error| format!("{} %", fixed(100.0 * error, 2))),
        ]);
    }
    for claim in &results.skipped {
        let mut row = vec![claim.id.clone(), claim.source.clone(), claim.told()];
        row.resize(8, "—".into());
        table.add_row(row);
    }
    table
}
