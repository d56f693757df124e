//! Claims judged on one architecture.

use archscale_model::{Architecture, InitRule};
use archscale_sim::{Settings, simulate};
use archscale_stats::decide;
use archscale_theory::wide_moments;

use crate::trial::{Quantity, Trial, planned};
use crate::{Check, ClaimError, Context};

/// Width of the networks whose second moments are simulated: small, since the recursion holds at every width.
const WIDTH: usize = 8;

/// Simulates E|z|²/n at every vertex and holds it against `predicted`, which is told the recursion's values.
fn second_moments(
    context: &Context<'_>,
    claim: &str,
    architecture: &str,
    init: InitRule,
    predicted: impl Fn(f64) -> f64,
) -> Result<Vec<Check>, ClaimError> {
    let architecture = Architecture::parse(architecture)?;
    let program = architecture.graph().lower(init)?;
    // With ReLU the second moments of the limit are those of every width, also with skips: z and −z have the same law.
    let law = wide_moments(&program)?;
    let plan = context.plan()?;
    let case = format!("{} {init} n={WIDTH}", architecture.text());
    let settings = |stage: &str, samples: u64| -> Settings { context.settings(claim, &case, stage, WIDTH, samples) };
    let advance = |networks: u64| context.progress.advance(networks);
    let samples = planned(&plan, |stage, networks| {
        let pilot = simulate(&program, &settings(stage, networks), &advance)?;
        Ok(pilot.nodes.into_iter().map(|node| node.second_moment).collect())
    })?;
    context.progress.begin(&case, samples);
    let main = simulate(&program, &settings("main", samples), &advance)?;
    let command = format!("archscale law {} --init {init} --json", architecture.text());
    let check = |(node, at): (&archscale_sim::NodeEstimate, &archscale_theory::WideNode)| {
        let decision = decide(&node.second_moment, predicted(at.second_moment), &plan);
        let what = format!("E|z|²/n at vertex {} of {case}", at.id);
        Check::simulated(what, &decision, command.clone()).with_weights(main.method)
    };
    Ok(main.nodes.iter().zip(&law.nodes).map(check).collect())
}

/// The recursion of the second moment, under the He rule, where it differs most from 1.
pub(crate) fn forward_variance(context: &Context<'_>, architecture: &str) -> Result<Vec<Check>, ClaimError> {
    second_moments(context, "forward-variance", architecture, InitRule::He, |value| value)
}

/// Whether the target's in-degree keeps the second moment at 1.
pub(crate) fn init_target(context: &Context<'_>, architecture: &str) -> Result<Vec<Check>, ClaimError> {
    second_moments(context, "init-target", architecture, InitRule::Target, |_| 1.0)
}

/// Whether the source's in-degree keeps the second moment at 1.
pub(crate) fn init_source(context: &Context<'_>, architecture: &str) -> Result<Vec<Check>, ClaimError> {
    second_moments(context, "init-source", architecture, InitRule::Source, |_| 1.0)
}

/// B at every vertex against the exact law, at a width at which its tail is light.
pub(crate) fn lemma_split(context: &Context<'_>, architecture: &str) -> Result<Vec<Check>, ClaimError> {
    let part = [Quantity::LabelPart];
    let width = 4 * WIDTH;
    Ok(Trial::run(context, "lemma-split", architecture, InitRule::Target, width, &part)?.check_exact(&part))
}
