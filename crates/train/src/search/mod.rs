//! The search for the learning rate of smallest loss and for the edge of stability; it knows no network, only losses of
//! trials.

mod estimate;
mod interval;
mod plan;

use archscale_text::Refusal;
use serde::{Deserialize, Serialize};

use crate::{Member, TrainError};

pub use estimate::{EdgeBracket, GridEnd, SeedEstimate};
pub use interval::Interval;
pub use plan::SearchPlan;

/// What one trial gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The loss that the search makes smallest.
    pub loss: f64,
    /// Whether training held; a loss that is not finite counts as unstable whatever this says.
    pub stable: bool,
}

/// A trial and its outcome, as records keep them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The learning rate η.
    pub learning_rate: f64,
    /// The seed.
    pub seed: u64,
    /// The loss; `None` where it was not finite.
    pub loss: Option<f64>,
    /// Whether training held.
    pub stable: bool,
}

/// What a search found. Logarithms are natural.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Mean of ln η* over the seeds, η* the rate of smallest loss; `None` when some seed had no stable trial.
    pub log_rate: Option<Interval>,
    /// Mean of ln η over the seeds at the edge of stability; `None` unless every seed's edge is bracketed.
    pub log_edge: Option<Interval>,
    /// ln of the rate at which the mean over the seeds of the logarithm of the loss is smallest, over rates at which all are
    /// stable.
    pub log_rate_of_mean: Option<f64>,
    /// Each seed's own results.
    pub seeds: Vec<SeedEstimate>,
    /// Every trial, by seed, then by rate.
    pub trials: Vec<Trial>,
}

impl Found {
    /// Whether some seed's best trial lies at an end of its grid even after all extensions: the optimum may lie beyond.
    #[must_use]
    pub fn is_at_an_end(&self) -> bool {
        self.seeds.iter().any(|seed| seed.at_end.is_some())
    }
}

/// Finds the learning rate of smallest loss, and the largest one that holds, for each seed of the plan.
///
/// **Statement.** Trials run on a geometric grid. While some seed's best trial lies at an end of the grid, or nothing is
/// stable, or the plan wants the edge and nothing above the best is unstable, the grid grows on that side, within the plan's
/// limit. Then `refinement` further rates are tried in each of the two gaps beside the best one, and η* is the minimum of
/// the parabola of ln loss in ln η through all stable trials of the seed within `window` steps of the finest grid of the
/// best (least squares where there are more than three), kept between the outermost of them; the best trial itself where the
/// parabola does not exist or opens downwards. The edge is bracketed by the first unstable rate above the best and its
/// neighbour, and halved.
///
/// `losses` gets trials that have not run before, all rates of one round at once, and answers in their order.
///
/// ```
/// use archscale_train::{Outcome, SearchPlan, TrainError, search};
/// let plan = SearchPlan { seeds: vec![1, 2, 3], ..SearchPlan::default() };
/// // ln loss = (ln η − ln 0.1)², unstable above 1.
/// let found = search(&plan, |trials| {
///     let outcome = |rate: f64| Outcome { loss: (rate / 0.1).ln().powi(2).exp(), stable: rate <= 1.0 };
///     Ok::<_, TrainError>(trials.iter().map(|trial| outcome(trial.learning_rate)).collect())
/// })?;
/// assert!((found.log_rate.unwrap().mean - 0.1f64.ln()).abs() < 1e-9);
/// assert!(found.log_edge.unwrap().mean.abs() < 0.05);
/// # Ok::<(), TrainError>(())
/// ```
///
/// # Errors
/// Those of `losses`; [`TrainError::Setting`] for a plan out of its domain or answers of another number than trials.
pub fn search<E: From<TrainError>>(
    plan: &SearchPlan,
    mut losses: impl FnMut(&[Member]) -> Result<Vec<Outcome>, E>,
) -> Result<Found, E> {
    plan.check()?;
    let mut trials: Vec<Trial> = Vec::new();
    let mut run = |rates: &[(u64, f64)], trials: &mut Vec<Trial>| -> Result<(), E> {
        let members: Vec<Member> = rates.iter().map(|&(seed, log)| Member { learning_rate: log.exp(), seed }).collect();
        if members.is_empty() {
            return Ok(());
        }
        let outcomes = losses(&members)?;
        if outcomes.len() != members.len() {
            let found = format!("{} for {} trials", outcomes.len(), members.len());
            return Err(TrainError::Setting(Refusal::new("the number of outcomes", found, "give one for each")).into());
        }
        trials.extend(members.iter().zip(outcomes).map(|(member, outcome)| Trial {
            learning_rate: member.learning_rate,
            seed: member.seed,
            loss: outcome.loss.is_finite().then_some(outcome.loss),
            stable: outcome.stable && outcome.loss.is_finite(),
        }));
        Ok(())
    };
    let everywhere = |logs: Vec<f64>| -> Vec<(u64, f64)> {
        plan.seeds.iter().flat_map(|&seed| logs.iter().map(move |&log| (seed, log))).collect()
    };

    let (mut low, mut high) = (0, plan.points as i64 - 1);
    run(&everywhere((low..=high).map(|k| plan.log_rate(k)).collect()), &mut trials)?;
    for _ in 0..plan.extensions {
        let curves: Vec<_> = plan.seeds.iter().map(|&seed| estimate::Curve::of(&trials, seed)).collect();
        let more = plan.extension() as i64;
        let mut new = Vec::new();
        if curves.iter().any(estimate::Curve::wants_lower) {
            new.extend((low - more..low).map(|k| plan.log_rate(k)));
            low -= more;
        }
        if curves.iter().any(|curve| curve.wants_higher(plan.edge_halvings > 0)) {
            new.extend((high + 1..=high + more).map(|k| plan.log_rate(k)));
            high += more;
        }
        if new.is_empty() {
            break;
        }
        run(&everywhere(new), &mut trials)?;
    }

    let gaps = |trials: &[Trial]| -> Vec<(u64, f64)> {
        let gaps = |&seed: &u64| {
            let between = estimate::Curve::of(trials, seed).beside_the_best(plan.refinement);
            between.into_iter().map(move |log| (seed, log))
        };
        plan.seeds.iter().flat_map(gaps).collect()
    };
    run(&gaps(&trials), &mut trials)?;
    for _ in 0..plan.edge_halvings {
        let middles = plan.seeds.iter().filter_map(|&seed| Some((seed, estimate::Curve::of(&trials, seed).edge_middle()?)));
        run(&middles.collect::<Vec<_>>(), &mut trials)?;
    }
    trials.sort_by(|a, b| a.seed.cmp(&b.seed).then(a.learning_rate.total_cmp(&b.learning_rate)));
    Ok(estimate::found(plan, trials))
}
