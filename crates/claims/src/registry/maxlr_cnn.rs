use crate::measured::{RATE_CHECK, RATE_MUTANT, RATE_OUTSIDE, RATE_REFUTED_BY, judge_group};
use crate::{Claim, ClaimError, Context, Effort, Finding, Hypothesis, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "maxlr-cnn",
    statement: "Measured maximal learning rates of convolutional DAGs are a constant times (Σ_p L_p³)^(−1/2)/q, q the \
                kernel size",
    source: "Chen et al. 2024, figure 3 and equation 9 (r = 0.856)",
    domain: &[Hypothesis::stated(
        "Eight DAGs of convolutions with kernels 3, 5 and 9 in one dimension, zero padding, average-pool readout, \
                 32 channels, MNIST-1D, one pass of plain SGD at batch 32, cross-entropy; the rate of smallest mean loss, \
                 three seeds",
    )],
    quantity: "ln of the maximal learning rate against −½ ln Σ_p L_p³ − ln q",
    check: RATE_CHECK,
    refuted_by: RATE_REFUTED_BY,
    mutant: RATE_MUTANT,
    derivation: "proofs/maxlr-cnn.md",
    theorems: &[],
    outside: RATE_OUTSIDE,
    expected: Verdict::Refuted,
    least_effort: Effort::Deep,
    judge,
    case: None,
};

/// Pearson's r of figure 3.
const PUBLISHED: f64 = 0.856;

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    judge_group(context, "kernels-1d", PUBLISHED, "weighted-root-taps")
}
