use archscale_model::Scaled;

use super::{Law, LawGap, LawInput, rate_of_ln};

pub(crate) const LAW: Law = Law {
    id: "code-depths",
    formula: "(Σ_p (L_p + 2)³)^(−1/2) · 3^(3/2)",
    source: "The published code: linear edges of the cell path plus 3, base depth 3",
    hypotheses: "As the paper, with every path two layers longer and the one-layer chain as base.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    let base = 1.5 * 3.0_f64.ln();
    rate_of_ln(input.paths().ln_shifted_cubes(2), "Σ_p (L_p + 2)³")
        .map(|rate| rate * Scaled::from(base.exp()) / Scaled::from(input.side()))
}
