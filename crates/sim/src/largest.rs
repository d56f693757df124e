use archscale_model::Program;
use archscale_nets::{Network, StreamKey, Weights};
use rayon::prelude::*;

use archscale_text::Refusal;

use crate::load::{ATTEMPTS, Load, check_work};
use crate::{Progress, Readout, Settings, SimError, Training, training_steps};

/// What it means that training stays bounded over several steps.
///
/// At every step t from 1 to `steps`: no network has diverged ([`DIVERGENCE`](crate::DIVERGENCE)); the mean over networks of
/// |z_t − z_0|²/n at the last reported vertex is at most `movement`; the mean of (f_t − y)² is at most its value before the
/// first step. Under an initialisation that keeps E|z|²/n = 1 a movement of 1 says that the vertex changes by no more than
/// what it held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// T ≥ 1.
    pub steps: usize,
    /// Largest mean of |z_t − z_0|²/n; infinite to leave the movement free.
    pub movement: f64,
}

/// What is not bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Breach {
    /// A network diverged.
    Diverged,
    /// The last vertex moved further than the bound.
    Movement,
    /// The squared residual is larger than before the first step.
    Loss,
}

/// The largest learning rate of some networks, between two that were tried.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LargestRate {
    /// The larger of the rates at which training stays bounded.
    pub bounded: f64,
    /// The next rate above it that was tried, at which it does not.
    pub unbounded: f64,
    /// What is not bounded there.
    pub breach: Breach,
    /// How the weights were represented.
    pub method: Weights,
}

impl LargestRate {
    /// Geometric mean of the two.
    #[must_use]
    pub fn rate(&self) -> f64 {
        (self.bounded * self.unbounded).sqrt()
    }
}

/// Bisection ends when the two rates differ by less than this factor.
const RESOLUTION: f64 = 1.01;

/// Factors of two that the search goes down or up from its start, at most.
const DOUBLINGS: u32 = 60;

impl Bound {
    /// The first breach over the steps, if there is one.
    ///
    /// ```
    /// use archscale_model::{Architecture, InitRule};
    /// use archscale_sim::{Bound, Breach, Settings, StreamKey, training_steps};
    /// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
    /// let training = training_steps(&program, &Settings::new(16, 8, StreamKey::new("doc", "chain:2", 1)), 1.0, 2, &|_| ())?;
    /// assert_eq!(Bound { steps: 2, movement: 1e-3 }.breach(&training), Some(Breach::Movement));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn breach(&self, training: &Training) -> Option<Breach> {
        // False of NaN.
        let within = |found: f64, limit: f64| found <= limit;
        training.steps.iter().take(self.steps).find_map(|step| {
            let moved = step.nodes.last().map_or(0.0, |node| node.from_start.mean());
            if step.diverged > 0 {
                Some(Breach::Diverged)
            } else if !within(moved, self.movement) {
                Some(Breach::Movement)
            } else if !within(step.squared_residual.mean(), training.initial_residual.mean()) {
                Some(Breach::Loss)
            } else {
                None
            }
        })
    }

    fn check(&self, start: f64) -> Result<(), SimError> {
        let wrong = |name, found: f64, mend| Err(SimError::Setting(Refusal::new(name, found, mend)));
        if self.steps == 0 {
            return Err(SimError::Setting(Refusal::new("steps", "0", "take at least one step")));
        }
        if self.movement.is_nan() || self.movement <= 0.0 {
            return wrong("movement", self.movement, "take a positive mean squared change, or infinity for none");
        }
        if !(start > 0.0 && start.is_finite()) {
            return wrong("the first learning rate tried", start, "begin the search at a positive finite learning rate");
        }
        Ok(())
    }
}

