//! Studentised bootstrap over networks.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

use super::statistic::Value;

/// Names the streams; a change of any number they give is value-breaking and changes this tag.
const VERSION: &[u8] = b"archscale set streams 1";

/// Fewest architectures from which an interval is given.
pub(crate) const LEAST_FOR_INTERVAL: usize = 8;

/// Largest share of replicates that may be unusable (all networks equal, say).
const LARGEST_LOSS: f64 = 0.01;

/// Standard errors below this are rounding: two laws that agree up to it, say. Statistics here are of order one.
const ROUNDING: f64 = 1e-10;

/// The generator for a purpose under a seed: ChaCha with 8 rounds, keyed by the SHA-256 of version, seed and purpose.
pub(crate) fn generator(purpose: &[&str], seed: u64) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    hash.update(seed.to_le_bytes());
    for text in purpose {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// A number in 0..`bound`, each equally likely up to 2⁻⁶⁴·bound.
pub(crate) fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize
}

/// Networks of a sample with the architecture of each; networks of one architecture are drawn together.
#[derive(Debug, Clone)]
pub(crate) struct Clusters {
    members: Vec<Vec<usize>>,
}

impl Clusters {
    /// From the architecture of each network, as a number.
    pub(crate) fn new(architecture: &[usize]) -> Self {
        let mut names: Vec<usize> = architecture.to_vec();
        names.sort_unstable();
        names.dedup();
        let of = |name: &usize| (0..architecture.len()).filter(|i| architecture[*i] == *name).collect();
        Self { members: names.iter().map(of).collect() }
    }

    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// The sample itself, as a draw.
    pub(crate) fn identity(&self) -> Draw {
        self.draw(0..self.len())
    }

    fn draw(&self, chosen: impl Iterator<Item = usize>) -> Draw {
        let mut draw = Draw { entries: Vec::new(), ends: Vec::with_capacity(self.len()) };
        for cluster in chosen {
            draw.entries.extend(&self.members[cluster]);
            draw.ends.push(draw.entries.len());
        }
        draw
    }
}

/// Networks drawn, architecture after architecture.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) entries: Vec<usize>,
    /// End of each architecture's networks among the entries.
    ends: Vec<usize>,
}

impl Draw {
    /// Standard error of a statistic on this draw: (k/(k − 1) Σ_c (Σ_{i∈c} U_i)²)^½ / n over k architectures.
    pub(crate) fn standard_error(&self, value: &Value) -> f64 {
        let mut start = 0;
        let mut square = 0.0;
        for &end in &self.ends {
            square += value.influence[start..end].iter().sum::<f64>().powi(2);
            start = end;
        }
        let k = self.ends.len() as f64;
        (square * k / (k - 1.0)).sqrt() / self.entries.len() as f64
    }
}

/// Resamples of the architectures of a sample.
#[derive(Debug, Clone)]
pub(crate) struct Resamples {
    identity: Draw,
    draws: Vec<Draw>,
}

impl Resamples {
    /// So many draws with replacement; replicate b has stream b of the purpose's generator.
    pub(crate) fn new(clusters: &Clusters, replicates: usize, purpose: &[&str], seed: u64) -> Self {
        let named = generator(purpose, seed);
        let one = |replicate: usize| {
            let mut rng = named.clone();
            rng.set_stream(replicate as u64);
            clusters.draw((0..clusters.len()).map(|_| below(&mut rng, clusters.len())))
        };
        Self { identity: clusters.identity(), draws: (0..replicates).map(one).collect() }
    }

    pub(crate) fn identity(&self) -> &Draw {
        &self.identity
    }

    /// The studentised interval of a statistic: θ − s t_{1−α/2} to θ − s t_{α/2}, with t the quantiles of (θ* − θ)/s* over
    /// replicates.
    ///
    /// None with fewer than [`LEAST_FOR_INTERVAL`] architectures, without variance beyond rounding, or where more than 1 % of the replicates have
    /// no statistic or no variance.
    pub(crate) fn interval(&self, level: f64, statistic: impl Fn(&[usize]) -> Option<Value>) -> Option<(f64, f64)> {
        if self.identity.ends.len() < LEAST_FOR_INTERVAL {
            return None;
        }
        let studentise = |draw: &Draw| {
            let value = statistic(&draw.entries)?;
            let error = draw.standard_error(&value);
            (error > ROUNDING && error.is_finite()).then_some((value.theta, error))
        };
        let (theta, error) = studentise(&self.identity)?;
        let mut deviates: Vec<f64> =
            self.draws.iter().filter_map(studentise).map(|(drawn, own)| (drawn - theta) / own).collect();
        if deviates.len() as f64 * (1.0 + LARGEST_LOSS) < self.draws.len() as f64 {
            return None;
        }
        deviates.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level);
        Some((theta - error * quantile(&deviates, 1.0 - tail), theta - error * quantile(&deviates, tail)))
    }
}

/// Quantile of sorted values at rank (n + 1)·share, linear between order statistics.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = ((sorted.len() + 1) as f64 * share - 1.0).clamp(0.0, (sorted.len() - 1) as f64);
    let (low, part) = (place.floor() as usize, place.fract());
    let upper = sorted[(low + 1).min(sorted.len() - 1)];
    sorted[low] + part * (upper - sorted[low])
}
