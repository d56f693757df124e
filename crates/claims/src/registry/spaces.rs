use archscale_census::{Census, Measure, Plan, Subset};
use archscale_model::{Activation, Convention, InitRule, SearchSpace};

use crate::ClaimError;

/// Comparisons of a path law with the exact rate of the last node over whole search spaces, under target init: one sentence
/// for each space and convention.
pub(super) fn notes(law: &str) -> Result<Vec<String>, ClaimError> {
    let plan = Plan {
        conventions: vec![Convention::Pre, Convention::Post],
        inits: vec![InitRule::Target],
        activation: Activation::RELU,
    };
    let last = Measure::Last.to_string();
    let mut notes = Vec::new();
    let spaces = [
        ("cells of 2 steps", SearchSpace::cells(2)?),
        ("cells of 3 steps", SearchSpace::cells(3)?),
        ("cells of 4 steps", SearchSpace::cells(4)?),
        ("NAS-Bench-201", SearchSpace::NAS_BENCH_201),
    ];
    for (name, space) in spaces {
        let summary = Census::take(space, &plan, &())?.summary();
        for run in &summary.runs {
            let found = run.comparisons.iter().find(|it| it.law == law && it.measure == last && it.subset == Subset::All);
            let Some((codes, agreement)) = found.and_then(|it| Some((it.codes, it.agreement?))) else { continue };
            let correlation = agreement.log_correlation.map_or_else(|| "none".into(), |value| format!("{value:.3}"));
            notes.push(format!(
                "{name}, {} convention: over {codes} codes the exact rate divided by the law's spans a factor {:.1}, log correlation {correlation}.",
                run.convention, agreement.spread
            ));
        }
    }
    Ok(notes)
}
