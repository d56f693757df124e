use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "weighted-taps-power",
    formula: "(Σ_p w_p L_p³ / Σ_p w_p)^(−1/2) q^(−a)",
    hypotheses: "The exponent of the taps left open: a = 1 is weighted-paths, exact on a torus; zero padding and few channels bend it, also below 0.",
    parameters: &[Parameter { name: "a", low: -2.0, high: 2.0 }],
    predict: Predict::Formula(|features, theta| Ok(-0.5 * ln_paths(features) - theta[0] * ln_taps(features))),
};
