use std::collections::BTreeMap;

use archscale_stats::Outcome;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Header;
use super::file::Results;

/// In place of a hypothesis, where all hold and no closed form covers the architecture.
const NO_LAW: &str = "none, but no closed form covers it";

/// How many cases came out how, and the digest of them all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Cases of the run.
    pub cases: u64,
    /// Those in which every check agrees.
    pub supported: u64,
    /// Those in which one check contradicts the claim.
    pub refuted: u64,
    /// Those without a decision.
    pub undecided: u64,
    /// Those outside the claim's domain.
    pub outside: u64,
    /// How many of them by which hypothesis, the first that breaks.
    pub outside_by: BTreeMap<String, u64>,
    /// SHA-256 of the header without its part and of every result in order; `None` until the run is whole.
    pub digest: Option<String>,
}

impl Summary {
    pub(super) fn new(header: &Header, results: &Results) -> Result<Self, serde_json::Error> {
        let count =
            |outcome: Option<Outcome>| results.values().filter(|(_, result)| result.outcome == outcome).count() as u64;
        let mut outside_by = BTreeMap::new();
        for (_, result) in results.values().filter(|(_, result)| result.outcome.is_none()) {
            let hypothesis = result.hypothesis.clone().unwrap_or_else(|| NO_LAW.into());
            *outside_by.entry(hypothesis).or_default() += 1;
        }
        Ok(Self {
            cases: results.len() as u64,
            supported: count(Some(Outcome::Supported)),
            refuted: count(Some(Outcome::Refuted)),
            undecided: count(Some(Outcome::Undecided)),
            outside: count(None),
            outside_by,
            digest: if results.len() as u64 == header.cases() { Some(digest(header, results)?) } else { None },
        })
    }
}

/// Of the lines as they were written: a number that is read may differ in its last digit.
fn digest(header: &Header, results: &Results) -> Result<String, serde_json::Error> {
    let mut hash = Sha256::new();
    hash.update(serde_json::to_string(&header.whole())?);
    for (line, _) in results.values() {
        hash.update(line);
    }
    Ok(archscale_text::hex(&hash.finalize()))
}
