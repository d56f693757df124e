use rayon::prelude::*;

use crate::block::{Block, evaluate};
use crate::{Samples, TrainError, Trainer};

/// Samples of one forward pass of an evaluation; of images, fewer by their positions down to the second number.
const EVALUATION_BATCH: usize = 256;
const EVALUATION_BATCH_OF_IMAGES: usize = 32;

/// Mean loss and accuracy over a set of samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Mean loss; not finite where the weights have overflowed.
    pub loss: f64,
    /// Fraction of samples whose label has the only largest output; 0 for real targets.
    pub accuracy: f64,
}

impl Trainer {
    /// Mean loss and accuracy of each network over these samples, at its present weights; `None` for those that diverged.
    ///
    /// Any samples of the same features and outputs will do; those that were not trained on give the test accuracy. Stems
    /// keep the scale of the samples trained on.
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
}
