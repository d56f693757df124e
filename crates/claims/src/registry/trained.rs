//! Claims on what training shows: on measured maximal learning rates, and on accuracies of cells. Each says in what it
//! differs from the first.

use crate::measured::{
    RATE_CHECK, RATE_MUTANT, RATE_OUTSIDE, RATE_REFUTED_BY, accuracies, judge_accuracy, judge_group, judge_ranking,
    judge_unchanged, rates,
};
use crate::{Claim, ClaimError, Effort, Finding, Hypothesis, Verdict};

pub(super) const DEPTH: Claim = Claim {
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
    judge: |context| judge_group(context, "depth", 0.962, "code-depths"),
    case: None,
};

pub(super) const TOPOLOGY: Claim = Claim {
    id: "maxlr-topology",
    statement: "Measured maximal learning rates of DAGs without skips are a constant times (Σ_p L_p³)^(−1/2)",
    source: "Chen et al. 2024, figure 2 (r = 0.838)",
    domain: &[Hypothesis::stated(
        "Thirty random DAGs and a base of one vertex, all of linear edges with ReLU and a trained stem, under \
         target and under source init, width 128, digits, one pass of plain SGD at batch 32, cross-entropy; the \
         rate of smallest mean loss, six seeds",
    )],
    derivation: "proofs/maxlr-topology.md",
    judge: |context| over(&TOPOLOGIES, |group| judge_group(context, group, 0.838, "output-kernel")),
    ..DEPTH
};

pub(super) const CNN: Claim = Claim {
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
    derivation: "proofs/maxlr-cnn.md",
    judge: |context| judge_group(context, "kernels-1d", 0.856, "weighted-root-taps"),
    ..DEPTH
};

pub(super) const GELU: Claim = Claim {
    id: "maxlr-gelu",
    statement: "With GELU the measured maximal learning rates of chains and DAGs are a constant times (Σ_p L_p³)^(−1/2)",
    source: "Chen et al. 2024, figure 7 (r = 0.680 over topologies, 0.920 over depths)",
    domain: &[Hypothesis::stated(
        "Chains of 1 to 10 and sixteen DAGs of linear edges with GELU and a trained stem, target init, width 128, \
         digits, one pass of plain SGD at batch 32, cross-entropy; the rate of smallest mean loss, six seeds",
    )],
    derivation: "proofs/maxlr-gelu.md",
    judge: |context| judge_group(context, "gelu", 0.680, "output-kernel"),
    ..DEPTH
};

pub(super) const MUP: Claim = Claim {
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
    judge: |context| over(&BASELINES, |group| judge_unchanged(rates(context, group)?, "output-kernel")),
    ..DEPTH
};

pub(super) const ACCURACY: Claim = Claim {
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
    outside: "No theorem: that a recipe trains better is measured",
    judge: |context| judge_accuracy(accuracies(context)?),
    ..DEPTH
};

pub(super) const RANKING: Claim = Claim {
    id: "nas-ranking",
    statement: "Weights by in-degree and the learning rate by (Σ_p L_p³)^(−1/2) change the ranking of cells of \
                NAS-Bench-201, over all of them and among the better half, by more than a seed does",
    source: "Chen et al. 2024, figures 4 and 9",
    domain: &[Hypothesis::stated("The cells and protocol of nas-accuracy")],
    quantity: "Kendall's τ-b of runs by the law's recipe and by the fixed one from different seeds, minus the mean τ \
               between seeds of each",
    check: "The difference against −0.05, by its bootstrap interval over cells at level 0.999",
    refuted_by: "A difference that is certainly above −0.05: ranks that move no more than between seeds",
    mutant: "The fixed recipe's own ranks with the noise of the law's seeds: not accepted, while they are when reversed",
    derivation: "proofs/nas-ranking.md",
    outside: "No theorem: rankings are measured",
    expected: Verdict::Supported,
    judge: |context| judge_ranking(accuracies(context)?),
    ..DEPTH
};

/// Random DAGs under the rules of equations 12 and 4.
const TOPOLOGIES: [&str; 2] = ["fresh-target", "fresh-source"];

/// Depths, and topologies under both rules.
const BASELINES: [&str; 3] = ["depth", "fresh-target", "fresh-source"];

/// The findings on several groups of measured rates, one after the other.
fn over(groups: &[&str], judge: impl Fn(&str) -> Result<Finding, ClaimError>) -> Result<Finding, ClaimError> {
    let mut finding = Finding::default();
    for group in groups {
        finding.append(judge(group)?);
    }
    Ok(finding)
}
