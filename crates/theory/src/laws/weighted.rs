use archscale_model::Scaled;

use super::{Law, LawGap, LawInput, rate_of};

pub(crate) const LAW: Law = Law {
    id: "weighted-paths",
    formula: "(Σ_p w_p L_p³ / Σ_p w_p)^(−1/2), w_p = Π_{e∈p} C_e/2",
    source: "proofs/learning-rate-laws.md",
    hypotheses: "A mean of L_p³ over random walks back from the output; equals the paper's law on chains. Over images divided by the taps.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    let mean = input.paths().weighted_sum_cubed() / input.paths().total_weight();
    rate_of(mean, "Σ_p w_p L_p³").map(|rate| rate / Scaled::from(input.taps()))
}
