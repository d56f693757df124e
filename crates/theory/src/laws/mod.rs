//! Learning-rate laws: interchangeable predictions of the largest usable learning rate, each up to a constant.
//!
//! A new law is one file with a [`Law`] constant and one line in [`LAWS`].

mod code_depths;
mod exact_b;
mod exact_t;
mod input;
mod longest;
mod output_kernel;
mod paper;
mod shortest;
mod weighted;
mod weighted_sum;

pub use input::LawInput;

use archscale_model::{Scaled, did_you_mean};
use archscale_text::Refusal;

use crate::TheoryError;

/// A prediction of the largest usable learning rate, up to a constant that the law leaves open.
#[derive(Debug, Clone, Copy)]
pub struct Law {
    /// Name on the command line and in reports.
    pub id: &'static str,
    /// The formula, in plain text.
    pub formula: &'static str,
    /// Equation and paper, or our derivation.
    pub source: &'static str,
    /// The hypotheses under which the law is meant.
    pub hypotheses: &'static str,
    /// The learning rate, or why the law gives none here.
    pub rate: fn(&LawInput) -> Result<Scaled, LawGap>,
}

/// The reason why a law gives no learning rate on an architecture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LawGap {
    /// The quantity that the law divides by is zero, so it sets no bound.
    #[error("{0} is zero here, so the law sets no bound")]
    Unbounded(&'static str),
    /// A quantity that the law needs is not available.
    #[error("{0}")]
    Unavailable(TheoryError),
}

/// Every law, in the order of reports.
pub const LAWS: &[Law] = &[
    paper::LAW,
    code_depths::LAW,
    weighted::LAW,
    weighted_sum::LAW,
    exact_b::LAW,
    exact_t::LAW,
    shortest::LAW,
    longest::LAW,
    output_kernel::LAW,
];

/// Laws in the order in which they are recommended for training, where they give a value; the rest follow.
///
/// output-kernel stands first because it predicts trained maximal learning rates better than every other law without fitted
/// parameters on DAGs after one pass, also on DAGs that were drawn after it was chosen; after three passes weighted-paths
/// does. By the loss at the last weights it keeps the order of DAGs but says two to three times too much of how far ln η
/// falls, and one rate for all DAGs does better. None has been tried beyond small networks (proofs/trained-rates.md).
pub const RECOMMENDED: &[&str] = &["output-kernel", "weighted-paths", "weighted-sum", "exact-T"];

impl Law {
    /// The law of this name.
    ///
    /// # Errors
    /// When none is registered under it; the message lists those that are.
    ///
    /// ```
    /// use archscale_theory::Law;
    /// assert_eq!(Law::find("paper")?.formula, "(Σ_p L_p³)^(−1/2)");
    /// assert!(Law::find("papr").is_err());
    /// # Ok::<(), archscale_theory::TheoryError>(())
    /// ```
    pub fn find(id: &str) -> Result<&'static Self, TheoryError> {
        LAWS.iter().find(|law| law.id == id).ok_or_else(|| {
            let known: Vec<&str> = LAWS.iter().map(|law| law.id).collect();
            let mend = format!("expected one of {}{}", known.join(", "), did_you_mean(id, known.iter().copied()));
            Refusal::new(format!("law '{id}'"), "unknown", mend).into()
        })
    }
}

/// x^(−½), the learning rate at which a mean squared change of x per unit η² becomes 1.
fn rate_of(square: Scaled, what: &'static str) -> Result<Scaled, LawGap> {
    rate_of_ln(square.ln(), what)
}

/// exp(−½ x), the same for a mean squared change of e^x.
fn rate_of_ln(ln_square: f64, what: &'static str) -> Result<Scaled, LawGap> {
    if ln_square == f64::NEG_INFINITY {
        return Err(LawGap::Unbounded(what));
    }
    Ok(Scaled::exp(-0.5 * ln_square))
}
