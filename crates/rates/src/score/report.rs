use archscale_theory::RECOMMENDED;
use serde::Serialize;

use crate::{Ceiling, Distinction, Estimate, HeldOut, LawComparison, OneRate, Score, ScoreSettings, Transfer};

/// What was found, for every group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreReport {
    /// Settings of the scores.
    pub settings: ScoreSettings,
    /// One entry for each group, in the order in which the measurements first name it.
    pub groups: Vec<GroupReport>,
}

/// What was found in one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupReport {
    /// Its name.
    pub name: String,
    /// Number of measured networks.
    pub networks: usize,
    /// Number of different architectures (graphs) among them.
    pub architectures: usize,
    /// Fewest and most seeds of a network.
    pub seeds: (usize, usize),
    /// The base.
    pub base: Base,
    /// What a perfect law would score on all its networks; none without repeated seeds.
    pub ceiling: Option<Ceiling>,
    /// What one rate for all its networks would score; none with fewer than three architectures.
    pub one_rate: Option<OneRate>,
    /// Whether the measurements tell the recommended law from one rate for all; none where no law could be scored.
    pub distinction: Option<Distinction>,
    /// One entry for each law, in the order given.
    pub laws: Vec<LawReport>,
    /// The law with the smallest held-out root mean square among those that predict a rate for most networks.
    pub leader: Option<String>,
    /// The leader against every other law.
    pub comparisons: Vec<LeaderComparison>,
}

impl GroupReport {
    /// The laws that a reader wants first: the recommended one, the paper's, exact-B, and so many others of smallest
    /// held-out root mean square among those that predict a rate for most networks.
    #[must_use]
    pub fn shortlist(&self, closest: usize) -> Vec<&LawReport> {
        let named = ["paper", "exact-B"].map(|id| self.laws.iter().find(|one| one.law == id && one.score.is_some()));
        let mut list: Vec<&LawReport> = Vec::new();
        for one in recommended(&self.laws).into_iter().chain(named.into_iter().flatten()) {
            if !list.contains(&one) {
                list.push(one);
            }
        }
        let rms = |one: &LawReport| one.held_out.as_ref().map_or(f64::INFINITY, |found| found.rms.value);
        let mut others: Vec<&LawReport> =
            self.laws.iter().filter(|one| one.held_out.is_some() && one.score.is_some() && !list.contains(one)).collect();
        others.sort_by(|a, b| a.missing.len().cmp(&b.missing.len()).then(rms(a).total_cmp(&rms(b))));
        list.extend(others.into_iter().take(closest));
        list
    }
}

/// The first recommended law that predicts a rate for every network; none where a score is missing.
pub(crate) fn recommended(laws: &[LawReport]) -> Option<&LawReport> {
    let scored = |id: &&str| laws.iter().find(|one| one.law == **id && one.score.is_some() && one.missing.is_empty());
    RECOMMENDED.iter().find_map(scored)
}

/// The networks from which laws take their constant when none is fitted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Base {
    /// Their architectures.
    pub architectures: Vec<String>,
    /// Whether the measurements say so; else it is the smallest network (fewest edges, then shortest longest path).
    pub declared: bool,
    /// Standard error of their mean log-rate between seeds: what it adds to every deviation; none for one seed.
    pub standard_error: Option<f64>,
}

/// What was found about one law in one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LawReport {
    /// The law.
    pub law: String,
    /// Its formula.
    pub formula: String,
    /// What must hold for it to be meant, or why it is tried.
    pub hypotheses: String,
    /// Names of its fitted parameters, without the constant.
    pub parameters: Vec<String>,
    /// Networks for which it predicts no rate.
    pub missing: Vec<Missing>,
    /// Its score on the networks for which it predicts a rate.
    pub score: Option<Score>,
    /// Its root mean square minus that of one rate for all, on the same networks with constants fitted.
    pub against_one_rate: Option<Estimate>,
    /// On networks that were left out of the fit.
    pub held_out: Option<HeldOut>,
    /// From small networks to large.
    pub transfer: Option<Transfer>,
    /// Why one of the three is absent.
    pub reasons: Vec<String>,
}

/// A network for which a law predicts no rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its architecture.
    pub architecture: String,
    /// Why.
    pub reason: String,
}

/// The leader of a group against another law.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeaderComparison {
    /// On the networks for which both predict a rate.
    pub scores: LawComparison,
    /// Held-out root mean square of the leader minus that of the other; none unless both predict the same networks.
    pub held_out: Option<Estimate>,
}
