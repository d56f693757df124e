//! Claims judged architecture by architecture, for `verify --arch`.

use std::path::Path;

use archscale_claims::survey::{self, CaseRule, Header, Part, Summary, SurveyFile};
use archscale_claims::{Claim, Context, Verdict};
use archscale_model::Network;
use archscale_stats::Outcome;

use super::{CliError, Ending, output};

/// Cases to be judged, and the file that takes them.
pub(crate) struct Survey<'a> {
    pub(crate) claims: &'a [&'static Claim],
    /// Architectures as given: each a text, a space of cells or @FILE.
    pub(crate) architectures: &'a [String],
    pub(crate) part: Part,
    pub(crate) out: &'a Path,
}

/// Judges the cases that the file does not hold yet, and prints what was found.
///
/// # Errors
/// A claim or an architecture that cannot be judged, a file of another run, a failed simulation.
pub(crate) fn run(survey: &Survey<'_>, context: Context<'_>, json: bool) -> Result<Ending, CliError> {
    let Survey { claims, part, out, .. } = survey;
    // All that can be refused is, before the file is made.
    let rules = claims.iter().map(|claim| survey::rule_of(claim)).collect::<Result<Vec<_>, _>>()?;
    let architectures = survey::expand(survey.architectures)?;
    let context = Context { false_alarm: survey::false_alarm((claims.len() * architectures.len()) as u64), ..context };
    let plan = plan(&rules, &architectures, context.effort.name())?;
    let ids = claims.iter().map(|claim| claim.id.to_string()).collect();
    let mut file = SurveyFile::open(out, Header::new(&context, ids, architectures, *part))?;
    if !file.is_empty() {
        output::complain(&format!("{} of {} cases are there already", file.len(), file.header().own_cases()));
    }
    if let (Some(plan), true) = (plan, file.len() < file.header().own_cases()) {
        output::complain(&plan);
    }
    survey::survey(&mut file, &context)?;
    let summary = file.summary()?;
    if json {
        output::print_json(&summary)?;
    } else {
        show_cases(&file)?;
        show(&summary)?;
    }
    Ok(ending(claims, &file, &summary))
}

/// The simulations ahead in words, with the network of most weights; nothing where only closed forms are compared.
fn plan(rules: &[CaseRule], architectures: &[String], effort: &str) -> Result<Option<String>, CliError> {
    let simulated = rules.iter().filter(|rule| rule.width.is_some()).count() * architectures.len();
    let mut largest: Option<(f64, usize, &str)> = None;
    for text in if simulated > 0 { architectures } else { &[] } {
        let network = Network::parse(text)?;
        let width = rules.iter().filter_map(|rule| rule.width).map(|width| width(&network)).max().unwrap_or(0);
        let weights = network.graph().edges().count() as f64 * (width as f64).powi(2);
        if largest.is_none_or(|(most, ..)| weights > most) {
            largest = Some((weights, width, text));
        }
    }
    Ok(largest.map(|(weights, width, text)| {
        format!(
            "{simulated} of {} cases are simulated, each with as many networks as effort {effort} takes; the largest, {text}, \
             has up to {} weights at width {width}. Every case is written as it is judged.",
            rules.len() * architectures.len(),
            output::number(weights)
        )
    }))
}

/// Refuted cases, and cases outside, that are printed; the file has them all.
const SHOWN: usize = 10;

fn show_cases(file: &SurveyFile) -> Result<(), CliError> {
    for result in file.results().filter(|result| result.outcome == Some(Outcome::Refuted)).take(SHOWN) {
        let check = result.checks.iter().find(|check| check.outcome == Outcome::Refuted);
        let why = check.map(|check| format!("{}: {}", check.what, check.reason)).unwrap_or_default();
        output::print(&format!("{} refuted on {}: {why}", result.claim, result.architecture))?;
    }
    for result in file.results().filter(|result| result.outcome.is_none()).take(SHOWN) {
        let found = result.outside.as_deref().unwrap_or_default();
        output::print(&format!("{} on {}: outside the domain: {found}", result.claim, result.architecture))?;
    }
    Ok(())
}

/// The end of the command. A claim that is expected to hold must hold in every case; one that is expected to fail may
/// hold in some.
fn ending(claims: &[&Claim], file: &SurveyFile, summary: &Summary) -> Ending {
    let is_refuted =
        |claim: &Claim| file.results().any(|result| result.outcome == Some(Outcome::Refuted) && result.claim == claim.id);
    if claims.iter().any(|claim| claim.expected == Verdict::Supported && is_refuted(claim)) {
        Ending::Unexpected
    } else if summary.undecided > 0 {
        Ending::Undecided
    } else {
        Ending::Done
    }
}

/// Prints the counts of a survey.
pub(crate) fn show(summary: &Summary) -> Result<(), CliError> {
    let Summary { cases, supported, refuted, undecided, outside, outside_by, digest } = summary;
    let end = digest.as_ref().map_or_else(|| "The run is not whole yet.".into(), |digest| format!("Digest {digest}"));
    output::print(&format!(
        "{cases} cases: {supported} supported, {refuted} refuted, {undecided} undecided, {outside} outside the claim's domain. {end}"
    ))?;
    if !outside_by.is_empty() {
        let list: Vec<String> = outside_by.iter().map(|(hypothesis, count)| format!("{hypothesis} ({count})")).collect();
        output::print(&format!("Outside by hypothesis: {}", list.join("; ")))?;
    }
    Ok(())
}
