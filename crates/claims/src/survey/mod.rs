//! One claim, or several, case by case over many architectures: results go to disk as they are found, a run that was stopped
//! goes on where it ended, and the parts of a run that was divided join to the same digest.

mod architectures;
mod file;
mod header;
mod summary;

use archscale_model::{Activation, InitRule, Lowering, Network};
use archscale_sim::SimError;
use archscale_stats::Outcome;
use archscale_text::Refusal;
use archscale_theory::TheoryError;
use serde::{Deserialize, Serialize};

use crate::{CLAIMS, Case, Check, Claim, ClaimError, Context};

pub use architectures::expand;
pub use archscale_records::Part;
pub use file::{SurveyFile, merge};
pub use header::Header;
pub use summary::Summary;

/// How a claim is judged on one architecture.
#[derive(Debug, Clone, Copy)]
pub struct CaseRule {
    /// Initialisation rule of its networks.
    pub init: InitRule,
    /// Their activation.
    pub activation: Activation,
    /// Width at which a network is simulated; `None` where only closed forms are compared.
    pub width: Option<fn(&Network) -> usize>,
    /// Judges the claim on a case that keeps its hypotheses.
    pub judge: fn(&Context<'_>, &Case) -> Result<Vec<Check>, ClaimError>,
}

impl CaseRule {
    /// A rule of closed forms with ReLU.
    pub(crate) const fn closed(init: InitRule, judge: fn(&Context<'_>, &Case) -> Result<Vec<Check>, ClaimError>) -> Self {
        Self { init, activation: Activation::RELU, width: None, judge }
    }

    /// A rule that simulates networks with ReLU.
    pub(crate) const fn simulated(
        init: InitRule,
        width: fn(&Network) -> usize,
        judge: fn(&Context<'_>, &Case) -> Result<Vec<Check>, ClaimError>,
    ) -> Self {
        Self { width: Some(width), ..Self::closed(init, judge) }
    }

    /// The architecture as this rule judges it.
    ///
    /// # Errors
    /// A text that is no architecture.
    pub fn case(&self, architecture: &str) -> Result<Case, ClaimError> {
        let how = Lowering::new(self.init).with_activation(self.activation);
        let network = Network::parse(architecture)?;
        let width = self.width.map(|width| width(&network));
        Ok(Case { network, how, width })
    }
}

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
    /// What puts it outside, or keeps it undecided.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outside: Option<String>,
    /// The hypothesis that it breaks; absent where it breaks none and no closed form covers it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hypothesis: Option<String>,
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

/// How a claim is judged on one architecture.
///
/// # Errors
/// A claim on trained networks, which are its own; the message lists the claims that are judged on any.
///
/// ```
/// use archscale_claims::{Claim, survey};
/// assert!(survey::rule_of(Claim::find("dag-paths")?).is_ok());
/// let refused = survey::rule_of(Claim::find("maxlr-depth")?).map(|_| ()).map_err(|error| error.to_string());
/// assert!(refused.is_err_and(|message| message.contains("trains") && message.contains("dag-paths")));
/// # Ok::<(), archscale_claims::ClaimError>(())
/// ```
pub fn rule_of(claim: &Claim) -> Result<CaseRule, ClaimError> {
    claim.case.ok_or_else(|| {
        let with = CLAIMS.iter().filter(|claim| claim.case.is_some()).map(|claim| claim.id);
        let mend = format!("no --arch is judged for it, but for {}", with.collect::<Vec<_>>().join(", "));
        Refusal::new(format!("claim '{}'", claim.id), "one that trains networks of its own", mend).into()
    })
}

/// Judges every case of a file's run that is not in it yet.
///
/// A case that breaks one of the claim's hypotheses is recorded as outside its domain; an architecture that cannot be read
/// stops the run. A file in which nothing was judged is removed when the run fails.
///
/// # Errors
/// A claim that is not judged architecture by architecture, a file that cannot be written, a failed simulation.
pub fn survey(file: &mut SurveyFile, context: &Context<'_>) -> Result<(), ClaimError> {
    let outcome = judge_missing(file, context);
    if outcome.is_err() && file.is_empty() {
        file.remove();
    }
    outcome
}

fn judge_missing(file: &mut SurveyFile, context: &Context<'_>) -> Result<(), ClaimError> {
    let header = file.header().clone();
    let claims = header.claims.iter().map(|id| Claim::find(id)).collect::<Result<Vec<_>, _>>()?;
    for case in (0..header.cases()).filter(|&case| header.shard.holds(case)) {
        if file.has(case) {
            continue;
        }
        // Both fit: they index lists in memory.
        let count = claims.len() as u64;
        let (claim, architecture) = (claims[(case % count) as usize], &header.architectures[(case / count) as usize]);
        context.progress.whole("cases", file.len(), header.own_cases(), architecture);
        file.append(&judged(case, claim, architecture, context)?)?;
    }
    Ok(())
}

pub(crate) fn judged(
    number: u64,
    claim: &Claim,
    architecture: &str,
    context: &Context<'_>,
) -> Result<CaseResult, ClaimError> {
    let rule = rule_of(claim)?;
    let case = rule.case(architecture)?;
    let result = |outcome, outside, hypothesis, checks| CaseResult {
        case: number,
        claim: claim.id.into(),
        architecture: architecture.into(),
        outcome,
        outside,
        hypothesis,
        checks,
    };
    if let Some((hypothesis, found)) = claim.broken_by(&case) {
        return Ok(result(None, Some(found), Some(hypothesis.sentence().into()), Vec::new()));
    }
    let checks = match (rule.judge)(context, &case) {
        Ok(checks) => checks,
        // Inside the domain, but beyond what is computed, or with a tail too heavy for a plan within the largest size.
        Err(
            error @ (ClaimError::Stats(_)
            | ClaimError::Sim(SimError::Memory { .. })
            | ClaimError::Theory(TheoryError::TooLarge { .. } | TheoryError::Inaccurate { .. })),
        ) => return Ok(result(Some(Outcome::Undecided), Some(error.to_string()), None, Vec::new())),
        Err(error @ (ClaimError::Theory(_) | ClaimError::Model(_))) => {
            return Ok(result(None, Some(error.to_string()), None, Vec::new()));
        }
        Err(error) => return Err(error),
    };
    Ok(result(Some(outcome(&checks)), None, None, checks))
}

/// Refuted if one check is, supported if all are.
pub(crate) fn outcome(checks: &[Check]) -> Outcome {
    let any = |outcome| checks.iter().any(|check| check.outcome == outcome);
    if any(Outcome::Refuted) {
        Outcome::Refuted
    } else if checks.is_empty() || any(Outcome::Undecided) {
        Outcome::Undecided
    } else {
        Outcome::Supported
    }
}
