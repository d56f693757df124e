use std::fmt;

use archscale_text::{Refusal, did_you_mean};
use serde::{Deserialize, Serialize};

use crate::survey::CaseRule;
use crate::{CLAIMS, Case, ClaimError, Context, Effort, Finding, Hypothesis};

/// The outcome of all evidence on a claim.
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
    /// The hypotheses under which the sentence is meant: each decided on the network, or stated where it always holds.
    pub domain: &'static [Hypothesis],
    /// The quantity that is looked at.
    pub quantity: &'static str,
    /// The comparison that is made.
    pub check: &'static str,
    /// An outcome that would refute it.
    pub refuted_by: &'static str,
    /// A deliberately wrong version that the same check must reject.
    pub mutant: &'static str,
    /// The derivation.
    pub derivation: &'static str,
    /// Machine-checked theorems of proofs/coq/theorems.txt that carry the derivation.
    pub theorems: &'static [&'static str],
    /// The parts of the derivation that the theorems leave to prose, to simulation or to the reader.
    pub outside: &'static str,
    /// The verdict that the derivation predicts.
    pub expected: Verdict,
    /// The least effort at which it is judged; at lower ones a run lists it as skipped.
    pub least_effort: Effort,
    /// Judges it.
    pub judge: fn(&Context<'_>) -> Result<Finding, ClaimError>,
    /// The rule by which it is judged on one architecture, for a [`crate::survey`] of many; `None` where it trains networks
    /// of its own.
    pub case: Option<CaseRule>,
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
        CLAIMS.iter().find(|claim| claim.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
            let known: Vec<&str> = CLAIMS.iter().map(|claim| claim.id).collect();
            let mend = format!("expected one of {}{}", known.join(", "), did_you_mean(id, known.iter().copied()));
            Refusal::new(format!("claim '{id}'"), "unknown", mend).into()
        })
    }

    /// Its hypotheses in words.
    #[must_use]
    pub fn hypotheses(&self) -> String {
        let text = self.domain.iter().map(Hypothesis::sentence).collect::<Vec<_>>().join("; ");
        let mut signs = text.chars();
        signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
    }

    /// The first hypothesis that a case breaks, with what breaks it; `None` inside the claim's domain.
    #[must_use]
    pub fn broken_by(&self, case: &Case) -> Option<(&'static Hypothesis, String)> {
        self.domain.iter().find_map(|hypothesis| Some((hypothesis, hypothesis.broken_by(case)?)))
    }
}
