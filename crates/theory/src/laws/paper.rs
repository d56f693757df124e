use archscale_model::Scaled;

use super::{Law, LawGap, LawInput, rate_of_ln};

pub(crate) const LAW: Law = Law {
    id: "paper",
    formula: "(Σ_p L_p³)^(−1/2)",
    source: "Chen et al. 2024, equation 8",
    hypotheses: "Proved on chains as n → ∞; stated for every DAG. See proofs/dag-paths.md for where it fails. Over images divided by q, read as taps.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    rate_of_ln(input.paths().ln_shifted_cubes(0), "Σ_p L_p³").map(|rate| rate / Scaled::from(input.taps()))
}
