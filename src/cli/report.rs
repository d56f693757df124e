//! `maxlr report`: laws scored on measured rates, on the screen in short.

use std::collections::BTreeSet;
use std::path::PathBuf;

use archscale_rates::{Estimate, GroupReport, LawReport, Measurement, ParametricLaw, ScoreSettings};
use archscale_rates::{Folder, Quantity, Report};
use clap::{Args, ValueEnum};

use super::{CliError, Ending, numbers, output, progress};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    /// The rate of smallest training loss.
    Best,
    /// The largest rate that does not diverge.
    Edge,
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder with the records of `maxlr run`, or a file of measurements, one JSON object a line as in a report's
    /// measurements.jsonl: rates that were measured elsewhere.
    #[arg(value_name = "FOLDER|FILE")]
    place: PathBuf,
    /// Which learning rate of a folder's records is scored.
    #[arg(long, value_enum, default_value = "best")]
    of: Of,
    /// Where to write report.md, report.json, measurements.jsonl and the figures; nothing is written unless given.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replicates of the bootstrap.
    #[arg(long, default_value_t = ScoreSettings::default().replicates, value_parser = numbers::count::<usize>)]
    replicates: usize,
    /// Seed of the bootstrap and of the folds.
    #[arg(long, default_value_t = ScoreSettings::default().seed, value_parser = numbers::natural::<u64>)]
    seed: u64,
    /// Evaluate the exact laws at the measured width instead of in the limit.
    #[arg(long)]
    at_width: bool,
    /// Show only these groups, each whole; may be given several times.
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    group: Vec<String>,
    /// Print the whole report: every law on every group.
    #[arg(long)]
    all: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    /// Whether it writes files.
    pub(crate) fn writes(&self) -> bool {
        self.out.is_some()
    }
}

pub(crate) fn run(options: &Options) -> Result<Ending, CliError> {
    let quantity = match options.of {
        Of::Best => Quantity::Best,
        Of::Edge => Quantity::Edge,
    };
    let settings = ScoreSettings {
        replicates: options.replicates,
        seed: options.seed,
        at_width: options.at_width,
        ..ScoreSettings::default()
    };
    let outputs =
        |subject: &str, quantity| options.out.as_ref().map(|path| Report::outputs(path, subject, quantity)).transpose();
    let progress = |done: usize, all: usize| progress::whole("scores", done as u64, all as u64);
    let (report, outputs) = if options.place.is_file() {
        let measurements = Measurement::read_file(&options.place)?;
        let file = options.place.file_name().unwrap_or_default().to_string_lossy();
        let outputs = outputs(&file, None)?;
        check(&options.group, &measurements.iter().map(|one| one.group.as_str()).collect::<Vec<_>>())?;
        (Report::of_measurements(options.place.display().to_string(), measurements, settings, &progress)?, outputs)
    } else {
        let folder = Folder::open(&options.place)?;
        check(&options.group, &folder.suite().groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>())?;
        let outputs = outputs(&format!("suite {}", folder.suite().name), Some(quantity))?;
        (Report::new(&folder, quantity, settings, &progress)?, outputs)
    };
    if let Some(outputs) = outputs {
        report.write(outputs)?;
    }
    if options.json {
        output::print_json(&report)?;
    } else if options.all {
        output::print_unaltered(&report.markdown())?;
    } else {
        show(&report, &options.group)?;
    }
    Ok(Ending::Done)
}

/// Refuses names of groups that were not measured.
fn check(wanted: &[String], groups: &[&str]) -> Result<(), CliError> {
    match wanted.iter().find(|name| !groups.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let names: BTreeSet<&str> = groups.iter().copied().collect();
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            Err(CliError::Usage(format!("there is no group '{unknown}'; the groups are {names}")))
        }
    }
}

/// More groups than this are shown in one table, a row each.
const WHOLE: usize = 3;

/// Laws of smallest held-out root mean square that stand next to the named ones.
const CLOSEST: usize = 3;

fn show(report: &Report, wanted: &[String]) -> Result<(), CliError> {
    output::print(&report.heading())?;
    let groups: Vec<&GroupReport> =
        report.scores.groups.iter().filter(|group| wanted.is_empty() || wanted.contains(&group.name)).collect();
    let mut named: Vec<&LawReport> = Vec::new();
    let in_short = wanted.is_empty() && groups.len() > WHOLE;
    if in_short {
        overview(&groups, &mut named)?;
    } else {
        groups.iter().try_for_each(|group| whole(group, &mut named))?;
    }
    let laws: Vec<String> = with_mentioned(named, &groups)
        .into_iter()
        .map(|law| format!("  {}: {}{}", law.law, law.formula, fitted(&law.parameters)))
        .collect();
    output::print(&format!("Laws, each up to a constant (`archscale maxlr laws` says more):\n{}", laws.join("\n")))?;
    let more = if in_short { "--group NAME shows a group, --all" } else { "--all shows" };
    let percent = 100.0 * report.scores.settings.level;
    output::print(&format!(
        "r and slope: of ln measured with ln predicted. rms: root mean square of their difference, the law's constant \
         fitted; held out: on architectures left out of the fit. In brackets: {percent} % intervals over architectures. \
         {more} every law; --out FOLDER writes all with figures."
    ))
}

