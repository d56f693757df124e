use archscale_model::InitRule;

use super::{FIVE_VERTEX, second_moments};
use crate::hypothesis::{ANY_WIDTH, GAUSSIAN, LINEAR_EDGES, PRE_ACTIVATION_SUMS, RELU, VECTORS};
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "forward-variance",
    statement: "E‖z(v)‖² = Σ_{u→v} ½ C(u,v) E‖z(u)‖²",
    source: "Chen et al. 2024, equations 10 and 11",
    domain: &[LINEAR_EDGES, GAUSSIAN, RELU, PRE_ACTIVATION_SUMS, VECTORS, ANY_WIDTH],
    quantity: "Forward second moment E|z(v)|²/n at every vertex",
    check: "Simulation at widths 4 to 32 on chains and DAGs under all three initialisations, no bias allowance",
    refuted_by: "One vertex whose simulated second moment excludes the recursion's value",
    mutant: "C in place of ½ C: the gates' factor forgotten",
    derivation: "proofs/forward-variance.md",
    theorems: &["forward.forward_exists", "forward.forward_unique"],
    outside: "That a Gaussian row and its gate average to ½ C: proved in rules.rule_SS from Wick's rule as the definition of the expectation",
    expected: Verdict::Supported,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::simulated(InitRule::He, |_| second_moments::WIDTH, on_one)),
};

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let cases = [
        ("chain:3", InitRule::He, 4),
        (FIVE_VERTEX, InitRule::He, 8),
        ("complete:3", InitRule::Source, 8),
        ("complete:4", InitRule::Target, 32),
    ];
    for (architecture, init, width) in cases {
        let trial = Trial::run(context, CLAIM.id, architecture, init, width, &[Quantity::SecondMoment])?;
        finding.checks.extend(trial.check_exact(&[Quantity::SecondMoment]));
        let last = trial.vertices() - 1;
        finding.mutants.push(trial.perturbed(last, Quantity::SecondMoment, context));
        // Every path doubles its weight for each gate, and the deepest vertex has at least one.
        let doubled = 2.0 * trial.law[last].second_moment;
        let decision = trial.decide(last, Quantity::SecondMoment, doubled);
        finding.mutants.push(Mutant::simulated(format!("C for ½ C on {architecture}"), &decision));
    }
    Ok(finding)
}

/// The recursion of the second moment, under the He rule, where it differs most from 1.
fn on_one(context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    second_moments::simulated(context, CLAIM.id, case, |value| value)
}
