use archscale_model::Scaled;

use super::{Law, LawGap, LawInput, rate_of_ln};

pub(crate) const LAW: Law = Law {
    id: "longest-path",
    formula: "(max_p L_p)^(−3/2)",
    source: "The depth law of Jelassi et al. 2023 applied to the longest path",
    hypotheses: "A baseline: the DAG behaves as its deepest chain.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    rate_of_ln(3.0 * (input.paths().longest() as f64).ln(), "the longest path").map(|rate| rate / Scaled::from(input.taps()))
}
