//! One cell trained by one recipe, from several seeds at once.

use archscale_model::Program;
use archscale_records::{Keyed, digest};
use archscale_train::{History, Member, Protocol, Status, TrainError, Trainer};
use serde::{Deserialize, Serialize};

use crate::RatesError;
use crate::training_data::Parts;

/// One cell trained by one recipe from one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// SHA-256 of all that the result depends on: the network's weights and rate, protocol, seed and both parts of the data.
    pub key: String,
    /// The cell.
    pub cell: String,
    /// The recipe.
    pub recipe: String,
    /// The seed.
    pub seed: u64,
    /// The learning rate.
    pub learning_rate: f64,
    /// Fraction of test samples that are classified rightly; `None` where training diverged.
    pub accuracy: Option<f64>,
    /// Mean loss over the test samples; `None` where training diverged or it is not finite.
    pub test_loss: Option<f64>,
    /// Mean minibatch loss of the last whole pass; `None` where training diverged before its end.
    pub last_pass: Option<f64>,
    /// The step at which training diverged.
    pub diverged: Option<u64>,
    /// SHA-256 of all the fields above.
    pub digest: String,
}

impl Run {
    /// The same with the digest of its contents.
    pub(super) fn sealed(self) -> Result<Self, RatesError> {
        let bare = Self { digest: String::new(), ..self };
        Ok(Self { digest: digest(&bare)?, ..bare })
    }

    /// Whether training went on to its end without a smaller loss than equal odds for so many classes.
    pub(super) fn is_unlearnt(&self, classes: f64) -> bool {
        self.diverged.is_none() && self.last_pass.is_none_or(|loss| loss >= classes.ln())
    }
}

impl Keyed for Run {
    fn key(&self) -> &str {
        &self.key
    }

    fn is_intact(&self) -> bool {
        self.clone().sealed().is_ok_and(|sealed| sealed == *self)
    }
}

/// How a training ended.
pub(super) struct Ending {
    pub(super) accuracy: Option<f64>,
    pub(super) test_loss: Option<f64>,
    pub(super) last_pass: Option<f64>,
    pub(super) diverged: Option<u64>,
}

/// Trains one member for each seed.
pub(super) fn train(
    program: &Program,
    parts: &Parts,
    protocol: &Protocol,
    members: &[Member],
    progress: &dyn Fn(archscale_train::TrainingProgress),
) -> Result<Vec<Ending>, TrainError> {
    let mut trainer = Trainer::new(program, &parts.train, protocol, members)?;
    trainer.run(u64::MAX, progress)?;
    let evaluations = trainer.evaluate(&parts.test)?;
    Ok(trainer.histories().zip(evaluations).map(|(history, found)| ending(history, found)).collect())
}

fn ending(history: &History, found: Option<archscale_train::Evaluation>) -> Ending {
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    Ending {
        accuracy: found.map(|found| found.accuracy),
        test_loss: found.and_then(|found| finite(found.loss)),
        last_pass: history.epoch_losses.last().copied().filter(|_| found.is_some()).and_then(finite),
        diverged: match history.status {
            Status::Diverged { step } => Some(step),
            _ => None,
        },
    }
}
