//! One claim, or several, case by case over many architectures: results go to disk as they are found, a run that was stopped goes
//! on where it ended, and the parts of a run that was divided join to the same digest.

mod architectures;
pub(crate) mod cases;
mod file;

use archscale_stats::Outcome;
use serde::{Deserialize, Serialize};

use crate::{Check, Claim, ClaimError, Context};

pub use architectures::expand;
pub use archscale_maxlr::Part;
pub use file::{Header, Summary, SurveyFile, merge};

/// Judges one claim on one architecture.
pub type Judge = fn(&Context<'_>, &str) -> Result<Vec<Check>, ClaimError>;

/// What came of one claim on one architecture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// Number of the case, from 0: architectures in their order, for each the claims in theirs.
    pub case: u64,
    /// The claim's id.
    pub claim: String,
    /// The architecture as written.
    pub architecture: String,
    /// Whether the claim holds there: refuted if one check is, supported if all are; `None` outside the claim's domain.
    pub outcome: Option<Outcome>,
    /// Why there is no outcome.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outside: Option<String>,
    /// The evidence.
    pub checks: Vec<Check>,
}

/// Most checks of one case that the false-alarm budget is divided for.
const CHECKS: f64 = 64.0;

/// Probability that a run over any number of cases refutes one true prediction, at most.
const BUDGET: f64 = 1e-6;

/// False-alarm probability of each check of a run over this many cases.
#[must_use]
pub fn false_alarm(cases: u64) -> f64 {
    (BUDGET / (CHECKS * cases.max(1) as f64)).min(Context::FALSE_ALARM)
}

/// Judges every case of a file's run that is not in it yet.
///
/// A case whose architecture lies outside the claim's domain is recorded as such; an architecture that cannot be read stops the run.
///
/// # Errors
/// A claim that is not judged architecture by architecture, a file that cannot be written, a failed simulation.
pub fn survey(file: &mut SurveyFile, context: &Context<'_>) -> Result<(), ClaimError> {
    let header = file.header().clone();
    let judges = header.claims.iter().map(|id| judge_of(Claim::find(id)?)).collect::<Result<Vec<_>, _>>()?;
    let claims = header.claims.len() as u64;
    for case in (0..header.cases()).filter(|&case| header.shard.holds(case)) {
        if file.has(case) {
            continue;
        }
        // Both fit: they index lists in memory.
        let (claim, architecture) = ((case % claims) as usize, (case / claims) as usize);
        let architecture = &header.architectures[architecture];
        context.progress.whole("cases", file.len(), header.own_cases(), architecture);
        file.append(&judged(case, &header.claims[claim], judges[claim], architecture, context)?)?;
    }
    Ok(())
}

fn judge_of(claim: &Claim) -> Result<Judge, ClaimError> {
    claim.case.ok_or_else(|| {
        let with = crate::CLAIMS.iter().filter(|claim| claim.case.is_some()).map(|claim| claim.id);
        ClaimError::NoCases { claim: claim.id, expected: with.collect::<Vec<_>>().join(", ") }
    })
}

fn judged(
    case: u64,
    claim: &str,
    judge: Judge,
    architecture: &str,
    context: &Context<'_>,
) -> Result<CaseResult, ClaimError> {
    let result = |outcome, outside, checks| CaseResult {
        case,
        claim: claim.into(),
        architecture: architecture.into(),
        outcome,
        outside,
        checks,
    };
    let checks = match judge(context, architecture) {
        Ok(checks) => checks,
        Err(ClaimError::Theory(error)) => return Ok(result(None, Some(error.to_string()), Vec::new())),
        // No plan within the largest size: the tail is too heavy for a decision.
        Err(ClaimError::Stats(error)) => return Ok(result(Some(Outcome::Undecided), Some(error.to_string()), Vec::new())),
        Err(error) => return Err(error),
    };
    let any = |outcome| checks.iter().any(|check| check.outcome == outcome);
    let outcome = if any(Outcome::Refuted) {
        Outcome::Refuted
    } else if checks.is_empty() || any(Outcome::Undecided) {
        Outcome::Undecided
    } else {
        Outcome::Supported
    };
    Ok(result(Some(outcome), None, checks))
}
