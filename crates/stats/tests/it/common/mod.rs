//! Seeds, laws and binomial bounds for the Monte-Carlo tests.
//!
//! False alarm of this file: at most 0 (what its level is spent on is stated where it is used).
#![allow(dead_code)] // each test file uses its part

use archscale_stats::Moments;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{Binomial, Discrete};

/// The false-alarm probability of each Monte-Carlo assertion of this crate.
pub(crate) const FALSE_ALARM: f64 = 1e-9;

/// The generator of a named case: ChaCha8 seeded with the FNV-1a hash of the name.
pub(crate) fn generator(case: &str) -> ChaCha8Rng {
    let hash =
        case.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    ChaCha8Rng::seed_from_u64(hash)
}

pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// A law with its exact mean.
pub(crate) struct Law {
    pub(crate) name: &'static str,
    pub(crate) draw: fn(&mut ChaCha8Rng) -> f64,
    pub(crate) mean: f64,
}

/// exp(Z/2): mean e^{1/8}, skewness 1.75, excess kurtosis 5.9.
pub(crate) fn mild_lognormal() -> Law {
    Law { name: "exp(Z/2)", draw: |rng| (0.5 * normal(rng)).exp(), mean: 0.125_f64.exp() }
}

/// exp(Z): mean e^{1/2}, skewness 6.2, excess kurtosis 111.
pub(crate) fn lognormal() -> Law {
    Law { name: "exp(Z)", draw: |rng| normal(rng).exp(), mean: 0.5_f64.exp() }
}

/// Z²: mean 1, skewness 2.8, excess kurtosis 12.
pub(crate) fn square() -> Law {
    Law { name: "Z^2", draw: |rng| normal(rng).powi(2), mean: 1.0 }
}

/// (Z Z')²: mean 1, skewness 9.9, excess kurtosis 172: a second moment behind two layers of width one.
pub(crate) fn squared_product() -> Law {
    Law { name: "(Z Z')^2", draw: |rng| (normal(rng) * normal(rng)).powi(2), mean: 1.0 }
}

pub(crate) fn sample(law: &Law, size: u64, rng: &mut ChaCha8Rng) -> Moments {
    let mut moments = Moments::new();
    for _ in 0..size {
        moments.push((law.draw)(rng));
    }
    moments
}

/// The least k with P(Binomial(n, p) > k) ≤ `error`.
pub(crate) fn most(n: u64, p: f64, error: f64) -> u64 {
    let law = Binomial::new(p, n).unwrap();
    let mut tail = 0.0;
    let mut k = n;
    while k > 0 && tail + law.pmf(k) <= error {
        tail += law.pmf(k);
        k -= 1;
    }
    k
}

/// The largest k with P(Binomial(n, p) < k) ≤ `error`.
pub(crate) fn fewest(n: u64, p: f64, error: f64) -> u64 {
    n - most(n, 1.0 - p, error)
}
