use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "kernel-trace",
    formula: "(Σ_v κ(v) / √v)^(−1)",
    hypotheses: "The trace of the tangent kernel over all hidden vertices instead of its largest part.",
    parameters: &[],
    predict: Predict::Formula(|features, _| {
        Ok(-features.vertices()?.iter().map(|at| at.kernel / at.second_moment.sqrt()).sum::<f64>().ln())
    }),
};
