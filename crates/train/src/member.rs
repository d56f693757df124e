use serde::{Deserialize, Serialize};

/// One network to train: its learning rate, and the seed of its weights and minibatches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// η > 0, the rate at the start of the schedule.
    pub learning_rate: f64,
    /// Networks of one seed start from the same weights and see the same minibatches.
    pub seed: u64,
}

/// Whether a network still takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Status {
    /// It trains, or has trained to the end.
    #[default]
    Running,
    /// Its minibatch loss at this step was not finite or far above the first; it was dropped.
    Diverged {
        /// The step, counted from 0.
        step: u64,
    },
}

/// What a network's training looked like so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// Whether it still takes part.
    pub status: Status,
    /// Minibatch loss at the first step, before any weight moved; `None` before that step.
    pub first_loss: Option<f64>,
    /// Minibatch loss at the last step it took.
    pub last_loss: Option<f64>,
    /// Mean minibatch loss of each whole pass.
    pub epoch_losses: Vec<f64>,
    /// Sum of the minibatch losses of the pass under way.
    pub(crate) epoch_sum: f64,
}
