use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// Names the streams; a change of any number they give is value-breaking and changes this tag.
const VERSION: &[u8] = b"archscale data streams 1";

/// The generator for a purpose under a seed: ChaCha with 8 rounds, keyed by the SHA-256 of version, seed and purpose.
pub(crate) fn generator(purpose: &str, seed: u64) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    hash.update(seed.to_le_bytes());
    hash.update(purpose);
    ChaCha8Rng::from_seed(hash.finalize().into())
}

/// A number in 0..`bound`, each equally likely up to 2⁻⁶⁴·bound.
pub(crate) fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    let wide = u128::from(rand::RngCore::next_u64(rng)) * bound as u128;
    (wide >> 64) as usize
}

/// The numbers 0..`len` in an order of which each is equally likely (Fisher and Yates).
pub(crate) fn permutation(rng: &mut ChaCha8Rng, len: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        order.swap(last, below(rng, last + 1));
    }
    order
}
