use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CLAIMS, ClaimError, Context, Effort, Finding};

/// What the evidence says of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every check agrees and would have shown an error of its margin.
    Supported,
    /// A check contradicts it.
    Refuted,
    /// Neither, within the budget.
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
        })
    }
}

/// One sentence of the theory, and how it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Its name on the command line, in files and in proofs/.
    pub id: &'static str,
    /// The sentence.
    pub statement: &'static str,
    /// Paper and equations.
    pub source: &'static str,
    /// What must hold for the sentence to be meant.
    pub hypotheses: &'static str,
    /// The quantity that is looked at.
    pub quantity: &'static str,
    /// What is done.
    pub check: &'static str,
    /// What would refute it.
    pub refuted_by: &'static str,
    /// A deliberately wrong version that the same check must reject.
    pub twin: &'static str,
    /// The derivation.
    pub derivation: &'static str,
    /// Machine-checked theorems of proofs/coq/theorems.txt that carry the derivation.
    pub theorems: &'static [&'static str],
    /// What the theorems leave to prose, to simulation or to the reader.
    pub outside: &'static str,
    /// The verdict that the derivation predicts.
    pub expected: Verdict,
    /// The least effort at which it is judged; at lower ones a run lists it as skipped.
    pub least_effort: Effort,
    /// Judges it.
    pub judge: fn(&Context<'_>) -> Result<Finding, ClaimError>,
    /// Judges it on one architecture, for a [`crate::survey`] of many.
    pub case: Option<crate::survey::Judge>,
}

impl Claim {
    /// The claim of this id.
    ///
    /// # Errors
    /// When none is registered under it; the message lists those that are.
    ///
    /// ```
    /// use archscale_claims::{Claim, Verdict};
    /// assert_eq!(Claim::find("init-source")?.expected, Verdict::Refuted);
    /// assert!(Claim::find("init-sauce").is_err());
    /// # Ok::<(), archscale_claims::ClaimError>(())
    /// ```
    pub fn find(id: &str) -> Result<&'static Self, ClaimError> {
        CLAIMS.iter().find(|claim| claim.id.eq_ignore_ascii_case(id)).ok_or_else(|| ClaimError::Unknown {
            found: id.into(),
            expected: CLAIMS.iter().map(|claim| claim.id).collect::<Vec<_>>().join(", "),
        })
    }
}
