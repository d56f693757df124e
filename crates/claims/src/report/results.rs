use archscale_stats::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{KeptVerdict, RunFolder};
use crate::{Claim, ClaimError, Context, Effort, Finding, Method, Verdict};

/// Version of the layout of results.json; raised when a field changes meaning or goes.
pub const SCHEMA_VERSION: u32 = 2;

/// One claim with its verdict and all evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimResult {
    /// The claim's id.
    pub id: String,
    /// The sentence.
    pub statement: String,
    /// Paper and equations.
    pub source: String,
    /// The hypotheses under which the sentence is meant.
    pub hypotheses: String,
    /// The derivation.
    pub derivation: String,
    /// Machine-checked theorems that carry it.
    pub theorems: Vec<String>,
    /// The parts of the derivation that the theorems leave open.
    pub outside: String,
    /// The verdict that the derivation predicts.
    #[schemars(with = "String")]
    pub expected: Verdict,
    /// The verdict of this run.
    #[schemars(with = "String")]
    pub verdict: Verdict,
    /// The command that makes every estimate of this claim.
    pub command: String,
    /// The evidence.
    pub finding: Finding,
}

/// A claim that a run did not judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// The claim's id.
    pub id: String,
    /// The sentence.
    pub statement: String,
    /// Paper and equations.
    pub source: String,
    /// The derivation.
    pub derivation: String,
    /// The verdict that the derivation predicts.
    #[schemars(with = "String")]
    pub expected: Verdict,
    /// The reason why it was not judged.
    pub reason: String,
    /// The verdict that is kept of it, and what that rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptVerdict>,
    /// The command that judges it.
    pub command: String,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Version of the program.
    pub program_version: String,
    /// Commit that the program was built from, `-dirty` if its sources differed from it; not part of the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program_commit: Option<String>,
    /// Effort of the run.
    pub effort: String,
    /// Seed of the run.
    pub seed: u64,
    /// Device of the tensors.
    pub device: String,
    /// Precision of the tensors.
    pub precision: String,
    /// Every claim that was judged.
    pub claims: Vec<ClaimResult>,
    /// Every claim that was asked for and needs a greater effort.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Union bound on the probability that this run refutes a true prediction anywhere.
    pub false_alarm: f64,
    /// SHA-256 of the canonical JSON of all other fields but the commit: keys sorted, no white space, shortest round-trip
    /// numbers.
    pub digest: String,
}

/// Union bound over the simulated and trained checks of these claims; that of trained ones is the nominal level of a
/// bootstrap.
#[must_use]
pub fn false_alarm_of_run(claims: &[ClaimResult]) -> f64 {
    claims.iter().flat_map(|claim| claim.finding.checks.iter().chain(&claim.finding.corrected)).map(|c| c.false_alarm).sum()
}

/// Judges these claims one after the other, and lists those that need a greater effort than the context's as skipped.
///
/// # Errors
/// The first failure of a closed form, a simulation or a training.
pub fn run_claims(claims: &[&Claim], context: &Context<'_>) -> Result<Results, ClaimError> {
    run(claims, context, None)
}

/// The same, each finding being written down in the run's folder as it is made, and taken from there where it is already.
///
/// # Errors
/// As [`run_claims`]; a folder that cannot be written.
pub fn run_claims_in(folder: &mut RunFolder, claims: &[&Claim], context: &Context<'_>) -> Result<Results, ClaimError> {
    run(claims, context, Some(folder))
}

