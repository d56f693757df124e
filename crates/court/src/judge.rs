//! Every candidate on every group: the work of a report.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::report::{Contest, GroupReport, Report, Verdict};
use crate::{Candidate, Ceiling, Court, CourtError, Group, Telling};

/// Counts pieces of work and tells of each.
struct Count<'a> {
    done: AtomicUsize,
    all: usize,
    tell: &'a (dyn Fn(usize, usize) + Sync),
}

impl Count<'_> {
    fn add(&self, more: usize) {
        let before = self.done.fetch_add(more, Ordering::Relaxed);
        (self.tell)(before + more, self.all);
    }
}

impl Court {
    /// Judges candidates on every group.
    ///
    /// A candidate that cannot be judged is no error: its verdict says why. The same measurements, candidates and settings give
    /// the same report, on any number of threads.
    #[must_use]
    pub fn judge(&self, candidates: &[Candidate]) -> Report {
        self.judge_with(candidates, &|_, _| {})
    }

    /// The same, telling from any thread how many pieces of the work are done and how many there are.
    #[must_use]
    pub fn judge_with(&self, candidates: &[Candidate], progress: &(dyn Fn(usize, usize) + Sync)) -> Report {
        // A verdict for each candidate, and a contest with the leader.
        let count = Count { done: AtomicUsize::new(0), all: 2 * candidates.len() * self.groups().len(), tell: progress };
        count.add(0);
        let groups = self.groups().par_iter().map(|group| self.judge_group(group, candidates, &count)).collect();
        Report { settings: *self.settings(), groups }
    }

    fn judge_group(&self, group: &Group, candidates: &[Candidate], count: &Count<'_>) -> GroupReport {
        let ceiling = self.ceiling(group).ok();
        let verdict = |candidate: &Candidate| {
            let found = self.verdict(group, candidate, ceiling);
            count.add(1);
            found
        };
        let verdicts: Vec<Verdict> = candidates.par_iter().map(verdict).collect();
        let seeds = || group.cases().iter().map(|case| case.measurement().log_rates.len());
        let leader = leader(&verdicts);
        let contest = |other: usize| {
            let leader = leader.filter(|leader| *leader != other);
            let found = leader.and_then(|leader| self.contest(group, candidates, &verdicts, (leader, other)).ok());
            count.add(1);
            found
        };
        let comparisons = (0..candidates.len()).into_par_iter().filter_map(contest).collect();
        GroupReport {
            name: group.name().into(),
            networks: group.cases().len(),
            architectures: group.count(),
            seeds: (seeds().min().unwrap_or(0), seeds().max().unwrap_or(0)),
            base: group.base_report(),
            ceiling,
            one_rate: self.one_rate(group).ok(),
            telling: Telling::of(&verdicts),
            leader: leader.map(|index| verdicts[index].candidate.clone()),
            verdicts,
            comparisons,
        }
    }

    /// `ceiling` is that of the whole group.
    fn verdict(&self, group: &Group, candidate: &Candidate, ceiling: Option<Ceiling>) -> Verdict {
        let mut reasons = Vec::new();
        let mut note = |what: &str, error: CourtError| reasons.push(format!("{what}: {error}"));
        let (members, missing) = group.predicted_by(candidate);
        let ceiling = ceiling.filter(|_| missing.is_empty());
        let score = self.score_of(group, &members, candidate, ceiling).map_err(|error| note("score", error)).ok();
        let held_out = self.held_out(group, candidate).map_err(|error| note("held out", error)).ok();
        let transfer = self.transfer(group, candidate).map_err(|error| note("transfer", error)).ok();
        Verdict {
            candidate: candidate.id.into(),
            formula: candidate.formula.into(),
            hypotheses: candidate.hypotheses.into(),
            parameters: candidate.parameters.iter().map(|parameter| parameter.name.into()).collect(),
            against_one_rate: score.as_ref().and_then(|_| self.against_one_rate(group, candidate).ok()),
            missing,
            score,
            held_out,
            transfer,
            reasons,
        }
    }

    fn contest(
        &self,
        group: &Group,
        candidates: &[Candidate],
        verdicts: &[Verdict],
        (leader, other): (usize, usize),
    ) -> Result<Contest, CourtError> {
        let scores = self.compare(group, &candidates[leader], &candidates[other])?;
        let (members, _) = group.predicted_by(&candidates[leader]);
        let held_out = match (&verdicts[leader].held_out, &verdicts[other].held_out) {
            (Some(own), Some(others)) if verdicts[leader].missing == verdicts[other].missing => {
                Some(own.difference(others, group.name(), &members, self.settings()))
            }
            _ => None,
        };
        Ok(Contest { scores, held_out })
    }
}

/// Smallest held-out root mean square among the candidates that predict a rate for most networks.
fn leader(verdicts: &[Verdict]) -> Option<usize> {
    let fewest = verdicts.iter().filter(|verdict| verdict.held_out.is_some()).map(|verdict| verdict.missing.len()).min()?;
    let rms = |index: &usize| verdicts[*index].held_out.as_ref().map_or(f64::INFINITY, |found| found.rms.value);
    (0..verdicts.len()).filter(|index| verdicts[*index].missing.len() == fewest).min_by(|a, b| rms(a).total_cmp(&rms(b)))
}
