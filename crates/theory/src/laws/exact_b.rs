use archscale_model::Scaled;

use super::{Law, LawGap, LawInput, rate_of};

pub(crate) const LAW: Law = Law {
    id: "exact-B",
    formula: "min_v (B(v) / (E|z(v)|²/n))^(−1/2)",
    source: "Chen et al. 2024, equation 7; B from proofs/finite-width-law.md, or its limit",
    hypotheses: "Linear edges and ReLU at a width that is asked for; else the limit n → ∞. A, of order 1/n, is left out. Over images means over positions, many channels.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    rate_of(input.largest_relative_change()?, "B")
}
