use std::sync::Arc;

use archscale_model::Program;
use archscale_text::Refusal;
use rayon::prelude::*;

use crate::block::{Block, Run};
use crate::network::Network;
use crate::{History, Member, Optimiser, Protocol, Samples, Setup, TrainError, digest};

/// Entries of one matrix over a block, at most: few enough that the matrices of a network of some depth stay in the
/// processor's cache from step to step. Measured at width 128, see `benches/steps.rs`.
const BLOCK_ENTRIES: usize = 1 << 15;
/// Networks of a block, at most.
const LARGEST_BLOCK: usize = 64;
/// Steps that a block takes before the others are waited for and progress is reported.
const ROUND: u64 = 16;

/// The steps that a run has taken and the networks that still take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainingProgress {
    /// Steps taken.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Networks that still take part.
    pub running: usize,
    /// Networks of the run.
    pub networks: usize,
}

/// Many networks of one program, each with its own learning rate and seed, trained side by side.
///
/// **Statement.** Every network starts from W entries N(0, C/n), readout entries N(0, C/n²) and stems as [`crate::Stem`]
/// says, and takes minibatch steps as [`Protocol`] says. What a network becomes does not depend, in any bit, on the other
/// networks, on the number of threads, or on interruptions by [`Trainer::save`] and [`Trainer::restore`].
///
/// **Shapes.** Networks are grouped into blocks whose matrices are (G, rows, columns) and whose values are (G, n, B), over
/// images of m positions (G, n, m·B); the blocks are spread over the threads. Networks that diverge leave their block.
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
    pub(crate) samples: Arc<Samples>,
    members: Vec<Member>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) step: u64,
    digest: String,
}

impl Trainer {
    /// Draws the networks; none has taken a step yet.
    ///
    /// # Errors
    /// Settings out of their domain, samples that do not fit them, a program with an operation that has no rule, a learning
    /// rate that is not positive and finite.
    pub fn new(
        program: &Program,
        samples: &Arc<Samples>,
        protocol: &Protocol,
        members: &[Member],
    ) -> Result<Self, TrainError> {
        Self::with(program, samples, protocol, members, Setup::default())
    }

    /// As [`Trainer::new`], with this optimiser in place of the protocol's.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn with_optimiser(
        program: &Program,
        samples: &Arc<Samples>,
        protocol: &Protocol,
        members: &[Member],
        optimiser: Arc<dyn Optimiser>,
    ) -> Result<Self, TrainError> {
        Self::with(program, samples, protocol, members, Setup { optimiser: Some(optimiser), ..Setup::default() })
    }

    /// As [`Trainer::new`], with what no protocol names.
    ///
    /// # Errors
    /// As [`Trainer::new`]; a machine of another precision than the protocol's.
    pub fn with(
        program: &Program,
        samples: &Arc<Samples>,
        protocol: &Protocol,
        members: &[Member],
        setup: Setup,
    ) -> Result<Self, TrainError> {
        protocol.check_on(samples)?;
        let machine = setup.machine_for(protocol)?;
        let optimiser = setup.optimiser.unwrap_or_else(|| protocol.optimiser.build());
        optimiser.check()?;
        for member in members {
            let rate = member.learning_rate;
            if !(rate > 0.0 && rate.is_finite()) {
                return Err(Refusal::new("learning rate", rate, "it must be above 0 and finite").into());
            }
        }
        let network = Network::new(program, samples, protocol, &setup.outside)?;
        let matrix = network.matrices.iter().map(|matrix| matrix.spec.rows * matrix.spec.columns).max().unwrap_or(1);
        // Fields outgrow the matrices, so that they decide what stays in the cache.
        let field = network.positions.map_or(0, |positions| protocol.width.saturating_mul(positions * protocol.batch));
        let largest = matrix.max(field);
        let (steps, steps_per_epoch) = (protocol.steps(samples), protocol.steps_per_epoch(samples));
        let run = Run { network, protocol: protocol.clone(), machine, optimiser, steps, steps_per_epoch };
        let size = (BLOCK_ENTRIES / largest).clamp(1, LARGEST_BLOCK);
        let blocks = members.par_chunks(size).map(|members| Block::new(&run, samples, members));
        let blocks = blocks.collect::<Result<_, _>>()?;
        let digest = digest::of_texts(&[
            &digest::of_program(program),
            &serde_json::to_string(protocol)?,
            &run.optimiser.identity(),
            &samples.digest(),
            &serde_json::to_string(members)?,
        ]);
        Ok(Self { run, samples: Arc::clone(samples), members: members.to_vec(), blocks, step: 0, digest })
    }

    /// Takes up to `steps` further steps, no more than the budget has left. `progress` is called from this thread after
    /// every few steps.
    ///
    /// # Errors
    /// A failed tensor operation, after which the trainer must not be used further.
    pub fn run(&mut self, steps: u64, progress: &dyn Fn(TrainingProgress)) -> Result<(), TrainError> {
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

    /// The steps taken, and the networks that still take part.
    #[must_use]
    pub fn progress(&self) -> TrainingProgress {
        let running = self.blocks.iter().map(|block| block.running.len()).sum();
        TrainingProgress { step: self.step, steps: self.run.steps, running, networks: self.members.len() }
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

    /// Names program, protocol, optimiser, samples and networks: a checkpoint continues only where it agrees.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How each network's training went, in the order in which they were given.
    pub fn histories(&self) -> impl Iterator<Item = &History> {
        self.blocks.iter().flat_map(|block| &block.histories)
    }
}
