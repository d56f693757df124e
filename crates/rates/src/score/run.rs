//! Every law on every group: the work of a report.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::{
    Ceiling, Distinction, EvaluationSet, GroupReport, LawReport, LeaderComparison, MeasuredGroup, ParametricLaw, RatesError,
    ScoreReport,
};

/// Counts pieces of work and reports each.
struct Count<'a> {
    done: AtomicUsize,
    all: usize,
    report: &'a (dyn Fn(usize, usize) + Sync),
}

impl Count<'_> {
    fn add(&self, more: usize) {
        let before = self.done.fetch_add(more, Ordering::Relaxed);
        (self.report)(before + more, self.all);
    }
}

impl EvaluationSet {
    /// Scores laws on every group.
    ///
    /// A law that cannot be scored is no error: its entry says why. The same measurements, laws and settings give the same
    /// report, on any number of threads.
    #[must_use]
    pub fn report(&self, laws: &[ParametricLaw]) -> ScoreReport {
        self.report_with(laws, &|_, _| {})
    }

    /// The same, reporting from any thread how many pieces of the work are done and how many there are.
    #[must_use]
    pub fn report_with(&self, laws: &[ParametricLaw], progress: &(dyn Fn(usize, usize) + Sync)) -> ScoreReport {
        // Each law is scored, then compared with the leader.
        let count = Count { done: AtomicUsize::new(0), all: 2 * laws.len() * self.groups().len(), report: progress };
        count.add(0);
        let groups = self.groups().par_iter().map(|group| self.group_report(group, laws, &count)).collect();
        ScoreReport { settings: *self.settings(), groups }
    }

    fn group_report(&self, group: &MeasuredGroup, laws: &[ParametricLaw], count: &Count<'_>) -> GroupReport {
        let ceiling = self.ceiling(group).ok();
        let scored = |law: &ParametricLaw| {
            let found = self.law_report(group, law, ceiling);
            count.add(1);
            found
        };
        let reports: Vec<LawReport> = laws.par_iter().map(scored).collect();
        let seeds = || group.networks().iter().map(|network| network.measurement().log_rates.len());
        let leader = leader(&reports);
        let compared = |other: usize| {
            let leader = leader.filter(|leader| *leader != other);
            let found = leader.and_then(|leader| self.with_leader(group, laws, &reports, (leader, other)).ok());
            count.add(1);
            found
        };
        let comparisons = (0..laws.len()).into_par_iter().filter_map(compared).collect();
        GroupReport {
            name: group.name().into(),
            networks: group.networks().len(),
            architectures: group.count(),
            seeds: (seeds().min().unwrap_or(0), seeds().max().unwrap_or(0)),
            base: group.base_report(),
            ceiling,
            one_rate: self.one_rate(group).ok(),
            distinction: Distinction::of(&reports),
            leader: leader.map(|index| reports[index].law.clone()),
            laws: reports,
            comparisons,
        }
    }

    /// `ceiling` is that of the whole group.
    fn law_report(&self, group: &MeasuredGroup, law: &ParametricLaw, ceiling: Option<Ceiling>) -> LawReport {
        let mut reasons = Vec::new();
        let mut note = |what: &str, error: RatesError| reasons.push(format!("{what}: {error}"));
        let (members, missing) = group.predicted_by(law);
        let ceiling = ceiling.filter(|_| missing.is_empty());
        let score = self.score_of(group, &members, law, ceiling).map_err(|error| note("score", error)).ok();
        let held_out = self.held_out(group, law).map_err(|error| note("held out", error)).ok();
        let transfer = self.transfer(group, law).map_err(|error| note("transfer", error)).ok();
        LawReport {
            law: law.id.into(),
            formula: law.formula.into(),
            hypotheses: law.hypotheses.into(),
            parameters: law.parameters.iter().map(|parameter| parameter.name.into()).collect(),
            against_one_rate: score.as_ref().and_then(|_| self.against_one_rate(group, law).ok()),
            missing,
            score,
            held_out,
            transfer,
            reasons,
        }
    }

    fn with_leader(
        &self,
        group: &MeasuredGroup,
        laws: &[ParametricLaw],
        reports: &[LawReport],
        (leader, other): (usize, usize),
    ) -> Result<LeaderComparison, RatesError> {
        let scores = self.compare(group, &laws[leader], &laws[other])?;
        let (members, _) = group.predicted_by(&laws[leader]);
        let held_out = match (&reports[leader].held_out, &reports[other].held_out) {
            (Some(own), Some(others)) if reports[leader].missing == reports[other].missing => {
                Some(own.difference(others, group.name(), &members, self.settings()))
            }
            _ => None,
        };
        Ok(LeaderComparison { scores, held_out })
    }
}

/// Smallest held-out root mean square among the laws that predict a rate for most networks.
fn leader(laws: &[LawReport]) -> Option<usize> {
    let fewest = laws.iter().filter(|law| law.held_out.is_some()).map(|law| law.missing.len()).min()?;
    let rms = |index: &usize| laws[*index].held_out.as_ref().map_or(f64::INFINITY, |found| found.rms.value);
    (0..laws.len()).filter(|index| laws[*index].missing.len() == fewest).min_by(|a, b| rms(a).total_cmp(&rms(b)))
}
