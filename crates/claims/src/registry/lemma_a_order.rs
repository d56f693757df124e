use archscale_model::{Architecture, InitRule, PathSums, Program};
use archscale_theory::{ReluDag, Scalar, Vertex, finite_moments, second_moments};

use super::FIVE_VERTEX;
use crate::hypothesis::{LIMIT, LINEAR_EDGES, MEAN_FIELD, PRE_ACTIVATION_SUMS, RELU, VECTORS};
use crate::survey::CaseRule;
use crate::trial::{Quantity, Trial};
use crate::{Case, Check, Claim, ClaimError, Context, Effort, Finding, Hypothesis, Method, Mutant, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "lemma-A-order",
    statement: "A = O(1/n) at fixed depth, so that B alone decides at large width",
    source: "Chen et al. 2024, appendix B",
    domain: &[LINEAR_EDGES, RELU, PRE_ACTIVATION_SUMS, VECTORS, MEAN_FIELD, Hypothesis::stated("fixed graph"), LIMIT],
    quantity: "A, and n·A/B",
    check: "Order of A in n from the exact law over four decades; simulated A against its exact value at n = 8 and 32",
    refuted_by: "An order other than −1, or a simulated A that excludes the exact one",
    mutant: "Orders −½ and −2; A replaced by B/n at n = 8",
    derivation: "proofs/lemma-A-order.md",
    theorems: &["triple.chain_output_part_last", "triple.chain_output_part_above", "expansion_a.chain_output_expansion"],
    outside: "Graphs other than chains, where the order is proved in prose",
    expected: Verdict::Supported,
    least_effort: Effort::Quick,
    judge,
    case: Some(CaseRule::closed(InitRule::Target, on_one)),
};

/// Widths between which the order is followed: four decades.
const WIDTHS: (u64, u64) = (10_000, 100_000_000);

/// Largest distance of the exponent from −1. Between n = 10⁴ and 10⁸ the next order shifts it by less than its share at 10⁴
/// over four decades.
const SETTLED: f64 = 1e-3;

/// Exponent of A between two widths, n·A/B at the larger, and the limit of n E f².
fn order(program: &Program, (near, far): (u64, u64)) -> Result<(f64, f64, f64), ClaimError> {
    let dag = ReluDag::new(program, "the finite-width law")?;
    let at = |width: u64| -> Result<(f64, f64), ClaimError> {
        let law = finite_moments::<f64>(&dag, width)?;
        Ok(law.last().map_or((0.0, 0.0), |last| (last.output_part, last.label_part)))
    };
    let ((a_near, _), (a_far, b_far)) = (at(near)?, at(far)?);
    let exponent = (a_far / a_near).ln() / (far as f64 / near as f64).ln();
    // n E f² → Σ_b ½ C(b,out) E|z(b)|²/n over all that the output reads, an input of mean square m counting as 2m.
    let moments = second_moments::<f64>(&dag);
    let moment_of = |vertex: usize| match &dag.vertices()[vertex] {
        Vertex::Input(mean_square) => 2.0 * mean_square.to_f64(),
        Vertex::Hidden(_) => dag.nodes().iter().position(|&node| node == vertex).map_or(0.0, |index| moments[index]),
    };
    let output: f64 = dag.readout().iter().map(|edge| edge.gain.to_f64() / 2.0 * moment_of(edge.source)).sum();
    Ok((exponent, far as f64 * a_far / b_far, output))
}

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    for (text, init) in [("chain:3", InitRule::Target), ("complete:4", InitRule::He), (FIVE_VERTEX, InitRule::Source)] {
        let program = Architecture::parse(text)?.graph().lower(init)?;
        let (exponent, ratio, output) = order(&program, WIDTHS)?;
        finding.checks.push(
            Check::holds(
                format!("order of A in n on {text}, {init} init"),
                Method::Numeric,
                follows(exponent, -1.0),
                2,
                format!("exponent {exponent:.5} between n = 10⁴ and 10⁸"),
            )
            .with_command(format!("archscale law {text} --init {init} --width 100000000 --json")),
        );
        finding.notes.push(format!("{text}, {init} init: n·A/B → {ratio:.5}, where n·E f² → {output:.5}."));
        for wrong in [-0.5, -2.0] {
            let mutant = Mutant::compared(format!("order {wrong} on {text}"), !follows(exponent, wrong));
            finding.mutants.push(mutant);
        }
    }
    for width in [8, 32] {
        let part = Quantity::OutputPart;
        let trial = Trial::run(context, CLAIM.id, "chain:2", InitRule::Target, width, &[part])?;
        finding.checks.extend(trial.check_exact(&[part]));
        finding.mutants.push(trial.perturbed(1, part, context));
        if width == 8 {
            let decision = trial.decide(1, part, trial.law[1].label_part / width as f64);
            finding.mutants.push(Mutant::simulated("A = B/n at n = 8", &decision));
        }
    }
    for depth in [4_u64, 16, 64] {
        let program = Architecture::parse(&format!("chain:{depth}"))?.graph().lower(InitRule::Target)?;
        let law = finite_moments::<f64>(&ReluDag::new(&program, "the finite-width law")?, 256)?;
        if let Some(last) = law.last() {
            let share = last.output_part / last.label_part;
            finding.notes.push(format!("At n = 256 and depth {depth}, A/B = {share:.4}: small only while 9 L ≪ n."));
        }
    }
    Ok(finding)
}

/// The order of A in n on one architecture, from the exact law.
fn on_one(_context: &Context<'_>, case: &Case) -> Result<Vec<Check>, ClaimError> {
    // The next order is relative to L/n on a path of L vertices, so wider networks stand for the limit where paths are
    // longer.
    let longest = PathSums::new(case.network.graph(), case.how.init).longest().max(1) as u64;
    let widths = (WIDTHS.0 * longest, WIDTHS.1 * longest);
    let (exponent, _, _) = order(&case.network.lower(&case.how)?, widths)?;
    let (text, init) = (case.network.text(), case.how.init);
    let reason = format!("exponent {exponent:.5} between n = {:e} and {:e}", widths.0 as f64, widths.1 as f64);
    let check = Check::holds(format!("order of A in n on {text}"), Method::Numeric, follows(exponent, -1.0), 2, reason);
    Ok(vec![check.with_command(format!("archscale law {text} --init {init} --width {} --json", widths.1))])
}

/// Whether an exponent is the stated order.
pub(super) fn follows(exponent: f64, order: f64) -> bool {
    (exponent - order).abs() < SETTLED
}
