use std::sync::Arc;

use archscale_model::Program;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::block::{Block, Run, evaluate};
use crate::kernel::doubles;
use crate::network::Network;
use crate::{ParameterId, Protocol, Samples, TrainError, digest};

/// Entries of one matrix over a block, at most: few enough that the matrices of a network of some depth stay in the processor's
/// cache from step to step. Measured at width 128, see `benches/steps.rs`.
const BLOCK_ENTRIES: usize = 1 << 15;
/// Networks of a block, at most.
const LARGEST_BLOCK: usize = 64;
/// Steps that a block takes before the others are waited for and progress is reported.
const ROUND: u64 = 16;
/// Samples of one forward pass of an evaluation; of images, fewer by their positions down to the second number.
const EVALUATION_BATCH: usize = 256;
const EVALUATION_BATCH_OF_IMAGES: usize = 32;

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

/// Mean loss and accuracy over a set of samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Mean loss; not finite where the weights have overflowed.
    pub loss: f64,
    /// Fraction of samples whose label has the only largest output; 0 for real targets.
    pub accuracy: f64,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps taken.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Networks that still take part.
    pub running: usize,
    /// Networks of the run.
    pub networks: usize,
}

/// A matrix of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Which one.
    pub id: ParameterId,
    /// Number of rows: the target's neurons.
    pub rows: usize,
    /// Number of columns: the source's neurons or features.
    pub columns: usize,
    /// Whether it is trained.
    pub trained: bool,
    /// Its entries, row-major.
    pub entries: Vec<f64>,
}

/// Many networks of one program, each with its own learning rate and seed, trained side by side.
///
/// **Statement.** Every network starts from W entries N(0, C/n), readout entries N(0, C/n²) and stems as [`crate::Stem`] says,
/// and takes minibatch steps as [`Protocol`] says. What a network becomes does not depend, in any bit, on the other networks,
/// on the number of threads, or on interruptions by [`Trainer::save`] and [`Trainer::restore`].
///
/// **Shapes.** Networks are grouped into blocks whose matrices are (G, rows, columns) and whose values are (G, n, B), over images
/// of m positions (G, n, m·B); the blocks are spread over the threads. Networks that diverge leave their block.
///
/// ```
/// use std::sync::Arc;
/// use archscale_model::{Architecture, InitRule};
/// use archscale_train::{Budget, Member, Protocol, Samples, Trainer};
///
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let samples = Arc::new(Samples::classified(vec![1.0, 0.5, -1.0, -0.5], 2, vec![0, 1], 2)?);
/// let protocol = Protocol { width: 16, batch: 2, budget: Budget::Steps(20), ..Protocol::default() };
/// let members = [0.05, 0.5].map(|learning_rate| Member { learning_rate, seed: 1 });
/// let mut trainer = Trainer::new(&program, &samples, &protocol, &members)?;
/// trainer.run(u64::MAX, &|_| ())?;
/// let losses: Vec<f64> = trainer.evaluate(&samples)?.iter().flatten().map(|found| found.loss).collect();
/// assert!(losses[1] < losses[0] && losses[0] < 2f64.ln());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trainer {
    pub(crate) run: Run,
    samples: Arc<Samples>,
    members: Vec<Member>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) step: u64,
    digest: String,
}

impl Trainer {
    /// Draws the networks; none has taken a step yet.
    ///
    /// # Errors
    /// Settings out of their domain, samples that do not fit them, a program with an operation that has no rule, a learning rate
    /// that is not positive and finite.
    pub fn new(
        program: &Program,
        samples: &Arc<Samples>,
        protocol: &Protocol,
        members: &[Member],
    ) -> Result<Self, TrainError> {
        protocol.check_on(samples)?;
        for member in members {
            let rate = member.learning_rate;
            if !(rate > 0.0 && rate.is_finite()) {
                let mend = "it must be above 0 and finite";
                return Err(TrainError::Setting { name: "learning rate", found: rate.to_string(), mend });
            }
        }
        let network = Network::new(program, samples, protocol)?;
        let matrix = network.matrices.iter().map(|matrix| matrix.rows * matrix.columns).max().unwrap_or(1);
        // Fields outgrow the matrices, so that they decide what stays in the cache.
        let field = network.positions.map_or(0, |positions| protocol.width.saturating_mul(positions * protocol.batch));
        let largest = matrix.max(field);
        let (steps, steps_per_epoch) = (protocol.steps(samples), protocol.steps_per_epoch(samples));
        let run = Run { network, protocol: protocol.clone(), steps, steps_per_epoch };
        let size = (BLOCK_ENTRIES / largest).clamp(1, LARGEST_BLOCK);
        let blocks = members.par_chunks(size).map(|members| Block::new(&run, samples, members));
        let blocks = blocks.collect::<Result<_, _>>()?;
        let digest = digest::of_texts(&[
            &digest::of_program(program),
            &serde_json::to_string(protocol)?,
            &samples.digest(),
            &serde_json::to_string(members)?,
        ]);
        Ok(Self { run, samples: Arc::clone(samples), members: members.to_vec(), blocks, step: 0, digest })
    }

    /// Takes up to `steps` further steps, no more than the budget has left. `progress` is called from this thread after every few
    /// steps.
    ///
    /// # Errors
    /// A failed tensor operation, after which the trainer must not be used further.
    pub fn run(&mut self, steps: u64, progress: &dyn Fn(Progress)) -> Result<(), TrainError> {
        let end = self.step.saturating_add(steps).min(self.run.steps);
        while self.step < end {
            let (from, to) = (self.step, end.min(self.step + ROUND));
            let (run, samples) = (&self.run, &self.samples);
            self.blocks.par_iter_mut().try_for_each(|block| block.advance(run, samples, from, to))?;
            self.step = to;
            progress(self.progress());
        }
        Ok(())
    }

