//! Named streams of random numbers.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// The name of random numbers: a domain, a seed, and what they are drawn for.
///
/// **Statement.** The generator is ChaCha with 8 rounds ([`ChaCha8Rng`]). Its 256-bit key is the SHA-256 of the domain, the
/// seed and all that was added, in order; numbers are 8 bytes, little-endian, and a text is preceded by its length in bytes.
/// The generator's own 64-bit stream tells replicates or tensors apart. Equal names give equal numbers on every machine and
/// any number of threads; different names give independent ones.
///
/// **Domain.** A constant of the code that draws, such as `archscale court streams 1`. A change of any number that it gives
/// is value-breaking and takes another domain.
///
/// ```
/// use archscale_stats::Stream;
/// use rand_chacha::rand_core::RngCore;
/// let folds = Stream::new("documentation 1", 7).text("folds");
/// assert_eq!(folds.rng(3).next_u64(), folds.rng(3).next_u64());
/// assert_ne!(folds.rng(3).next_u64(), folds.rng(4).next_u64());
/// // Lengths keep texts apart.
/// let name = Stream::new("documentation 1", 7);
/// let (ab, a_b) = (name.clone().text("ab").text(""), name.text("a").text("b"));
/// assert_ne!(ab.rng(0).next_u64(), a_b.rng(0).next_u64());
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Stream(Sha256);

impl Stream {
    /// The streams of a domain under a seed.
    pub fn new(domain: &'static str, seed: u64) -> Self {
        Self(Sha256::new().chain_update(domain)).number(seed)
    }

    /// Adds a number to the name.
    pub fn number(self, number: u64) -> Self {
        Self(self.0.chain_update(number.to_le_bytes()))
    }

    /// Adds a text to the name.
    pub fn text(self, text: &str) -> Self {
        Self(self.number(text.len() as u64).0.chain_update(text))
    }

    /// Ends the name with a text whose length is not written. Only a domain all of whose names are one text may use it; new
    /// domains use [`text`](Self::text).
    pub fn ending(self, text: &str) -> Self {
        Self(self.0.chain_update(text))
    }

    /// The generator of stream `number` under this name.
    #[must_use]
    pub fn rng(&self, number: u64) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::from_seed(self.0.clone().finalize().into());
        rng.set_stream(number);
        rng
    }
}

/// A number in 0..`bound`, each equally likely up to 2⁻⁶⁴·`bound`.
///
/// **Statement.** ⌊u·bound/2⁶⁴⌋ with u the next 64 random bits. It is 0 for a bound of 0.
///
/// ```
/// use archscale_stats::{Stream, below};
/// let mut rng = Stream::new("documentation 1", 1).rng(0);
/// assert!((0..100).all(|_| below(&mut rng, 6) < 6));
/// ```
pub fn below(rng: &mut impl RngCore, bound: usize) -> usize {
    ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize
}

/// The numbers 0..`len` in random order, each order equally likely up to the rounding of [`below`].
///
/// **Source.** Fisher and Yates, in the form of Durstenfeld, *Algorithm 235: Random permutation*, CACM 7 (1964) 420.
///
/// ```
/// use archscale_stats::{Stream, permutation};
/// let mut order = permutation(&mut Stream::new("documentation 1", 1).rng(0), 5);
/// order.sort_unstable();
/// assert_eq!(order, [0, 1, 2, 3, 4]);
/// ```
pub fn permutation(rng: &mut impl RngCore, len: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        order.swap(last, below(rng, last + 1));
    }
    order
}
