use crate::measured::{RATE_CHECK, RATE_MUTANT, RATE_OUTSIDE, RATE_REFUTED_BY, judge_group};
use crate::{Claim, ClaimError, Context, Effort, Finding, Hypothesis, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "maxlr-depth",
    statement: "Measured maximal learning rates of chains are a constant times L^(−3/2)",
    source: "Chen et al. 2024, figure 5 (r = 0.962)",
    domain: &[Hypothesis::stated(
        "Chains of 1 to 12 hidden vertices and a trained stem, target init, width 128, digits, one pass of plain \
                 SGD at batch 32, cross-entropy; the rate of smallest mean loss, six seeds",
    )],
    quantity: "ln of the maximal learning rate against −½ ln Σ_p L_p³",
    check: RATE_CHECK,
    refuted_by: RATE_REFUTED_BY,
    mutant: RATE_MUTANT,
    derivation: "proofs/maxlr-depth.md",
    theorems: &[],
    outside: RATE_OUTSIDE,
    expected: Verdict::Refuted,
    least_effort: Effort::Deep,
    judge,
    case: None,
};

/// Pearson's r of figure 5.
const PUBLISHED: f64 = 0.962;

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    judge_group(context, "depth", PUBLISHED, "code-depths")
}
