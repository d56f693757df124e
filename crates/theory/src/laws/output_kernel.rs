use archscale_model::Scaled;
use num_traits::{One, Zero};

use super::{Law, LawGap, LawInput};

pub(crate) const LAW: Law = Law {
    id: "output-kernel",
    formula: "1 / (R + N), the output's tangent kernel with grown readouts",
    source: "proofs/learning-rate-laws.md",
    hypotheses: "Training stops where η exceeds 2 over the sharpness of a network whose readouts have grown along what they read. Every trained weight counts, the readouts too.",
    rate,
};

fn rate(input: &LawInput) -> Result<Scaled, LawGap> {
    let total = input.output_kernel()?.total();
    if total > Scaled::zero() { Ok(Scaled::one() / total) } else { Err(LawGap::Unbounded("the output's tangent kernel")) }
}
