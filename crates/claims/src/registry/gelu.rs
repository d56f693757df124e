use archscale_model::{Activation, Architecture, InitRule};
use archscale_sim::{Readout, Settings, Weights, simulate};
use archscale_stats::{Moments, decide};
use archscale_text::Refusal;
use archscale_theory::{FixedVarianceChain, GaussianTable, wide_moments};

use crate::hypothesis::{CHAIN, GELU, LIMIT, LINEAR_EDGES, MEAN_FIELD, VECTORS};
use crate::survey::CaseRule;
use crate::trial::planned;
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Method, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "gelu",
    statement: "With GELU in place of ReLU the same laws hold: B(ℓ) = Θ(η² ℓ³) on a chain",
    source: "Chen et al. 2024, appendix E.2",
    domain: &[
        CHAIN,
        LINEAR_EDGES,
        GELU,
        VECTORS,
        MEAN_FIELD,
        Hypothesis::stated("forward variance held fixed by the gain"),
        LIMIT,
    ],
    quantity: "B of the last layer, its growth exponent, and χ = C E[σ′(z)²]",
    check: "Local exponents of the limit at fixed variance, ReLU by the same check; simulated single layers, where the limit is exact",
    refuted_by: "An exponent that leaves 3 as the depth grows",
    mutant: "For ReLU, whose law is cubic: exponents 2 and 4; the ReLU value for a GELU layer",
    derivation: "proofs/gelu.md",
    theorems: &[],
    outside: "No theorem: the growth follows from the chain recursion of proofs/wide-law.md and numerical Gaussian expectations",
    expected: Verdict::Refuted,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule { activation: Activation::GELU, ..CaseRule::closed(InitRule::Target, on_one) }),
};

/// Depths between which exponents are followed.
const DEPTHS: [usize; 3] = [8, 16, 32];

/// Largest distance from 3 of a cubic exponent from ℓ to 2ℓ; on ReLU chains it is off by less than 0.01 from ℓ = 8 on.
const CUBIC: f64 = 0.1;

/// Width of the simulated layer.
const WIDTH: usize = 8;

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let mut table = GaussianTable::new();
    for (activation, variance) in [(Activation::RELU, 1.0), (Activation::GELU, 1.0), (Activation::GELU, 30.0)] {
        let chain = FixedVarianceChain::new(activation, variance, &mut table)?;
        let exponents = DEPTHS.map(|depth| chain.local_exponent(depth));
        let shown: Vec<String> = exponents.iter().map(|exponent| format!("{exponent:.3}")).collect();
        let check = Check::holds(
            format!("B grows as ℓ³: {activation}, variance {variance}"),
            Method::Numeric,
            exponents.iter().all(|exponent| (exponent - 3.0).abs() < CUBIC),
            DEPTHS.len() as u64,
            format!("exponents {} from ℓ = {DEPTHS:?} to 2ℓ; χ = {:.5}", shown.join(", "), chain.gradient_factor),
        );
        if activation == Activation::RELU {
            finding.corrected.push(check);
            for wrong in [2.0, 4.0] {
                let rejected = exponents.iter().any(|exponent| (exponent - wrong).abs() >= CUBIC);
                finding.mutants.push(Mutant::compared(format!("ReLU with exponent {wrong}"), rejected));
            }
        } else {
            finding.checks.push(check);
            finding.notes.push(format!(
                "{activation} at variance {variance}: χ − 1 = {:.4}, so the growth turns exponential around ℓ = 1/(χ − 1) = {:.0}.",
                chain.gradient_factor - 1.0,
                1.0 / (chain.gradient_factor - 1.0)
            ));
        }
    }
    // Where both conventions of the limit are exact: one hidden layer, whose pre-activation is Gaussian at every width.
    let architecture = Architecture::parse("chain:1")?;
    for activation in [Activation::GELU, Activation::SILU] {
        let program = architecture.graph().lower_with(&architecture.lowering(InitRule::He).with_activation(activation))?;
        let prediction = wide_moments(&program)?.nodes.first().map_or(f64::NAN, |node| node.mean_squared_change);
        let plan = context.plan()?;
        let case = format!("chain:1 {activation}");
        let run = |stage: &str, networks: u64| -> Result<(Moments, Weights), ClaimError> {
            let plain = context.settings(CLAIM.id, &case, stage, WIDTH, networks);
            context.progress.begin(&format!("{case}, {stage}"), networks);
            let advance = |done| context.progress.advance(done);
            let simulation = simulate(&program, &Settings { readout: Readout::Integrated, ..plain }, &advance)?;
            let sample = simulation.nodes.first().map(|node| node.b.clone()).unwrap_or_default();
            Ok((sample, simulation.method))
        };
        let networks = planned(&plan, |stage, networks| Ok(vec![run(stage, networks)?.0]))?;
        let (sample, weights) = run("main", networks)?;
        let command = format!("archscale law chain:1 --init he --activation {activation} --json");
        let what = format!("B of one {activation} layer, n = {WIDTH}: C E[σ′²]/4");
        finding.corrected.push(Check::simulated(&what, &decide(&sample, prediction, &plan), command).with_weights(weights));
        let off = 1.0 + 1.25 * plan.margin();
        let mutant = decide(&sample, off * prediction, &plan);
        finding.mutants.push(Mutant::simulated(format!("{what}, {:.1} % too large", 100.0 * (off - 1.0)), &mutant));
        let relu = decide(&sample, 0.25, &plan);
        finding.mutants.push(Mutant::simulated(format!("the ReLU value for {activation}"), &relu));
    }
    Ok(finding)
}

/// Variances at which one chain's growth is followed, as in [`judge`].
const VARIANCES: [f64; 2] = [1.0, 30.0];

/// The check that B grows along one chain as at χ = 1, from every power of two of layers to the next.
fn on_one(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    growth(case, &|exponent, cubic| (exponent - cubic).abs() < CUBIC)
}

/// The same, an exponent beside the cubic law's being judged as given.
pub(super) fn growth(case: &Case, same: &dyn Fn(f64, f64) -> bool) -> Result<Vec<Check>, ClaimError> {
    let (layers, text) = (case.network.graph().hidden_count(), case.network.text());
    let depths: Vec<usize> =
        std::iter::successors(Some(1), |depth| Some(2 * depth)).take_while(|d| 2 * d <= layers).collect();
    if depths.is_empty() {
        return Err(ClaimError::Theory(
            Refusal::new("growth with depth", format!("not seen in {text}"), "give a chain of two layers or more").into(),
        ));
    }
    let (activation, mut table) = (case.how.activation, GaussianTable::new());
    let mut checks = Vec::new();
    for variance in VARIANCES {
        let chain = FixedVarianceChain::new(activation, variance, &mut table)?;
        // At χ = 1 the growth is cubic, with terms of lower order that depend on the activation: what a cubic law would show
        // so early.
        let cubic = FixedVarianceChain { gradient_factor: 1.0, ..chain };
        let exponents = depths.iter().map(|&depth| (depth, chain.local_exponent(depth), cubic.local_exponent(depth)));
        let other = exponents.clone().find(|&(_, found, expected)| !same(found, expected));
        let reason = other.map_or_else(
            || format!("exponents to ±{CUBIC} of those of a cubic law"),
            |(depth, found, expected)| {
                format!("from ℓ = {depth} to {} the exponent is {found:.3}, by a cubic law {expected:.3}", 2 * depth)
            },
        );
        let what = format!("B grows as ℓ³ along {text}: {activation}, variance {variance}");
        checks.push(Check::holds(what, Method::Numeric, other.is_none(), depths.len() as u64, reason));
    }
    Ok(checks)
}
