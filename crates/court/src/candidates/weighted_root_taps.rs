use super::*;
use crate::Predict;

pub(super) const LAW: Candidate = Candidate {
    id: "weighted-root-taps",
    formula: "(q Σ_p w_p L_p³ / Σ_p w_p)^(−1/2), q the taps of a kernel",
    hypotheses: "As paper-kernel-size with the mean over paths: the rate falls by the root of the taps.",
    parameters: &[],
    predict: Predict::Formula(|features, _| Ok(-0.5 * (ln_paths(features) + ln_taps(features)))),
};
