//! Simulated second moments of one architecture, for the claims on them.

use archscale_model::Program;
use archscale_sim::{NodeEstimate, Settings, simulate};
use archscale_stats::decide;
use archscale_theory::{ReluDag, second_moments};

use crate::trial::planned;
use crate::{Case, Check, ClaimError, Context};

/// Width of the networks whose second moments are simulated: small, since the recursion holds at every width.
pub(super) const WIDTH: usize = 8;

/// Simulates E|z|²/n at every vertex and holds it against `predicted`, which is told the exact values at that width.
pub(super) fn simulated(
    context: &Context<'_>,
    claim: &str,
    case: &Case,
    predicted: impl Fn(f64) -> f64,
) -> Result<Vec<Check>, ClaimError> {
    let program: Program = case.network.lower(&case.how)?;
    let law = second_moments::<f64>(&ReluDag::new(&program, "the forward second moment")?);
    let plan = context.plan()?;
    let (text, init) = (case.network.text(), case.how.init);
    let place = format!("{text} {init} n={WIDTH}");
    let settings = |stage: &str, samples: u64| -> Settings { context.settings(claim, &place, stage, WIDTH, samples) };
    let advance = |networks: u64| context.progress.advance(networks);
    let samples = planned(&plan, |stage, networks| {
        context.progress.begin(&format!("{place}, {stage}"), networks);
        let pilot = simulate(&program, &settings(stage, networks), &advance)?;
        Ok(pilot.nodes.into_iter().map(|node| node.second_moment).collect())
    })?;
    context.progress.begin(&place, samples);
    let main = simulate(&program, &settings("main", samples), &advance)?;
    let command = format!("archscale law {text} --init {init} --width {WIDTH} --json");
    let check = |(node, exact): (&NodeEstimate, &f64)| {
        let decision = decide(&node.second_moment, predicted(*exact), &plan);
        let what = format!("E|z|²/n at vertex {} of {text}, {init} init, n = {WIDTH}", node.id);
        Check::simulated(what, &decision, command.clone()).with_weights(main.method)
    };
    Ok(main.nodes.iter().zip(&law).map(check).collect())
}