fn run(claims: &[&Claim], context: &Context<'_>, mut folder: Option<&mut RunFolder>) -> Result<Results, ClaimError> {
    let (mut list, mut skipped) = (Vec::new(), Vec::new());
    let judged = claims.iter().filter(|claim| context.effort >= claim.least_effort).count();
    for claim in claims {
        if context.effort < claim.least_effort {
            skipped.push(Skipped::new(claim, context)?);
            continue;
        }
        context.progress.whole("claims", list.len() as u64, judged as u64, claim.id);
        let finding = match folder.as_ref().and_then(|folder| folder.finding(claim.id)) {
            Some(finding) => finding.clone(),
            None => {
                let finding = (claim.judge)(context)?;
                if let Some(folder) = &mut folder {
                    folder.keep(claim.id, &finding)?;
                }
                finding
            }
        };
        list.push(ClaimResult {
            id: claim.id.into(),
            statement: claim.statement.into(),
            source: claim.source.into(),
            hypotheses: claim.hypotheses(),
            derivation: claim.derivation.into(),
            theorems: claim.theorems.iter().map(ToString::to_string).collect(),
            outside: claim.outside.into(),
            expected: claim.expected,
            verdict: finding.verdict(),
            command: command(claim, context.effort, context.seed),
            finding,
        });
    }
    let false_alarm = false_alarm_of_run(&list);
    let mut results = Results {
        schema_version: SCHEMA_VERSION,
        program_version: env!("CARGO_PKG_VERSION").into(),
        // Known to whoever builds the program.
        program_commit: None,
        effort: context.effort.name().into(),
        seed: context.seed,
        device: context.device.to_string(),
        precision: context.precision.to_string(),
        claims: list,
        skipped,
        false_alarm,
        digest: String::new(),
    };
    results.digest = results.computed_digest()?;
    Ok(results)
}

fn command(claim: &Claim, effort: Effort, seed: u64) -> String {
    format!("archscale verify --claim {} --effort {} --seed {seed}", claim.id, effort.name())
}

impl Skipped {
    fn new(claim: &Claim, context: &Context<'_>) -> Result<Self, ClaimError> {
        let least = claim.least_effort;
        Ok(Self {
            id: claim.id.into(),
            statement: claim.statement.into(),
            source: claim.source.into(),
            derivation: claim.derivation.into(),
            expected: claim.expected,
            reason: format!("judged at effort {} only: it takes minutes of training", least.name()),
            kept: KeptVerdict::of(claim.id)?,
            command: command(claim, least, context.seed),
        })
    }

    /// A sentence that it was not run, with the verdict that is kept.
    #[must_use]
    pub fn told(&self) -> String {
        let kept = self.kept.as_ref().map_or_else(String::new, |kept| format!("; {}", kept.told()));
        format!("not run here{kept} (expected: {})", self.expected)
    }
}

impl Results {
    /// The digest that the other fields have.
    ///
    /// # Errors
    /// When a field cannot be written as JSON.
    pub fn computed_digest(&self) -> Result<String, ClaimError> {
        let mut value = serde_json::to_value(self)?;
        if let Some(fields) = value.as_object_mut() {
            fields.remove("digest");
            // The same numbers, whoever built the program.
            fields.remove("program_commit");
        }
        // serde_json keeps the keys of a Value sorted, so this text depends on nothing but the values.
        let digest = Sha256::digest(serde_json::to_string(&value)?.as_bytes());
        Ok(archscale_text::hex(&digest))
    }

    /// The part of the false-alarm bound that is a bootstrap's nominal level, where rates were measured by training.
    #[must_use]
    pub fn nominal_false_alarm(&self) -> Option<f64> {
        let checks = self.claims.iter().flat_map(|claim| claim.finding.checks.iter().chain(&claim.finding.corrected));
        let trained: Vec<f64> =
            checks.filter(|check| check.method == Method::Training).map(|check| check.false_alarm).collect();
        (!trained.is_empty()).then(|| trained.iter().sum())
    }

    /// Whether every definite verdict is the expected one.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        self.claims.iter().all(|claim| claim.verdict == claim.expected || claim.verdict == Verdict::Undecided)
    }

    /// Whether some claim stayed undecided.
    #[must_use]
    pub fn any_undecided(&self) -> bool {
        self.claims.iter().any(|claim| claim.verdict == Verdict::Undecided)
    }
}

impl ClaimResult {
    /// Networks simulated for this claim's checks, counting each run once.
    #[must_use]
    pub fn networks(&self) -> u64 {
        let mut runs: Vec<u64> = self
            .finding
            .checks
            .iter()
            .chain(&self.finding.corrected)
            .filter(|check| check.method == Method::Simulation)
            .filter_map(|check| check.samples)
            .collect();
        runs.sort_unstable();
        runs.dedup();
        runs.iter().sum()
    }

    /// Smallest relative error that every simulated check of this claim would have caught.
    #[must_use]
    pub fn smallest_detectable(&self) -> Option<f64> {
        self.finding
            .checks
            .iter()
            .chain(&self.finding.corrected)
            .filter(|check| check.method == Method::Simulation && check.outcome == Outcome::Supported)
            .filter_map(|check| check.smallest_detectable)
            .reduce(f64::max)
    }
}
