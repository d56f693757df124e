use std::path::Path;

use archscale_claims::{CLAIMS, Claim, Context, Effort, Results, figures, latex, markdown, run_claims};

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
    // Before minutes of work, so that an unusable folder is told at once.
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder).map_err(|error| file_error(folder, &error))?;
    }
    let (device, precision) = simulate::machine(&options.machine)?;
    let context =
        Context { effort, seed: options.seed, device, precision, progress: &Teller, false_alarm: Context::FALSE_ALARM };
    let results = Results { program_commit: version::COMMIT.map(String::from), ..run_claims(&claims, &context)? };
    if options.json {
        output::print_json(&results)?;
    } else {
        show(&results)?;
    }
    if let Some(folder) = &options.out {
        write(folder, &results)?;
        if !options.json {
            output::print(&format!(
                "Written: {}/results.json, report.md, claims.tex, simulation.svg, growth.svg, kernel.svg",
                folder.display()
            ))?;
        }
    }
    Ok(if !results.as_expected() {
        Ending::Unexpected
    } else if results.undecided() {
        Ending::Undecided
    } else {
        Ending::Done
    })
}

fn file_error(path: &Path, error: &std::io::Error) -> CliError {
    CliError::File { place: path.display().to_string(), problem: format!("cannot be written: {error}") }
}

fn write(folder: &Path, results: &Results) -> Result<(), CliError> {
    let json = serde_json::to_string_pretty(results)
        .map_err(|error| CliError::Usage(format!("the results are no JSON: {error}")))?;
    for (name, text) in [("results.json", json + "\n"), ("report.md", markdown(results)), ("claims.tex", latex(results))] {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| file_error(&path, &error))?;
    }
    for (name, picture) in figures(results)? {
        let path = folder.join(name);
        std::fs::write(&path, picture).map_err(|error| file_error(&path, &error))?;
    }
    Ok(())
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
        let verdict = format!("not run (expected {})", claim.expected);
        let mut row = vec![claim.id.clone(), claim.source.clone(), verdict];
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
        for twin in claim.finding.twins.iter().filter(|twin| !twin.rejected) {
            output::print(&format!("not rejected in {}: {}", claim.id, twin.what))?;
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
