use crate::measured::{RATE_CHECK, RATE_MUTANT, RATE_OUTSIDE, RATE_REFUTED_BY, judge_group};
use crate::{Claim, ClaimError, Context, Effort, Finding, Hypothesis, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "maxlr-gelu",
    statement: "With GELU the measured maximal learning rates of chains and DAGs are a constant times (Σ_p L_p³)^(−1/2)",
    source: "Chen et al. 2024, figure 7 (r = 0.680 over topologies, 0.920 over depths)",
    domain: &[Hypothesis::stated(
        "Chains of 1 to 10 and sixteen DAGs of linear edges with GELU and a trained stem, target init, width 128, \
                 digits, one pass of plain SGD at batch 32, cross-entropy; the rate of smallest mean loss, six seeds",
    )],
    quantity: "ln of the maximal learning rate against −½ ln Σ_p L_p³",
    check: RATE_CHECK,
    refuted_by: RATE_REFUTED_BY,
    mutant: RATE_MUTANT,
    derivation: "proofs/maxlr-gelu.md",
    theorems: &[],
    outside: RATE_OUTSIDE,
    expected: Verdict::Refuted,
    least_effort: Effort::Deep,
    judge,
    case: None,
};

/// Pearson's r of figure 7 over topologies.
const PUBLISHED: f64 = 0.680;

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    judge_group(context, "gelu", PUBLISHED, "output-kernel")
}
