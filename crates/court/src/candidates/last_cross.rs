use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "last-T",
    formula: "(T(N) / v(N))^(−1/2), N the last hidden vertex",
    hypotheses: "As exact-T without the largest over vertices: only the vertex before the readout counts.",
    parameters: &[],
    predict: Predict::Formula(|features, _| {
        let last = features.last()?;
        Ok(-0.5 * (features.cross(last)? / last.second_moment).ln())
    }),
};
