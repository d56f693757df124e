use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "paper-kernel-size",
    formula: "(k Σ_p L_p³)^(−1/2), k the covariate kernel_size",
    hypotheses: "Chen et al. 2024 on networks of convolutions: k is the number of entries of a kernel (9 for 3×3).",
    parameters: &[],
    predict: Predict::Formula(|features, _| {
        Ok(-0.5 * (features.input().paths().ln_shifted_cubes(0) + features.covariate("kernel_size")?.ln()))
    }),
};
