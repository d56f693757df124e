use archscale_model::Scaled;

use super::{Law, LawGap, LawInput, rate_of_ln};

pub(crate) const LAW: Law = Law {
    id: "shortest-path",
    formula: "(min_p L_p)^(−3/2)",
    source: "Wu et al. 2026 (arXiv 2602.07494)",
    hypotheses: "Weights normalised so that one typical path carries the signal.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    rate_of_ln(3.0 * (input.paths().shortest() as f64).ln(), "the shortest path")
        .map(|rate| rate / Scaled::from(input.taps()))
}
