use crate::measured::{RATE_OUTSIDE, judge_unchanged, rates};
use crate::{Claim, ClaimError, Context, Effort, Finding, Hypothesis, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "mup-baseline",
    statement: "Moving the base network's learning rate by (Σ_p L_p³)^(−1/2) comes closer to the maximal ones than plain \
                μP, which keeps it",
    source: "Chen et al. 2024, figure 8, read as a statement about maximal learning rates",
    domain: &[Hypothesis::stated("The networks and protocols of maxlr-depth and maxlr-topology")],
    quantity: "Root mean square of ln(measured/predicted) from the base network, the law's over that of the unchanged rate",
    check: "The ratio of the two against 1, by its bootstrap interval at level 0.999, on chains, and on DAGs under target \
            and source init",
    refuted_by: "A group of networks on which the unchanged rate is the closer one",
    mutant: "Planted rates that are equal but for the measured noise: refused, while those that follow the law are accepted",
    derivation: "proofs/mup-baseline.md",
    theorems: &[],
    outside: RATE_OUTSIDE,
    expected: Verdict::Refuted,
    least_effort: Effort::Deep,
    judge,
    case: None,
};

/// Depths, and topologies under the rules of equations 12 and 4.
const GROUPS: [&str; 3] = ["depth", "fresh-target", "fresh-source"];

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    for group in GROUPS {
        finding.append(judge_unchanged(rates(context, group)?, "output-kernel")?);
    }
    Ok(finding)
}
