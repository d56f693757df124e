use archscale_stats::Stream;
use candle_core::{Device, Tensor};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::normal::standard_normals;
use crate::{NetsError, Precision};

/// Names the streams below; a change of any number they give is value-breaking and changes this tag.
const DOMAIN: &str = "archscale random streams 1";

/// The tensor of a network that a stream of random numbers fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TensorId {
    /// The k-th trained matrix, counted over the terms of the program's dense operations and convolutions in order.
    Weight(u32),
    /// The k-th readout vector.
    Readout(u32),
    /// The label.
    Label,
    /// The normals behind the answer to the `query`-th query (of either side, counted from 0, below 2³¹) of the `matrix`-th
    /// trained matrix, when that matrix is lazy.
    Fresh {
        /// The trained matrix, counted as for `Weight`.
        matrix: u32,
        /// The query.
        query: u32,
    },
}

impl TensorId {
    fn number(self) -> u64 {
        match self {
            Self::Weight(k) => u64::from(k),
            Self::Readout(k) => 1 << 32 | u64::from(k),
            Self::Label => 2 << 32,
            Self::Fresh { matrix, query } => 1 << 63 | u64::from(query) << 32 | u64::from(matrix),
        }
    }
}

/// What a run's random numbers are derived from: a claim, a case of it and a seed.
///
/// **Statement.** The [`Stream`] of the seed, the replicate, the claim and the case; its number is the tensor. So every
/// (claim, case, seed, replicate, tensor) has its own stream, whichever thread draws it.
///
/// ```
/// use archscale_nets::{StreamKey, TensorId};
/// use rand::RngCore;
/// let key = StreamKey::new("init-target", "chain:3", 1);
/// let (mut a, mut b) = (key.rng(0, TensorId::Weight(0)), key.rng(0, TensorId::Weight(0)));
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert_ne!(key.rng(0, TensorId::Weight(0)).next_u64(), key.rng(1, TensorId::Weight(0)).next_u64());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamKey {
    /// The claim, or another name of the purpose.
    pub claim: String,
    /// The case within the claim.
    pub case: String,
    /// The user's seed.
    pub seed: u64,
}

impl StreamKey {
    /// The key of a case of a claim.
    #[must_use]
    pub fn new(claim: impl Into<String>, case: impl Into<String>, seed: u64) -> Self {
        Self { claim: claim.into(), case: case.into(), seed }
    }

    /// The generator of one tensor of one replicate (a block of networks).
    #[must_use]
    pub fn rng(&self, replicate: u64, tensor: TensorId) -> ChaCha8Rng {
        let stream = Stream::new(DOMAIN, self.seed).number(replicate).text(&self.claim).text(&self.case);
        stream.rng(tensor.number())
    }

    /// The first `count` standard normals of [`rng`](Self::rng), each through `map`: bit for bit those that it gives one by
    /// one (`rand_distr`'s `StandardNormal`), but as many at once as the processor's vectors hold.
    ///
    /// ```
    /// use archscale_nets::{StreamKey, TensorId};
    /// use rand::Rng;
    /// let key = StreamKey::new("doc", "normals", 1);
    /// let second: f64 = key.rng(0, TensorId::Label).sample_iter(rand_distr::StandardNormal).nth(1).unwrap();
    /// assert_eq!(key.normals(0, TensorId::Label, 2, |x| x)[1], second);
    /// ```
    #[must_use]
    pub fn normals<T: Copy + Default>(
        &self,
        replicate: u64,
        tensor: TensorId,
        count: usize,
        map: impl Fn(f64) -> T,
    ) -> Vec<T> {
        standard_normals(&self.rng(replicate, tensor), count, map)
    }
}

/// Independent N(0, `std_dev`²) entries from the stream of `tensor`, drawn in row-major order.
pub(crate) fn normals(
    (key, replicate, tensor): (&StreamKey, u64, TensorId),
    std_dev: f64,
    shape: (usize, usize, usize),
    precision: Precision,
    device: &Device,
) -> Result<Tensor, NetsError> {
    let count = shape.0 * shape.1 * shape.2;
    Ok(match precision {
        Precision::F64 => Tensor::from_vec(key.normals(replicate, tensor, count, |x| std_dev * x), shape, device)?,
        Precision::F32 => Tensor::from_vec(key.normals(replicate, tensor, count, |x| (std_dev * x) as f32), shape, device)?,
    })
}

/// Labels ±1 with equal probability.
#[must_use]
pub fn labels(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }).collect()
}
