use std::fmt::{self, Display};
use std::str::FromStr;

use archscale_model::Activation;
use archscale_nets::Precision;
use archscale_text::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Loss, NamedOptimiser, Samples, Schedule, TrainError};

/// How long a network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Budget {
    /// This many steps.
    Steps(u64),
    /// This many passes over the samples, without the last incomplete batch of each.
    Epochs(u64),
}

impl fmt::Display for Budget {
    /// `1 pass`, `20 passes`, `300 steps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, one, more) = match self {
            Self::Steps(count) => (count, "step", "steps"),
            Self::Epochs(count) => (count, "pass", "passes"),
        };
        write!(f, "{count} {}", if *count == 1 { one } else { more })
    }
}

impl Budget {
    /// The number of steps when a pass has `steps_per_epoch`.
    #[must_use]
    pub fn steps(self, steps_per_epoch: u64) -> u64 {
        match self {
            Self::Steps(steps) => steps,
            Self::Epochs(epochs) => epochs.saturating_mul(steps_per_epoch),
        }
    }
}

/// The map from a sample x of d features to a vector of width n that stands where the program has an input.
///
/// **Statement.** h = σ(S x) with S of n × d entries N(0, q / (d s)), where s is the samples' mean square and q solves
/// E σ(√q g)² = m2, the mean square that the program states for its input (q = 2 m2 for ReLU, m2 for linear). So the mean of
/// |h|²/n over the samples is m2 at initialisation, up to 1/n, and exactly so in expectation for linear σ; data of features
/// with mean 0 and variance 1 have s = 1. Every input of a program has a stem of its own.
///
/// **Choice.** In the pre-activation convention the program's input stands for σ(z(0)) with z(0) the first vertex, so the
/// stem passes through the activation; in the post-activation convention it stands for z(0) itself and σ is linear. Theory
/// takes the input as fixed, but published experiments train every layer with one learning rate, hence the default. A
/// trained stem adds one matrix to each path, of 3 like paths.
///
/// **Images.** In a program over images, a sample is a field of [`Stem::channels`] channels over the grid's m positions,
/// feature channel·m + position, and S is a convolution from them to n channels with the program's padding: of taps q₀ by
/// [`Stem::kernel`], S of n × q₀·c entries N(0, q / (q₀ c s)). It stands for the program's image, whose Gram matrix plays no
/// part but for the mean of its diagonal, which is m2; at initialisation the mean of |h(p)|²/n over samples and positions is
/// m2 on a torus of standardised data, and less where taps read zeros beyond an edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(description = "The first layer, from the data to the architecture's input.")]
pub struct Stem {
    /// σ; ReLU unless said otherwise.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub activation: Activation,
    /// Whether S is trained; true unless said otherwise.
    pub trained: bool,
    /// The kernel of S over images; not written where it is that of the network.
    #[serde(skip_serializing_if = "is_default")]
    pub kernel: StemKernel,
    /// Number of channels c of the data in a program over images; not written where it is 1.
    #[schemars(range(min = 1))]
    #[serde(skip_serializing_if = "is_one")]
    pub channels: usize,
}

impl Default for Stem {
    fn default() -> Self {
        Self { activation: Activation::RELU, trained: true, kernel: StemKernel::default(), channels: 1 }
    }
}

/// The kernel of a stem over images; a program over vectors has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StemKernel {
    /// The largest side among the program's convolutions, as in networks whose first layer is a convolution like the others.
    #[default]
    Network,
    /// Side 1: every position enters by itself, and the receptive field is that of the program alone.
    Pointwise,
}

fn is_default(kernel: &StemKernel) -> bool {
    *kernel == StemKernel::default()
}

fn is_one(channels: &usize) -> bool {
    *channels == 1
}

/// A training protocol: all that is fixed besides the architecture, the data, the learning rate and the seed.
///
/// Fields that are left out of a JSON text take the values of [`Protocol::default`], those of the replication in
/// three epochs: width 128, batches of 32, cross-entropy, plain SGD at a constant rate, every matrix trained.
///
/// ```
/// use archscale_train::{Budget, Protocol};
/// let protocol: Protocol = serde_json::from_str(r#"{ "width": 64, "budget": { "epochs": 1 } }"#)?;
/// assert_eq!((protocol.width, protocol.batch, protocol.budget), (64, 32, Budget::Epochs(1)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(
    description = "How networks are trained: all that is fixed besides architecture, data, learning rate and seed. Fields that are left out \
    take the values given as defaults."
)]
pub struct Protocol {
    /// Width n ≥ 1.
    #[schemars(range(min = 1))]
    pub width: usize,
    /// Samples of a minibatch B ≥ 1, at most the number of samples.
    #[schemars(range(min = 1))]
    pub batch: usize,
    /// Length of the run.
    pub budget: Budget,
    /// The loss.
    pub loss: Loss,
    /// The optimiser.
    pub optimiser: NamedOptimiser,
    /// The learning rate's course.
    pub schedule: Schedule,
    /// How data enter.
    pub stem: Stem,
    /// Whether the readout's n × K matrices are trained.
    pub train_readout: bool,
    /// Floating-point format of the tensors; random numbers are drawn in double precision and rounded.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub precision: Precision,
    /// A network counts as diverged when its minibatch loss is not finite or above this many times its first one.
    pub divergence: f64,
    /// Names the random streams together with a network's seed, for instance by the architecture: networks of equal case,
    /// seed and shapes start from the same weights and see the same minibatches.
    pub case: String,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            width: 128,
            batch: 32,
            budget: Budget::Epochs(3),
            loss: Loss::CrossEntropy,
            optimiser: NamedOptimiser::default(),
            schedule: Schedule::Constant,
            stem: Stem::default(),
            train_readout: true,
            precision: Precision::F32,
            divergence: 1e3,
            case: String::new(),
        }
    }
}

impl Protocol {
    /// Whole minibatches in one pass over these samples.
    #[must_use]
    pub fn steps_per_epoch(&self, samples: &Samples) -> u64 {
        samples.len().checked_div(self.batch).unwrap_or(0) as u64
    }

    /// Steps of the whole run on these samples.
    #[must_use]
    pub fn steps(&self, samples: &Samples) -> u64 {
        self.budget.steps(self.steps_per_epoch(samples))
    }

    /// Refuses settings that lie outside their domain whatever the data are.
    ///
    /// # Errors
    /// [`TrainError::Setting`] with the first such setting.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |name, found: String, mend| Err(Refusal::new(name, found, mend).into());
        if self.width == 0 {
            return refuse("width", "0".into(), "a network has at least one neuron in each layer");
        }
        if self.batch == 0 {
            return refuse("batch", "0".into(), "take at least one sample");
        }
        if matches!(self.budget, Budget::Steps(0) | Budget::Epochs(0)) {
            return refuse("budget", self.budget.to_string(), "train for at least one step");
        }
        if self.divergence.is_nan() || self.divergence <= 1.0 {
            return refuse("divergence", self.divergence.to_string(), "it is a multiple of the first loss, above 1");
        }
        self.optimiser.build().check()
    }

    /// Refuses settings outside their domain, and those that these samples do not allow.
    pub(crate) fn check_on(&self, samples: &Samples) -> Result<(), TrainError> {
        self.check()?;
        if self.batch > samples.len() {
            let found = format!("{} for {} samples", self.batch, samples.len());
            return Err(Refusal::new("batch", found, "take no more samples than there are").into());
        }
        self.loss.check(samples)
    }
}

/// Values that are written as their text.
mod text {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
