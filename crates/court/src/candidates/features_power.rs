use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "features-power",
    formula: "exact-T^a · kernel^b · weighted-paths^c",
    hypotheses: "What a fit of three features in log space can reach.",
    parameters: &[
        Parameter { name: "a", low: -2.0, high: 2.0 },
        Parameter { name: "b", low: -2.0, high: 2.0 },
        Parameter { name: "c", low: -2.0, high: 2.0 },
    ],
    predict: Predict::Formula(|features, theta| {
        let leak = -0.5 * ln_cross(features)?;
        Ok(theta[0] * leak - theta[1] * ln_kernel(features)? - 0.5 * theta[2] * ln_weighted(features))
    }),
};
