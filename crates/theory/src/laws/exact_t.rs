use super::{Law, LawGap, LawInput, rate_of_ln};

pub(crate) const LAW: Law = Law {
    id: "exact-T",
    formula: "min_v (T(v) / (E|z(v)|²/n))^(−1/2)",
    source: "proofs/learning-rate-laws.md",
    hypotheses: "As exact-B, in the limit n → ∞, with only the change that leaks from other neurons; no bound at depth 1.",
    rate,
};

fn rate(input: &LawInput) -> Result<f64, LawGap> {
    let largest = input.limit()?.iter().map(|at| at.cross / at.second_moment).fold(0.0, f64::max);
    rate_of_ln(largest.ln(), "T")
}
