//! The words of `ChaCha8Rng` in bulk, bit for bit, by as many blocks at once as the processor's vectors have lanes.

use pulp::{Arch, Simd, WithSimd};
use rand_chacha::ChaCha8Rng;

/// Blocks of one call.
const BLOCKS: usize = 16;
/// Words of 64 bits of one call.
pub(crate) const WORDS: usize = 8 * BLOCKS;

/// "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The stream of a generator from its beginning.
///
/// **Statement.** ChaCha with 8 rounds, a 64-bit block counter and a 64-bit stream number (Bernstein, *ChaCha, a variant of
/// Salsa20*, 2008): the state is four constants, the key, the counter and the stream; a block is the state after four double
/// rounds, added to the state. Words of 64 bits are pairs of its words, the lower first, as [`ChaCha8Rng`] gives them.
pub(crate) struct Stream {
    /// Constants, key, counter, stream.
    state: [u32; 16],
    counter: u64,
}

impl Stream {
    /// That of `rng`, whatever was drawn from it before.
    pub(crate) fn of(rng: &ChaCha8Rng) -> Self {
        let mut state = [0; 16];
        state[..4].copy_from_slice(&CONSTANTS);
        for (word, bytes) in state[4..12].iter_mut().zip(rng.get_seed().as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        let stream = rng.get_stream();
        state[14..].copy_from_slice(&[stream as u32, (stream >> 32) as u32]);
        Self { state, counter: 0 }
    }

    /// The next words.
    pub(crate) fn fill(&mut self, words: &mut [u64; WORDS]) {
        Arch::new().dispatch(Fill { stream: self, words });
        self.counter = self.counter.wrapping_add(BLOCKS as u64);
    }
}

struct Fill<'a> {
    stream: &'a Stream,
    words: &'a mut [u64; WORDS],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { stream: Stream { state, counter }, words } = self;
        // Word by word, a lane for each block.
        let mut start = state.map(|word| [word; BLOCKS]);
        let counters: [u64; BLOCKS] = std::array::from_fn(|block| counter.wrapping_add(block as u64));
        (start[12], start[13]) = (counters.map(|counter| counter as u32), counters.map(|counter| (counter >> 32) as u32));
        let mut end = [[0; BLOCKS]; 16];
        for group in 0..BLOCKS / S::U32_LANES {
            let before: [S::u32s; 16] = std::array::from_fn(|word| S::as_simd_u32s(&start[word]).0[group]);
            let mut x = before;
            for _ in 0..4 {
                for [a, b, c, d] in [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]] {
                    quarter_round(simd, &mut x, a, b, c, d);
                }
                for [a, b, c, d] in [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]] {
                    quarter_round(simd, &mut x, a, b, c, d);
                }
            }
            for word in 0..16 {
                S::as_mut_simd_u32s(&mut end[word]).0[group] = simd.add_u32s(x[word], before[word]);
            }
        }
        for (block, words) in words.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            for (pair, word) in words.iter_mut().enumerate() {
                *word = u64::from(end[2 * pair][block]) | u64::from(end[2 * pair + 1][block]) << 32;
            }
        }
    }
}

#[inline(always)]
fn quarter_round<S: Simd>(simd: S, x: &mut [S::u32s; 16], a: usize, b: usize, c: usize, d: usize) {
    for (to, from, target, by) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        x[to] = simd.add_u32s(x[to], x[from]);
        x[target] = rotate(simd, simd.xor_u32s(x[target], x[to]), by);
    }
}

#[inline(always)]
fn rotate<S: Simd>(simd: S, x: S::u32s, by: u32) -> S::u32s {
    let left = simd.wrapping_dyn_shl_u32s(x, simd.splat_u32s(by));
    simd.or_u32s(left, simd.wrapping_dyn_shr_u32s(x, simd.splat_u32s(32 - by)))
}

#[cfg(test)]
mod tests {
    use rand::{RngCore, SeedableRng};

    use super::*;

    fn compare(stream: &mut Stream, rng: &mut ChaCha8Rng, calls: usize) {
        let mut words = [0; WORDS];
        for call in 0..calls {
            stream.fill(&mut words);
            for (k, word) in words.iter().enumerate() {
                assert_eq!(*word, rng.next_u64(), "word {k} of call {call}");
            }
        }
    }

    #[test]
    fn words_are_those_of_the_generator() {
        for (seed, stream) in [(0, 0), (1, 1), (2, 1 << 63 | 5 << 32 | 7), (3, u64::MAX)] {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(stream);
            compare(&mut Stream::of(&rng), &mut rng, 50);
        }
    }

    /// One lane, and eight where the processor has them, whatever is used here.
    #[test]
    fn words_do_not_depend_on_the_vectors() {
        let stream = Stream::of(&ChaCha8Rng::seed_from_u64(5));
        let [mut expected, mut words] = [[0; WORDS]; 2];
        Arch::new().dispatch(Fill { stream: &stream, words: &mut expected });
        Fill { stream: &stream, words: &mut words }.with_simd(pulp::Scalar);
        assert_eq!(words, expected);
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            words = [0; WORDS];
            Simd::vectorize(simd, Fill { stream: &stream, words: &mut words });
            assert_eq!(words, expected);
        }
    }

    /// Past 2³² blocks, within a call.
    #[test]
    fn the_counter_has_64_bits() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut stream = Stream::of(&rng);
        stream.counter = (1 << 32) - 5;
        rng.set_word_pos(u128::from(stream.counter) * 16);
        compare(&mut stream, &mut rng, 2);
    }
}
