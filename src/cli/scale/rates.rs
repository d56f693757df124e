//! Rates of every law, and what they say of each other.

use archscale_model::Scaled;
use archscale_theory::{LAWS, Law, LawInput, RECOMMENDED};
use serde::Serialize;

use super::super::domain::three;

#[derive(Debug, Serialize)]
pub(super) struct Rate {
    pub(super) law: &'static str,
    pub(super) recommended: bool,
    /// Null where the law gives none, or one beyond the range of double precision.
    pub(super) learning_rate: Option<f64>,
    /// Its decimal logarithm there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) learning_rate_log10: Option<f64>,
    /// The learning rate over that of the base.
    pub(super) ratio: Option<f64>,
    /// Hypotheses of the law, or why it gives no value here.
    pub(super) caveat: String,
    #[serde(skip)]
    pub(super) exact: Option<Scaled>,
}

impl Rate {
    fn none(law: &'static str, caveat: String) -> Self {
        Self { law, recommended: false, learning_rate: None, learning_rate_log10: None, ratio: None, caveat, exact: None }
    }

    fn of(law: &Law, input: &LawInput, base: &LawInput, tuned: f64) -> Self {
        match ((law.rate)(input), (law.rate)(base)) {
            (Ok(rate), Ok(of_base)) => {
                let ratio = rate / of_base;
                let exact = ratio * Scaled::from(tuned);
                Self {
                    learning_rate: exact.fit(),
                    learning_rate_log10: exact.fit().is_none().then(|| exact.log10()),
                    ratio: ratio.fit(),
                    exact: Some(exact),
                    ..Self::none(law.id, law.hypotheses.into())
                }
            }
            (Err(gap), _) => Self::none(law.id, gap.to_string()),
            (_, Err(gap)) => Self::none(law.id, format!("of the base: {gap}")),
        }
    }
}

/// Smallest factor to either side of a recommended rate within which to sweep.
const SWEEP: f64 = 3.0;

/// Factor between laws from which on they disagree.
const DISAGREEMENT: f64 = 3.0;

/// The rate of every law on a network, from the rate that was tuned on the base; the recommended ones first, those without
/// a value last.
pub(super) fn rates(input: &LawInput, base: &LawInput, tuned: f64) -> Vec<Rate> {
    let mut laws: Vec<Rate> = LAWS.iter().map(|law| Rate::of(law, input, base, tuned)).collect();
    laws.sort_by_key(|rate| (rate.exact.is_none(), preference(rate.law)));
    laws
}

/// Place of a law among the recommended ones; behind them all if it is none.
fn preference(id: &str) -> usize {
    RECOMMENDED.iter().position(|&preferred| preferred == id).unwrap_or(RECOMMENDED.len())
}

/// From the smallest to the largest rate of the laws that are recommended in turn, and a factor of [`SWEEP`] around the first.
pub(super) fn sweep(rate: Scaled, laws: &[Rate]) -> Option<[f64; 2]> {
    let in_turn = laws.iter().filter(|law| RECOMMENDED.contains(&law.law)).filter_map(|law| law.exact);
    let (mut low, mut high) = (rate / Scaled::from(SWEEP), rate * Scaled::from(SWEEP));
    for other in in_turn {
        low = if other < low { other } else { low };
        high = high.max(other);
    }
    Some([low.fit()?, high.fit()?])
}

/// Recommended laws that come before the first one with a value.
pub(super) fn skipped_laws(laws: &[Rate]) -> Option<String> {
    let first = laws.first().filter(|first| first.exact.is_some())?;
    let before: Vec<&str> = RECOMMENDED.iter().copied().take_while(|&id| id != first.law).collect();
    let why = |id: &&str| laws.iter().find(|rate| rate.law == *id).map_or("", |rate| rate.caveat.as_str());
    (!before.is_empty()).then(|| {
        let skipped: Vec<String> = before.iter().map(|id| format!("{id} gives no rate here ({})", why(id))).collect();
        format!("{}, so {} stands in its place", skipped.join(", "), first.law)
    })
}

/// The two laws that are furthest apart, where that is far.
pub(super) fn disagreement(laws: &[Rate]) -> Option<String> {
    let known: Vec<(&str, Scaled)> = laws.iter().filter_map(|rate| Some((rate.law, rate.exact?))).collect();
    let mut low = *known.first()?;
    let mut high = low;
    for &at in &known {
        low = if at.1 < low.1 { at } else { low };
        high = if at.1 > high.1 { at } else { high };
    }
    let apart = high.1 > low.1 * Scaled::from(DISAGREEMENT);
    apart.then(|| {
        format!(
            "the laws disagree by more than a factor of {DISAGREEMENT}: {} says {}, {} says {}",
            low.0,
            three(low.1),
            high.0,
            three(high.1)
        )
    })
}
