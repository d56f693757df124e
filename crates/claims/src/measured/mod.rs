//! Claims on measured maximal learning rates: training first, judging after, so that rates of a known truth are judged the
//! same way.
//!
//! [`rates`] trains a group of the suite that `maxlr run` carries; a [`Scoring`] scores laws on rates, wherever they come
//! from. The rules of decision are those of proofs/maxlr-depth.md.

mod cells;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod planted_cells;
mod scoring;

use std::cell::Cell;

use archscale_rates::ParametricLaw;
use archscale_rates::{Measured, Quantity, Suite, measure};

use crate::{ClaimError, Context, Finding};

pub(crate) use cells::{accuracies, judge_accuracy, judge_ranking};
pub(crate) use scoring::Scoring;

/// The suite whose groups are judged.
const SUITE: &str = "standard";

/// Between the seeds of two runs, above the number of seeds of a network.
const STRIDE: u64 = 1_000;

/// How claims of the paper's law on measured rates are judged, in words: what [`judge_paper`] does with the bounds of its
/// scoring.
pub(crate) const RATE_CHECK: &str = "The root mean square of ln(measured/predicted) from the base network against ln 1.5, \
    and the slope against 0.8 to 1.25, each by its bootstrap interval at level 0.999; the correlation is reported";

/// What refutes such a claim.
pub(crate) const RATE_REFUTED_BY: &str = "An interval outside the allowed values: a rate that the law, tuned on the base \
    network, misses by more than a factor of 1.5";

/// The mutant of such a claim.
pub(crate) const RATE_MUTANT: &str = "Planted rates that follow the law's square root but for the measured noise: refused, \
    while those that follow the law are accepted";

/// What no theorem says of such a claim.
pub(crate) const RATE_OUTSIDE: &str = "No theorem: that training follows any law is measured";

/// Plain μP over depths and topologies: the rate of the base network, whatever the architecture.
pub(crate) const UNCHANGED: ParametricLaw = ParametricLaw::UNCHANGED;

/// Trains the networks of a group of the suite; at seed 0 with the random numbers of `archscale maxlr run standard`.
pub(crate) fn rates(context: &Context<'_>, group: &str) -> Result<Measured, ClaimError> {
    let mut jobs = Suite::open(SUITE)?.jobs()?;
    jobs.retain(|job| job.group == group);
    for job in &mut jobs {
        job.search.plan.seeds.iter_mut().for_each(|seed| *seed += STRIDE * context.seed);
    }
    context.progress.begin(&format!("training, {group}"), jobs.len() as u64);
    let done = Cell::new(0);
    let measured = measure(&jobs, Quantity::Best, &|at| {
        let finished = at.number.0 as u64 - 1;
        context.progress.advance(finished - done.replace(finished));
    })?;
    context.progress.advance(jobs.len() as u64 - done.get());
    Ok(measured)
}

/// The paper's law on measured rates, from the base network and by its exponent; and whether `better` is closer to the
/// rates. Its correlation is reported next to the published one, and decides nothing: proofs/maxlr-depth.md says why.
pub(crate) fn judge_paper(measured: Measured, published: f64, better: &str) -> Result<Finding, ClaimError> {
    let (paper, better) = (ParametricLaw::find("paper")?, ParametricLaw::find(better)?);
    let scoring = Scoring::new(measured)?;
    let mut notes = scoring.notes()?;
    notes.push(scoring.correlation(&paper, published)?);
    Ok(Finding {
        checks: vec![scoring.transfer(&paper)?, scoring.slope(&paper)?],
        corrected: vec![scoring.closer(&better, &paper)?],
        mutants: vec![scoring.tells_apart(&paper)?],
        tables: vec![scoring.table()?],
        notes,
    })
}

/// The measured rates of a group, judged by [`judge_paper`].
pub(crate) fn judge_group(context: &Context<'_>, group: &str, published: f64, better: &str) -> Result<Finding, ClaimError> {
    judge_paper(rates(context, group)?, published, better)
}

/// The paper's law against the base network's rate unchanged, and `better` against it.
pub(crate) fn judge_unchanged(measured: Measured, better: &str) -> Result<Finding, ClaimError> {
    let (paper, better) = (ParametricLaw::find("paper")?, ParametricLaw::find(better)?);
    let scoring = Scoring::new(measured)?;
    Ok(Finding {
        checks: vec![scoring.closer(&paper, &UNCHANGED)?],
        corrected: vec![scoring.closer(&better, &UNCHANGED)?],
        mutants: vec![scoring.tells_from_unchanged(&paper)?],
        tables: vec![scoring.table()?],
        notes: scoring.notes()?,
    })
}
