use crate::measured::{accuracies, judge_ranking};
use crate::{Claim, ClaimError, Context, Effort, Finding, Hypothesis, Verdict};

pub(crate) const CLAIM: Claim = Claim {
    id: "nas-ranking",
    statement: "Weights by in-degree and the learning rate by (Σ_p L_p³)^(−1/2) change the ranking of cells of NAS-Bench-201, \
                over all of them and among the better half, by more than a seed does",
    source: "Chen et al. 2024, figures 4 and 9",
    domain: &[Hypothesis::stated("The cells and protocol of nas-accuracy")],
    quantity: "Kendall's τ-b of runs by the law's recipe and by the fixed one from different seeds, minus the mean τ between \
               seeds of each",
    check: "The difference against −0.05, by its bootstrap interval over cells at level 0.999",
    refuted_by: "A difference that is certainly above −0.05: ranks that move no more than between seeds",
    mutant: "The fixed recipe's own ranks with the noise of the law's seeds: not accepted, while they are when reversed",
    derivation: "proofs/nas-ranking.md",
    theorems: &[],
    outside: "No theorem: rankings are measured",
    expected: Verdict::Supported,
    least_effort: Effort::Deep,
    judge,
    case: None,
};

fn judge(context: &Context<'_>) -> Result<Finding, ClaimError> {
    judge_ranking(accuracies(context)?)
}
