//! Losses, one file each: value and gradient by the outputs.

mod cross_entropy;
mod mean_square;

use std::fmt;
use std::str::FromStr;

use archscale_nets::Machine;
use archscale_nets::tensor::{host, of_doubles};
use archscale_text::Refusal;
use candle_core::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Samples, Targets, TrainError};

/// The loss of a minibatch of B samples with outputs f (K × B).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loss {
    /// −(1/B) Σ_b log softmax(f_b)\[label_b\]; needs labels.
    CrossEntropy,
    /// (1/B) Σ_b ½ |f_b − y_b|²; y is the unit vector of the label where there are labels. Summed over outputs, with the ½
    /// of the theory: PyTorch's `MSELoss` is 2/K times as large.
    MeanSquare,
}

impl Loss {
    pub(crate) fn check(self, samples: &Samples) -> Result<(), TrainError> {
        match (self, samples.targets()) {
            (Self::CrossEntropy, Targets::Values { .. }) => {
                Err(Refusal::new("loss", "cross-entropy for real targets", "it needs labels; take mean-square").into())
            }
            _ => Ok(()),
        }
    }

    /// Value of one sample, whose gradient by the outputs goes into `gradient`; all in double precision.
    fn sample(self, outputs: &[f64], target: Target<'_>, gradient: &mut [f64]) -> f64 {
        match (self, target) {
            (Self::CrossEntropy, Target::Label(label)) => cross_entropy::sample(outputs, label, gradient),
            (_, target) => mean_square::sample(outputs, target, gradient),
        }
    }

    /// Loss of each network over the minibatch, and its gradient by the outputs; computed on the host, in double precision.
    ///
    /// `outputs` is (G, K, B); `batch` holds for each network the indices of its B samples.
    pub(crate) fn evaluate(
        self,
        outputs: &Tensor,
        samples: &Samples,
        batch: &[Vec<u32>],
        machine: &Machine,
    ) -> Result<Evaluated, TrainError> {
        let shape = outputs.dims3()?;
        let (sums, gradient) = self.networks(&host(outputs)?, shape, samples.targets(), batch);
        Ok(Evaluated { sums, gradient: of_doubles(gradient, shape, machine)? })
    }

    fn networks(
        self,
        outputs: &[f64],
        (networks, classes, count): (usize, usize, usize),
        targets: &Targets,
        batch: &[Vec<u32>],
    ) -> (Vec<Sum>, Vec<f64>) {
        let scale = 1.0 / count as f64;
        let mut gradient = vec![0.0; outputs.len()];
        let mut sums = vec![Sum::default(); networks];
        let (mut own, mut slope) = (vec![0.0; classes], vec![0.0; classes]);
        let each = outputs.chunks_exact(classes * count).zip(gradient.chunks_exact_mut(classes * count));
        for (((outputs, gradient), sum), batch) in each.zip(&mut sums).zip(batch) {
            for (at, &sample) in batch.iter().enumerate() {
                for (class, own) in own.iter_mut().enumerate() {
                    *own = outputs[class * count + at];
                }
                let target = Target::of(targets, sample as usize);
                sum.loss += self.sample(&own, target, &mut slope) * scale;
                sum.correct += u64::from(target.is_met_by(&own));
                for (class, slope) in slope.iter().enumerate() {
                    gradient[class * count + at] = slope * scale;
                }
            }
        }
        (sums, gradient)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CrossEntropy => "cross-entropy",
            Self::MeanSquare => "mean-square",
        })
    }
}

impl FromStr for Loss {
    type Err = TrainError;

    fn from_str(text: &str) -> Result<Self, TrainError> {
        [Self::CrossEntropy, Self::MeanSquare]
            .into_iter()
            .find(|loss| loss.to_string() == text)
            .ok_or_else(|| Refusal::new("loss", text, "it is cross-entropy or mean-square").into())
    }
}

/// What [`Loss::evaluate`] found.
pub(crate) struct Evaluated {
    /// By network.
    pub(crate) sums: Vec<Sum>,
    /// By the outputs, (G, K, B).
    pub(crate) gradient: Tensor,
}

/// Mean loss and number of right answers over some samples.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    pub(crate) loss: f64,
    pub(crate) correct: u64,
}

/// The target of one sample.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    Label(usize),
    Values(&'a [f32]),
}

impl<'a> Target<'a> {
    fn of(targets: &'a Targets, sample: usize) -> Self {
        match targets {
            Targets::Labels { labels, .. } => Self::Label(labels[sample] as usize),
            Targets::Values { values, outputs } => Self::Values(&values[sample * outputs..][..*outputs]),
        }
    }

    /// Whether the label's output is the only largest one; real targets are never met.
    fn is_met_by(self, outputs: &[f64]) -> bool {
        match self {
            Self::Label(label) => outputs.iter().enumerate().all(|(class, &f)| class == label || f < outputs[label]),
            Self::Values(_) => false,
        }
    }

    /// Target value of one output.
    fn at(self, output: usize) -> f64 {
        match self {
            Self::Label(label) => f64::from(u8::from(label == output)),
            Self::Values(values) => f64::from(values[output]),
        }
    }
}