/// The laws, each once, and those that their formulas mention.
fn with_mentioned<'a>(named: Vec<&'a LawReport>, groups: &[&'a GroupReport]) -> Vec<&'a LawReport> {
    let mut list: Vec<&LawReport> = Vec::new();
    let mut next = named.into_iter().collect::<std::collections::VecDeque<_>>();
    while let Some(law) = next.pop_front() {
        if list.iter().any(|other| other.law == law.law) {
            continue;
        }
        list.push(law);
        let laws = groups.first().map_or(&[][..], |group| &group.laws);
        // In a formula of other laws each has an exponent.
        next.extend(laws.iter().filter(|other| law.formula.contains(&format!("{}^", other.law))));
    }
    list
}

fn fitted(parameters: &[String]) -> String {
    if parameters.is_empty() { String::new() } else { format!(" (fitted: {})", parameters.join(", ")) }
}

/// A row for each group.
fn overview<'a>(groups: &[&'a GroupReport], named: &mut Vec<&'a LawReport>) -> Result<(), CliError> {
    let heading = [
        "group",
        "networks",
        "perfect r",
        "one rate rms",
        "recommended",
        "r",
        "slope",
        "rms",
        "paper r",
        "paper rms",
        "against one rate",
    ];
    let mut table = output::table(&heading).details(&["networks", "perfect r", "recommended", "paper r", "paper rms"]);
    let two = |value: Option<f64>| value.map_or_else(|| "—".into(), |value| format!("{value:.2}"));
    for group in groups {
        let law = |id: &str| group.laws.iter().find(|one| one.law == id && one.score.is_some());
        let (recommended, paper) = (group.distinction.as_ref().and_then(|found| law(&found.law)), law("paper"));
        named.extend(recommended.into_iter().chain(paper));
        let score = |law: Option<&'a LawReport>| law.and_then(|law| law.score.as_ref());
        let against = match group.distinction.as_ref().map(archscale_rates::Distinction::is_better) {
            Some(Some(true)) => "better",
            Some(Some(false)) => "worse",
            _ => "undecided",
        };
        table.add_row(vec![
            group.name.clone(),
            group.networks.to_string(),
            two(group.ceiling.map(|found| found.correlation.value)),
            two(group.one_rate.map(|found| found.rms.value)),
            recommended.map_or_else(|| "—".into(), |law| law.law.clone()),
            two(score(recommended).map(|score| score.correlation.value)),
            two(score(recommended).map(|score| score.slope.value)),
            two(score(recommended).map(|score| score.rms.value)),
            two(score(paper).map(|score| score.correlation.value)),
            two(score(paper).map(|score| score.rms.value)),
            against.into(),
        ]);
    }
    output::print(&table.to_string())?;
    output::print(
        "r, slope and rms are those of the recommended law. perfect r: what a perfect law would reach given the noise \
         between seeds. against one rate: whether the recommended law misses by less than one rate for all (better), by \
         more (worse), or the measurements cannot tell (undecided).",
    )
}

/// What a reader wants to know of one group.
fn whole<'a>(group: &'a GroupReport, named: &mut Vec<&'a LawReport>) -> Result<(), CliError> {
    output::print(&format!("\n{}: {}", group.name, group.measured()))?;
    let mut table = output::table(&["law", "r", "slope", "rms", "rms, held out"]);
    let none = || "—".to_string();
    if let Some(found) = &group.ceiling {
        table.add_row(vec![
            "a perfect law".into(),
            estimate(&found.correlation),
            "1".into(),
            format!("{:.2}", found.rms),
            none(),
        ]);
    }
    if let Some(found) = &group.one_rate {
        table.add_row(vec!["one rate for all".into(), none(), none(), estimate(&found.rms), none()]);
    }
    let shown = group.shortlist(CLOSEST);
    for law in &shown {
        let Some(score) = &law.score else { continue };
        let mark = match (&group.distinction, &group.leader) {
            (Some(distinction), _) if distinction.law == law.law => " (recommended)",
            (_, Some(leader)) if *leader == law.law => " (closest)",
            _ => "",
        };
        table.add_row(vec![
            format!("{}{mark}", law.law),
            estimate(&score.correlation),
            estimate(&score.slope),
            estimate(&score.rms),
            law.held_out.as_ref().map_or_else(none, |found| estimate(&found.rms)),
        ]);
    }
    output::print(&table.to_string())?;
    if group.ceiling.is_none() {
        output::print("What a perfect law would reach is not known: it needs networks of two or more seeds.")?;
    }
    match (&group.distinction, shown.is_empty()) {
        (Some(distinction), _) => output::print(&distinction.sentence(group))?,
        (None, true) => output::print("No law could be scored; --all says why.")?,
        (None, false) => {}
    }
    named.extend(shown);
    Ok(())
}

fn estimate(of: &Estimate) -> String {
    match of.interval {
        Some((low, high)) => format!("{:.2} [{low:.2}, {high:.2}]", of.value),
        None => format!("{:.2}", of.value),
    }
}

/// What the letters in formulas are.
const SYMBOLS: &str = "p runs over the paths from input to output, L_p is a path's number of trained edges, w_p = Π C/2 \
    over them its weight; v runs over the hidden vertices. At a vertex: B, the mean squared change of a pre-activation \
    after one step per unit η²; T, the part of it that comes from other neurons; κ, the diagonal of the tangent kernel over \
    the width n; v (under a fraction) or E|z|²/n, the forward second moment. R and N: the parts of the output's tangent \
    kernel from readouts and from hidden weights. q and k: taps and side of a kernel. y²: mean square of the outputs. \
    Letters after `fitted` are fitted to the measurements.";

/// Every law that a report scores.
pub(crate) fn laws() -> Result<Ending, CliError> {
    let mut table = output::table(&["law", "learning rate, up to a constant", "meant where, or tried because"]);
    for law in ParametricLaw::all() {
        let names: Vec<String> = law.parameters.iter().map(|parameter| parameter.name.into()).collect();
        table.add_row(vec![law.id.into(), format!("{}{}", law.formula, fitted(&names)), law.hypotheses.to_string()]);
    }
    output::print(&table.to_string())?;
    output::print(SYMBOLS)?;
    Ok(Ending::Done)
}
