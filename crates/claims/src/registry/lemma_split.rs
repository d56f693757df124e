use archscale_model::{InitRule, Network, PathSums};

use crate::hypothesis::{ANY_WIDTH, LINEAR_EDGES, PRE_ACTIVATION_SUMS, RELU, VECTORS};
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "lemma-split",
    statement: "E[(Δz_i(v))²] = A + B after one step, A from the output's square, B from the label's",
    source: "Chen et al. 2024, lemma B.1 and equations 14–24",
    domain: &[
        LINEAR_EDGES,
        RELU,
        PRE_ACTIVATION_SUMS,
        VECTORS,
        Hypothesis::stated("first order in η"),
        Hypothesis::stated("E[y] = 0, Var[y] = 1, y independent of the weights"),
        ANY_WIDTH,
    ],
    quantity: "Mean squared change of a pre-activation per unit η², and its two parts",
    check: "Simulated change with labels ±1 against the exact A + B; simulated A and B each against their exact values",
    refuted_by: "One vertex whose simulated change or part excludes the exact value",
    mutant: "B alone; A without its Wick term",
    derivation: "proofs/lemma-split.md",
    theorems: &["step.dag_vertex_step", "tables_exist.tables_exist", "rules.site_rule_2", "rules_three.site_rule_3"],
    outside: "Linearisation in η; that Wick's rule is the Gaussian expectation; the split itself, which is two lines of prose",
    expected: Verdict::Supported,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::simulated(InitRule::Target, width, on_one)),
};

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    let change = Quantity::SquaredChange;
    for (architecture, init, width) in [("chain:1", InitRule::Target, 16), ("complete:2", InitRule::Source, 32)] {
        let trial = Trial::run(context, CLAIM.id, architecture, init, width, &[change])?;
        finding.checks.extend(trial.check_exact(&[change]));
        let last = trial.vertices() - 1;
        finding.mutants.push(trial.perturbed(last, change, context));
        let alone = trial.decide(last, change, trial.law[last].label_part);
        finding.mutants.push(Mutant::simulated(format!("B alone on {architecture}"), &alone));
    }
    let parts = [Quantity::OutputPart, Quantity::LabelPart];
    for (architecture, init, width) in [("chain:1", InitRule::Target, 4), ("complete:2", InitRule::Source, 16)] {
        let trial = Trial::run(context, CLAIM.id, architecture, init, width, &parts)?;
        finding.checks.extend(trial.check_exact(&parts));
        let last = trial.vertices() - 1;
        for part in parts {
            finding.mutants.push(trial.perturbed(last, part, context));
        }
    }
    Ok(finding)
}

/// Width at which one architecture is simulated: the tails of the change grow with depth over width.
fn width(network: &Network) -> usize {
    16 * PathSums::new(network.graph(), InitRule::Target).longest().max(2)
}

/// The change A + B at every vertex, simulated with drawn readouts and labels.
fn on_one(context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    let (change, text) = ([Quantity::SquaredChange], case.network.text());
    Ok(Trial::run(context, CLAIM.id, &text, case.how.init, width(&case.network), &change)?.check_exact(&change))
}
