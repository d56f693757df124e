use crate::measured::{accuracies, judge_accuracy};
use crate::{Claim, ClaimError, Context, Effort, Finding, Hypothesis, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "nas-accuracy",
    statement: "On cells of NAS-Bench-201, weights by in-degree and the learning rate by (Σ_p L_p³)^(−1/2) raise the mean \
                accuracy above that of one recipe for all cells, and above plain μP, by at least 0.44 points",
    source: "Chen et al. 2024, figures 4 and 8 (gains of 0.44 to 2.09 points)",
    domain: &[Hypothesis::stated(
        "32 cells drawn at random, each between a stem and a mean over positions, without batch normalisation; plain SGD \
                 for 20 passes over 4 000 series of MNIST-1D at width 16, three seeds; rates from one base cell of three \
                 convolutions",
    )],
    quantity: "Mean over cells of the test accuracy by the law's recipe minus that by the other, from the same draws",
    check: "The gain against 0.0044, by its bootstrap interval over cells at level 0.999",
    refuted_by: "A gain that is certainly smaller",
    mutant: "Accuracies planted 6 points below the bound: refused, while those as much above it are accepted",
    derivation: "proofs/nas-accuracy.md",
    theorems: &[],
    outside: "No theorem: that a recipe trains better is measured",
    expected: Verdict::Refuted,
    least_effort: Effort::Deep,
    judge,
    case: None,
};

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    judge_accuracy(accuracies(context)?)
}
