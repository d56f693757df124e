use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "self-and-cross",
    formula: "min_v ((T + λ κ²) / v)^(−1/2)",
    hypotheses: "Between exact-T (λ = 0) and exact-B with the readout at v (λ = 1): minibatches may average the self part.",
    parameters: &[Parameter { name: "ln λ", low: -10.0, high: 5.0 }],
    predict: Predict::Formula(|features, theta| {
        let lambda = theta[0].exp();
        let mut largest = 0.0_f64;
        for at in features.vertices()? {
            largest = largest.max((features.cross(at)? + lambda * at.kernel * at.kernel) / at.second_moment);
        }
        Ok(-0.5 * largest.ln())
    }),
};
