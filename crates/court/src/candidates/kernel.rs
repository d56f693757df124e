use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "kernel",
    formula: "min_v √v / κ",
    hypotheses: "Motion of a neuron along its own readout weight alone: the limit of lazy training, η κ = O(1).",
    parameters: &[],
    predict: Predict::Formula(|features, _| Ok(-ln_kernel(features)?)),
};
