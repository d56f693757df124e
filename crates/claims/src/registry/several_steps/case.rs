//! Networks that are trained for some steps at one rate, or whose largest rate is searched for.

use archscale_model::{Architecture, InitRule, Program};
use archscale_sim::{Bound, Settings, Weights, largest_rates, training_steps};
use archscale_stats::Moments;
use archscale_text::Refusal;
use archscale_theory::{LimitMoments, ReluDag, limit_moments};

use super::CLAIM;
use crate::{ClaimError, Context};

/// A linear-ReLU architecture under the target rule.
pub(super) struct Case {
    pub(super) text: String,
    program: Program,
    pub(super) dag: ReluDag,
    pub(super) law: LimitMoments<f64>,
}

/// |z_T − z_0|²/n of the last vertex over networks, and how their weights were represented.
pub(super) struct Movement {
    pub(super) sample: Moments,
    pub(super) weights: Weights,
}

/// A largest rate, and its standard error over groups of networks, relative to it.
pub(super) struct Largest {
    pub(super) rate: f64,
    pub(super) relative_error: f64,
}

impl Largest {
    /// The rate times a factor, with its standard error.
    pub(super) fn times(&self, factor: f64) -> String {
        let value = self.rate * factor;
        format!("{value:.3} ± {:.3}", value * self.relative_error)
    }
}

impl Case {
    pub(super) fn new(text: &str) -> Result<Self, ClaimError> {
        let program = Architecture::parse(text)?.graph().lower(InitRule::Target)?;
        let dag = ReluDag::new(&program, "the infinite-width law")?;
        let last = limit_moments::<f64>(&dag)?.pop();
        let law = last.ok_or_else(|| Refusal::new(text.to_string(), "without hidden vertices", "give one at least"))?;
        Ok(Self { text: text.into(), program, dag, law })
    }

    pub(super) fn chain(layers: u64) -> Result<Self, ClaimError> {
        Self::new(&format!("chain:{layers}"))
    }

    /// The rate of the first-step law, B^(−1/2).
    pub(super) fn first_step_rate(&self) -> f64 {
        self.law.change.powf(-0.5)
    }

    fn settings(&self, context: &Context<'_>, stage: &str, width: usize, networks: u64) -> Settings {
        Settings { method: Weights::Auto, ..context.settings(CLAIM.id, &self.text, stage, width, networks) }
    }

    /// The movement over so many steps at rate η. Networks that diverged are left out of it, so there must be none.
    pub(super) fn movement(
        &self,
        context: &Context<'_>,
        stage: &str,
        (width, networks): (usize, u64),
        eta: f64,
        steps: usize,
    ) -> Result<Movement, ClaimError> {
        context.progress.begin(&format!("{}, {stage}", self.text), networks);
        let settings = self.settings(context, stage, width, networks);
        let training = training_steps(&self.program, &settings, eta, steps, &|done| context.progress.advance(done))?;
        let (diverged, nodes) =
            training.steps.last().map_or((0, [].as_slice()), |last| (last.diverged, last.nodes.as_slice()));
        if diverged > 0 {
            let found = format!("one in which {diverged} networks diverged");
            return Err(
                Refusal::new(format!("the training at η = {eta}"), found, "the means over the rest say nothing").into()
            );
        }
        let sample = nodes.last().map(|node| node.from_start.clone()).unwrap_or_default();
        Ok(Movement { sample, weights: training.method })
    }

    /// The largest rate of this bound, by bisection from a small part of the first-step law's, over so many groups of
    /// networks.
    pub(super) fn largest(
        &self,
        context: &Context<'_>,
        stage: &str,
        (width, networks): (usize, u64),
        bound: Bound,
        groups: usize,
    ) -> Result<Largest, ClaimError> {
        let settings = self.settings(context, stage, width, networks);
        let start = self.first_step_rate() / (4 * bound.steps) as f64;
        let found = largest_rates(&self.program, &settings, bound, start, groups, &|_| ())?;
        let logs = Moments::from_slice(&found.iter().map(|group| group.rate().ln()).collect::<Vec<_>>());
        Ok(Largest { rate: logs.mean().exp(), relative_error: logs.standard_error() })
    }
}
