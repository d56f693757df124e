use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "output-quadrature",
    formula: "(R² + N²)^(−1/2)",
    hypotheses: "output-kernel where the two parts have top directions of their own, so that the larger one decides.",
    parameters: &[],
    predict: Predict::Formula(|features, _| {
        let kernel = features.input().output_kernel()?;
        Ok(-0.5 * (kernel.readout * kernel.readout + kernel.hidden * kernel.hidden).ln())
    }),
};
