use archscale_model::Scaled;
use num_traits::Zero;

use super::{Law, LawGap, LawInput, rate_of};

pub(crate) const LAW: Law = Law {
    id: "exact-T",
    formula: "min_v (T(v) / (E|z(v)|²/n))^(−1/2)",
    source: "proofs/learning-rate-laws.md",
    hypotheses: "As exact-B, in the limit n → ∞, with only the change that leaks from other neurons; no bound at depth 1.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    let leaks = input.leaks()?;
    let relative = leaks.iter().zip(input.limit()?).map(|(leak, at)| *leak / at.second_moment);
    rate_of(relative.fold(Scaled::zero(), Scaled::max), "T")
}
