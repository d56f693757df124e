use archscale_text::significant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::markdown::{estimate, percent};
use super::{ClaimResult, Results};
use crate::{ClaimError, Verdict};

/// The verdicts that are kept: written by the example `verdicts`, like the tables of README.md and docs/verdicts.md.
const KEPT: &str = include_str!("../../../../proofs/verdicts.json");

/// The verdict on a claim, what it rests on, and the evidence in one line, as a table shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptVerdict {
    /// The claim's id.
    pub claim: String,
    /// The verdict.
    #[schemars(with = "String")]
    pub verdict: Verdict,
    /// Its ground, in words: a run at some effort and seed, or measurements that are kept.
    pub rests_on: String,
    /// One comparison of the claim, in words.
    pub instance: String,
    /// The predicted value, or a dash.
    pub predicted: String,
    /// The independent value, with its standard error where it has one.
    pub found: String,
    /// Smallest relative error that every supporting simulation would have shown, or a dash.
    pub smallest_error: String,
}

impl KeptVerdict {
    /// The verdict on a claim of a run.
    #[must_use]
    pub fn from_run(claim: &ClaimResult, results: &Results) -> Self {
        let check = claim.finding.headline();
        Self {
            claim: claim.id.clone(),
            verdict: claim.verdict,
            rests_on: format!("in a run at effort {}, seed {}", results.effort, results.seed),
            instance: check.map_or_else(String::new, |check| check.what.clone()),
            predicted: check.and_then(|check| check.prediction).map_or_else(|| "—".into(), |value| significant(value, 5)),
            found: check.map_or_else(|| "—".into(), estimate),
            smallest_error: percent(claim.smallest_detectable()),
        }
    }

    /// The verdict that is kept on a claim.
    ///
    /// # Errors
    /// As [`kept_verdicts`].
    pub fn of(claim: &str) -> Result<Option<Self>, ClaimError> {
        Ok(kept_verdicts()?.into_iter().find(|kept| kept.claim == claim))
    }

    /// The verdict with what it rests on.
    ///
    /// ```
    /// use archscale_claims::KeptVerdict;
    /// let kept = KeptVerdict::of("nas-accuracy")?.ok_or("it is kept")?;
    /// assert!(kept.told().ends_with(": undecided"), "{}", kept.told());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn told(&self) -> String {
        format!("{}: {}", self.rests_on, self.verdict)
    }
}

/// The verdicts that this version of the program carries, one for each claim.
///
/// # Errors
/// When proofs/verdicts.json was not as it should be at the time of the build.
pub fn kept_verdicts() -> Result<Vec<KeptVerdict>, ClaimError> {
    Ok(serde_json::from_str(KEPT)?)
}
