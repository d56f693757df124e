use std::sync::Arc;

use archscale_model::Program;
use archscale_nets::layer::OutsideLayers;
use archscale_text::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::search::{Found, Outcome, SearchPlan, search};
use crate::{Member, Protocol, Samples, Status, Targets, TrainError, Trainer, TrainingProgress, digest};

/// The format of [`Record`].
const VERSION: u32 = 2;

/// The loss that a search makes smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Objective {
    /// The loss over all training samples at the final weights.
    #[default]
    FinalLoss,
    /// The mean of the minibatch losses over the last whole pass, as training scripts print it; the budget must hold a pass.
    LastPass,
}

/// What is said about a measurement beside its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The architecture, as it was written.
    pub architecture: String,
    /// The initialisation rule.
    pub init: String,
    /// The convention.
    pub convention: String,
    /// The activation.
    pub activation: String,
    /// Name of the data set.
    pub data: String,
}

/// A measured maximal learning rate with all that it depends on.
///
/// It is written and read as JSON; [`Record::is_intact`] says whether the contents are those that were written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the format: 2, or 1 where `program` is a digest of another text, which nothing can make again.
    pub version: u32,
    /// Architecture and data.
    pub about: About,
    /// SHA-256 that names the program by its operations and readout.
    pub program: String,
    /// [`Samples::digest`] of the data.
    pub samples: String,
    /// The training protocol.
    pub protocol: Protocol,
    /// The loss that was made smallest.
    pub objective: Objective,
    /// The search.
    pub plan: SearchPlan,
    /// What was found.
    pub found: Found,
    /// SHA-256 of all the fields above.
    pub digest: String,
}

impl Record {
    /// Whether the digest agrees with the contents.
    ///
    /// # Errors
    /// [`TrainError::Json`] when the contents cannot be written, which no record that was read can cause.
    pub fn is_intact(&self) -> Result<bool, TrainError> {
        Ok(self.digest == self.content_digest()?)
    }

    fn content_digest(&self) -> Result<String, TrainError> {
        let bare = Self { digest: String::new(), ..self.clone() };
        Ok(digest::of_texts(&[&serde_json::to_string(&bare)?]))
    }
}

/// A search to be made by training.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Words for the record.
    pub about: About,
    /// The protocol of every training run.
    pub protocol: Protocol,
    /// The loss to make smallest.
    pub objective: Objective,
    /// The search.
    pub plan: SearchPlan,
}

impl Search {
    /// Refuses what [`Search::run`] would refuse, without training.
    ///
    /// # Errors
    /// Settings out of their domain, a program or samples that do not fit them.
    pub fn check(&self, program: &Program, samples: &Arc<Samples>) -> Result<(), TrainError> {
        self.plan.check()?;
        self.protocol.check_on(samples)?;
        whole_pass(&self.protocol, self.objective, samples)?;
        Network::new(program, samples, &self.protocol, &OutsideLayers::default()).map(|_| ())
    }

    /// Trains networks of the program on the samples, and finds their maximal learning rate and edge of stability.
    ///
    /// `progress` is called with the number of the round of trials and its training's progress.
    ///
    /// # Errors
    /// Those of [`Trainer::new`], [`Trainer::run`] and [`search`].
    pub fn run(
        &self,
        program: &Program,
        samples: &Arc<Samples>,
        progress: &dyn Fn(usize, TrainingProgress),
    ) -> Result<Record, TrainError> {
        let mut round = 0;
        let found = search(&self.plan, |trials| {
            round += 1;
            outcomes(program, samples, &self.protocol, self.objective, trials, &|at| progress(round, at))
        })?;
        let mut record = Record {
            version: VERSION,
            about: self.about.clone(),
            program: digest::of_program(program),
            samples: samples.digest(),
            protocol: self.protocol.clone(),
            objective: self.objective,
            plan: self.plan.clone(),
            found,
            digest: String::new(),
        };
        record.digest = record.content_digest()?;
        Ok(record)
    }
}

