use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "all-T",
    formula: "(Σ_v T(v) / v(v))^(−1/2)",
    hypotheses: "As all-B with the part that leaks from other neurons.",
    parameters: &[],
    predict: Predict::Formula(|features, _| {
        let mut sum = 0.0;
        for at in features.vertices()? {
            sum += features.cross(at)? / at.second_moment;
        }
        Ok(-0.5 * sum.ln())
    }),
};
