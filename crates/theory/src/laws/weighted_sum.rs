use archscale_model::Scaled;

use super::{Law, LawGap, LawInput, rate_of};

pub(crate) const LAW: Law = Law {
    id: "weighted-sum",
    formula: "(Σ_p w_p L_p³)^(−1/2), w_p = Π_{e∈p} C_e/2",
    source: "proofs/learning-rate-laws.md",
    hypotheses: "As weighted-paths without the division: the same under target init, where Σ_p w_p = 1 unless there are skips.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    rate_of(input.paths().weighted_sum_cubed(), "Σ_p w_p L_p³").map(|rate| rate / Scaled::from(input.taps()))
}
