use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "all-B",
    formula: "(Σ_v B(v) / v(v))^(−1/2)",
    hypotheses: "The change of all hidden vertices together must stay of order one, not only the largest.",
    parameters: &[],
    predict: Predict::Formula(|features, _| {
        Ok(-0.5 * features.vertices()?.iter().map(|at| at.change / at.second_moment).sum::<f64>().ln())
    }),
};
