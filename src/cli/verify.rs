use archscale_claims::{CLAIMS, Claim, Context, Effort, Results, Run, RunFolder, run_claims, run_claims_in};

use super::args::EffortName;
use super::progress::Teller;
use super::{CliError, Ending, args, output, simulate, version};

impl From<EffortName> for Effort {
    fn from(name: EffortName) -> Self {
        match name {
            EffortName::Quick => Self::Quick,
            EffortName::Normal => Self::Normal,
            EffortName::Deep => Self::Deep,
        }
    }
}

pub(crate) fn run(options: &args::Verify) -> Result<Ending, CliError> {
    let claims: Vec<&Claim> = if options.claim.is_empty() {
        CLAIMS.iter().collect()
    } else {
        options.claim.iter().map(|id| Claim::find(id)).collect::<Result<_, _>>()?
    };
    if !options.arch.is_empty() {
        return super::survey::run(options, &claims);
    }
    let effort: Effort = options.effort.into();
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
    let (device, precision) = simulate::machine(&options.machine)?;
    let context =
        Context { effort, seed: options.seed, device, precision, progress: &Teller, false_alarm: Context::FALSE_ALARM };
    // The folder is opened before minutes of work, so that one that is not to be used is told at once.
    let mut folder = match &options.out {
        Some(path) => Some(RunFolder::open(path, &Run::new(&claims, &context, version::COMMIT))?),
        None => None,
    };
    if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_empty()) {
        let judged = claims.iter().filter(|claim| effort >= claim.least_effort).count();
        output::complain(&format!("{} of {judged} claims are there already", folder.len()));
    }
    let outcome = match &mut folder {
        Some(folder) => run_claims_in(folder, &claims, &context),
        None => run_claims(&claims, &context),
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
        let show = |value: Option<f64>| value.map_or_else(|| "—".into(), output::number);
        let verdict = if claim.verdict == claim.expected {
            claim.verdict.to_string()
        } else {
            format!("{} (expected {})", claim.verdict, claim.expected)
        };
        table.add_row(vec![
            claim.id.clone(),
            claim.source.clone(),
            verdict,
            show(headline.and_then(|check| check.estimate)),
            show(headline.and_then(|check| check.standard_error)),
            show(headline.and_then(|check| check.prediction)),
            claim.networks().to_string(),
            claim.smallest_detectable().map_or_else(|| "—".into(), |error| format!("{:.2} %", 100.0 * error)),
        ]);
    }
    for claim in &results.skipped {
        let mut row = vec![claim.id.clone(), claim.source.clone(), claim.told()];
        row.resize(8, "—".into());
        table.add_row(row);
    }
    output::print(&table.to_string())?;
    for claim in &results.skipped {
        output::print(&format!("not run: {}, {} ({})", claim.id, claim.reason, claim.command))?;
    }
    for claim in &results.claims {
        for check in claim.finding.checks.iter().chain(&claim.finding.corrected) {
            let unexpected = check.outcome == archscale_stats::Outcome::Undecided;
            if unexpected {
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