/// Trains a network for each trial to the end of the budget, all of them side by side, and reports how they ended.
///
/// A trial is stable when it did not diverge and its loss is below that of the best constant output: a network whose neurons
/// have all died trains on without any overflow, but has learnt nothing. (So has one at a tiny rate; a search looks for the
/// edge above the best rate only.)
///
/// # Errors
/// Those of [`Trainer::new`] and [`Trainer::run`]; [`TrainError::Setting`] when the objective needs a whole pass and the
/// budget holds none.
pub fn outcomes(
    program: &Program,
    samples: &Arc<Samples>,
    protocol: &Protocol,
    objective: Objective,
    trials: &[Member],
    progress: &dyn Fn(TrainingProgress),
) -> Result<Vec<Outcome>, TrainError> {
    let mut trainer = Trainer::new(program, samples, protocol, trials)?;
    whole_pass(protocol, objective, samples)?;
    trainer.run(u64::MAX, progress)?;
    let losses: Vec<Option<f64>> = match objective {
        Objective::FinalLoss => trainer.evaluate(samples)?.iter().map(|found| Some((*found)?.loss)).collect(),
        Objective::LastPass => {
            let loss = |history: &crate::History| {
                history.epoch_losses.last().copied().filter(|_| history.status == Status::Running)
            };
            trainer.histories().map(loss).collect()
        }
    };
    let constant = constant_loss(samples, protocol);
    let outcome = |loss: Option<f64>| {
        let loss = loss.unwrap_or(f64::NAN);
        Outcome { loss, stable: loss < constant }
    };
    Ok(losses.into_iter().map(outcome).collect())
}

/// Refuses a budget that holds no whole pass where the objective reads one.
fn whole_pass(protocol: &Protocol, objective: Objective, samples: &Samples) -> Result<(), TrainError> {
    if objective == Objective::LastPass && protocol.steps(samples) < protocol.steps_per_epoch(samples) {
        let found = format!("{}, less than a pass", protocol.budget);
        return Err(Refusal::new("budget", found, "train for at least a pass, or take the final loss").into());
    }
    Ok(())
}

/// The smallest loss of outputs that do not depend on the input.
fn constant_loss(samples: &Samples, protocol: &Protocol) -> f64 {
    let count = samples.len() as f64;
    match samples.targets() {
        Targets::Labels { labels, classes } => {
            let mut frequencies = vec![0.0; *classes];
            labels.iter().for_each(|&label| frequencies[label as usize] += 1.0 / count);
            let each = |p: &f64| match protocol.loss {
                crate::Loss::CrossEntropy if *p > 0.0 => -p * p.ln(),
                crate::Loss::CrossEntropy => 0.0,
                crate::Loss::MeanSquare => 0.5 * p * (1.0 - p),
            };
            frequencies.iter().map(each).sum()
        }
        Targets::Values { values, outputs } => (0..*outputs)
            .map(|output| {
                let own = || values.iter().skip(output).step_by(*outputs).map(|&y| f64::from(y));
                let mean = own().sum::<f64>() / count;
                0.5 * own().map(|y| (y - mean).powi(2)).sum::<f64>() / count
            })
            .sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loss;

    #[test]
    fn the_best_constant_output_by_hand() {
        let loss = |loss: Loss, samples: &Samples| constant_loss(samples, &Protocol { loss, ..Protocol::default() });
        let labels = Samples::classified(vec![0.0; 4], 1, vec![0, 1, 1, 1], 3).unwrap();
        let entropy = -(0.25 * 0.25f64.ln() + 0.75 * 0.75f64.ln());
        assert!((loss(Loss::CrossEntropy, &labels) - entropy).abs() < 1e-15);
        // Outputs (1/4, 3/4, 0): ½ (¼ · ¾ + ¾ · ¼).
        assert!((loss(Loss::MeanSquare, &labels) - 0.1875).abs() < 1e-15);
        let values = Samples::valued(vec![0.0; 2], 1, vec![1.0, 0.0, 3.0, 4.0], 2).unwrap();
        assert_eq!(loss(Loss::MeanSquare, &values), 0.5 * (1.0 + 4.0));
    }
}