    /// How far the run is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let running = self.blocks.iter().map(|block| block.running.len()).sum();
        Progress { step: self.step, steps: self.run.steps, running, networks: self.members.len() }
    }

    /// Whether the budget is spent.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.step >= self.run.steps
    }

    /// The networks, in the order in which they were given.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The protocol.
    #[must_use]
    pub fn protocol(&self) -> &Protocol {
        &self.run.protocol
    }

    /// Names program, protocol, samples and networks: a checkpoint continues only where it agrees.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How each network's training went, in the order in which they were given.
    pub fn histories(&self) -> impl Iterator<Item = &History> {
        self.blocks.iter().flat_map(|block| &block.histories)
    }

    /// Mean loss and accuracy of each network over these samples, at its present weights; `None` for those that diverged.
    ///
    /// Any samples of the same features and outputs will do; those that were not trained on give the test accuracy. Stems keep the
    /// scale of the samples trained on.
    ///
    /// # Errors
    /// Samples with other features or outputs than those trained on, or a failed tensor operation.
    pub fn evaluate(&self, samples: &Samples) -> Result<Vec<Option<Evaluation>>, TrainError> {
        if (samples.features(), samples.outputs()) != (self.samples.features(), self.samples.outputs()) {
            let problem = format!(
                "they have {} features and {} outputs, and the networks {} and {}",
                samples.features(),
                samples.outputs(),
                self.samples.features(),
                self.samples.outputs()
            );
            return Err(TrainError::Samples { problem });
        }
        self.run.protocol.loss.check(samples)?;
        let parts: Vec<Vec<Option<Evaluation>>> =
            self.blocks.par_iter().map(|block| self.evaluate_block(block, samples)).collect::<Result<_, _>>()?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn evaluate_block(&self, block: &Block, samples: &Samples) -> Result<Vec<Option<Evaluation>>, TrainError> {
        let mut found = vec![None; block.histories.len()];
        if block.running.is_empty() {
            return Ok(found);
        }
        let mut totals = vec![(0.0, 0); block.running.len()];
        let all: Vec<u32> = (0..samples.len() as u32).collect();
        let positions = self.run.network.positions.unwrap_or(1);
        let size = (EVALUATION_BATCH / positions).max(EVALUATION_BATCH_OF_IMAGES);
        for batch in all.chunks(size) {
            let batches = vec![batch.to_vec(); block.running.len()];
            let pass = block.forward(&self.run, samples, &batches, false)?;
            for (total, sum) in totals.iter_mut().zip(evaluate(&self.run, &pass, samples, &batches)?.sums) {
                total.0 += sum.loss * batch.len() as f64;
                total.1 += sum.correct;
            }
        }
        let count = samples.len() as f64;
        for (running, (loss, correct)) in block.running.iter().zip(totals) {
            found[running.history] = Some(Evaluation { loss: loss / count, accuracy: correct as f64 / count });
        }
        Ok(found)
    }

    /// The matrices of one network; `None` when there is no such network or it diverged.
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn parameters(&self, network: usize) -> Result<Option<Vec<Parameter>>, TrainError> {
        let Some((block, at)) = self.place(network) else { return Ok(None) };
        let mut parameters = Vec::new();
        for (matrix, parameter) in self.run.network.matrices.iter().zip(&self.blocks[block].parameters) {
            parameters.push(Parameter {
                id: matrix.id,
                rows: matrix.rows,
                columns: matrix.columns,
                trained: matrix.trained,
                entries: doubles(&parameter.weights.narrow(0, at, 1)?)?,
            });
        }
        Ok(Some(parameters))
    }

    /// Replaces the matrices of one network by others of the same shapes, in the order of [`Trainer::parameters`]; what the
    /// optimiser remembers stays.
    ///
    /// # Errors
    /// [`TrainError::Parameters`] when there is no such network, it diverged, or shapes differ; a failed tensor operation.
    pub fn set_parameters(&mut self, network: usize, parameters: &[Parameter]) -> Result<(), TrainError> {
        let refuse = |problem: String| Err(TrainError::Parameters { problem });
        let Some((block, at)) = self.place(network) else {
            return refuse(format!("network {network} does not exist or has diverged"));
        };
        let matrices = &self.run.network.matrices;
        if parameters.len() != matrices.len() {
            return refuse(format!("{} are given, and it has {}", parameters.len(), matrices.len()));
        }
        for (matrix, parameter) in matrices.iter().zip(parameters) {
            let wanted = (matrix.id, matrix.rows, matrix.columns);
            if (parameter.id, parameter.rows, parameter.columns) != wanted
                || parameter.entries.len() != matrix.rows * matrix.columns
            {
                return refuse(format!("found {:?} where {wanted:?} is expected", parameter.id));
            }
        }
        for (own, parameter) in self.blocks[block].parameters.iter_mut().zip(parameters) {
            let shape = (1, parameter.rows, parameter.columns);
            let entries = crate::kernel::tensor(parameter.entries.clone(), shape, own.weights.dtype())?;
            own.weights = own.weights.slice_scatter0(&entries, at)?;
        }
        Ok(())
    }

    /// Block of a network, and its place among those that run there.
    fn place(&self, network: usize) -> Option<(usize, usize)> {
        let mut before = 0;
        for (index, block) in self.blocks.iter().enumerate() {
            if let Some(history) = network.checked_sub(before).filter(|history| *history < block.histories.len()) {
                return Some((index, block.running.iter().position(|running| running.history == history)?));
            }
            before += block.histories.len();
        }
        None
    }
}
