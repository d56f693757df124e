use crate::measured::{RATE_CHECK, RATE_MUTANT, RATE_OUTSIDE, RATE_REFUTED_BY, judge_group};
use crate::{Claim, ClaimError, Context, Effort, Finding, Hypothesis, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "maxlr-topology",
    statement: "Measured maximal learning rates of DAGs without skips are a constant times (Σ_p L_p³)^(−1/2)",
    source: "Chen et al. 2024, figure 2 (r = 0.838)",
    domain: &[Hypothesis::stated(
        "Thirty random DAGs and a base of one vertex, all of linear edges with ReLU and a trained stem, under \
                 target and under source init, width 128, digits, one pass of plain SGD at batch 32, cross-entropy; the \
                 rate of smallest mean loss, six seeds",
    )],
    quantity: "ln of the maximal learning rate against −½ ln Σ_p L_p³",
    check: RATE_CHECK,
    refuted_by: RATE_REFUTED_BY,
    mutant: RATE_MUTANT,
    derivation: "proofs/maxlr-topology.md",
    theorems: &[],
    outside: RATE_OUTSIDE,
    expected: Verdict::Refuted,
    least_effort: Effort::Deep,
    judge,
    case: None,
};

/// Pearson's r of figure 2.
const PUBLISHED: f64 = 0.838;

/// Under the rules of equations 12 and 4.
const GROUPS: [&str; 2] = ["fresh-target", "fresh-source"];

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    for group in GROUPS {
        finding.append(judge_group(context, group, PUBLISHED, "output-kernel")?);
    }
    Ok(finding)
}
