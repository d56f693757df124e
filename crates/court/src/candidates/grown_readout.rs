use archscale_model::Scaled;

use super::*;
use crate::{Parameter, Predict};

pub(super) const LAW: Candidate = Candidate {
    id: "grown-readout",
    formula: "1 / (n R + y² N)",
    hypotheses: "output-kernel at width n: readouts have grown along what they read until outputs have size y, which training sets.",
    parameters: &[Parameter { name: "ln y²", low: 0.0, high: 10.0 }],
    predict: Predict::Formula(|features, theta| {
        let kernel = features.input().output_kernel()?;
        let (readout, hidden) = (Scaled::from(features.width() as f64), Scaled::from(theta[0].exp()));
        Ok(-(readout * kernel.readout + hidden * kernel.hidden).ln())
    }),
};