/// The largest learning rate at which training stays bounded, for each of `groups` groups of `settings.samples` networks.
///
/// **Statement.** A group is the same networks at every rate, so that its search is deterministic. From `start` the rate is
/// halved until training is bounded, then doubled until it is not, and the last factor of two is bisected on a logarithmic
/// scale to 1 %. What is found is the first crossing above the bounded rate: a rate range narrower than a factor of two in
/// which training is unbounded may be stepped over. Groups are independent; their spread is the error of the whole.
///
/// The mean of the groups' logarithms has a bias of the order of one over the networks in a group, beside that of the width.
///
/// # Errors
/// As [`training_steps`]; a bound or start out of its domain; no group; a training that is bounded, or unbounded, at 60
/// factors of two from the start.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Bound, Settings, StreamKey, largest_rates};
/// let program = Architecture::parse("chain:1")?.graph().lower(InitRule::Target)?;
/// let settings = Settings::new(64, 16, StreamKey::new("doc", "chain:1", 1));
/// let found = largest_rates(&program, &settings, Bound { steps: 1, movement: 1.0 }, 1.0, 2, &|_| ())?;
/// // (movement/B)^(1/2) = 2 as n → ∞.
/// assert!(found.iter().all(|group| (group.rate() - 2.0).abs() < 0.4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn largest_rates(
    program: &Program,
    settings: &Settings,
    bound: Bound,
    start: f64,
    groups: usize,
    progress: Progress<'_>,
) -> Result<Vec<LargestRate>, SimError> {
    bound.check(start)?;
    if groups == 0 {
        return Err(SimError::Setting(Refusal::new("groups", "0", "take at least one group of networks")));
    }
    let network = Network::new(program, settings.width, &settings.outside)?;
    let load = Load::Steps(bound.steps);
    let one = Settings { readout: Readout::Sampled, ..settings.clone() }.chosen(&network, load);
    check_work(&one, &network, load, ATTEMPTS.saturating_mul(groups as u64))?;
    // Groups run at once, each within its share of the memory.
    let memory_limit = settings.memory_limit / rayon::current_num_threads().clamp(1, groups) as u64;
    (0..groups)
        .into_par_iter()
        .map(|group| {
            let key = StreamKey { case: format!("{} group {group}", settings.key.case), ..settings.key.clone() };
            let found = search(program, &Settings { key, memory_limit, ..settings.clone() }, bound, start)?;
            progress(settings.samples);
            Ok(found)
        })
        .collect()
}

fn search(program: &Program, settings: &Settings, bound: Bound, start: f64) -> Result<LargestRate, SimError> {
    let attempt = |eta: f64| -> Result<(Option<Breach>, Weights), SimError> {
        let training = training_steps(program, settings, eta, bound.steps, &|_| ())?;
        Ok((bound.breach(&training), training.method))
    };
    let lost = |mend| SimError::Setting(Refusal::new("the first learning rate tried", start, mend));
    let mut low = start;
    let mut above = None;
    let mut halvings = 0;
    let method = loop {
        let (breach, method) = attempt(low)?;
        let Some(breach) = breach else { break method };
        above = Some((low, breach));
        halvings += 1;
        if halvings > DOUBLINGS {
            return Err(lost(
                "training is bounded at none of sixty halvings of this rate; allow more movement or more networks",
            ));
        }
        low /= 2.0;
    };
    let mut doublings = 0;
    let (mut high, mut breach) = loop {
        if let Some(found) = above {
            break found;
        }
        doublings += 1;
        if doublings > DOUBLINGS {
            return Err(lost("training is bounded at each of sixty doublings of this rate: nothing bounds it"));
        }
        match attempt(2.0 * low)?.0 {
            Some(breach) => above = Some((2.0 * low, breach)),
            None => low *= 2.0,
        }
    };
    while high / low > RESOLUTION {
        let middle = (low * high).sqrt();
        match attempt(middle)?.0 {
            Some(found) => (high, breach) = (middle, found),
            None => low = middle,
        }
    }
    Ok(LargestRate { bounded: low, unbounded: high, breach, method })
}
