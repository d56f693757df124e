//! Standard normals in bulk: the numbers that `rand_distr` would give, bit for bit, in less time.

use std::sync::LazyLock;

use rand::{Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::chacha::{Stream, WORDS};

/// Numbers that wait in the fastest cache for their place in a vector.
const PART: usize = 512;

/// Bit pattern of 2, below which 52 random bits make a number in [2, 4).
const TWO: u64 = 0x4000_0000_0000_0000;

/// The width of each strip of the ziggurat beside the width below which a point of the strip lies under the curve for
/// certain.
///
/// Read off `rand_distr` itself: its tables are not public, but a generator that always gives one number shows them.
static STRIPS: LazyLock<[[f64; 2]; 256]> = LazyLock::new(|| {
    let widths: Vec<f64> = (0..256).map(width).collect();
    // In the innermost strip nothing is certain.
    std::array::from_fn(|strip| [widths[strip], widths.get(strip + 1).copied().unwrap_or(0.0)])
});

/// Width of a strip: what `rand_distr` makes of a point at 2⁻¹⁰ of it, which no strip rejects when the number after it is
/// near 1.
fn width(strip: u64) -> f64 {
    const SHARE: f64 = 1.0 / 1024.0;
    let mut point = Fixed(Some(((3.0 + SHARE).to_bits() & !TWO) << 12 | strip));
    let x: f64 = point.sample(StandardNormal);
    x / SHARE
}

/// Gives one number, then the largest ones.
struct Fixed(Option<u64>);

impl RngCore for Fixed {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0.take().unwrap_or(u64::MAX)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        rand::rand_core::impls::fill_bytes_via_next(self, bytes);
    }
}

/// The first `count` standard normals of a generator, each through `map`.
///
/// As [`fill`] gives them, without a pass that clears the memory first.
pub(crate) fn standard_normals<T: Copy + Default>(rng: &ChaCha8Rng, count: usize, map: impl Fn(f64) -> T) -> Vec<T> {
    let mut ahead = Ahead::new(rng);
    let mut numbers = Vec::with_capacity(count);
    let mut part = [T::default(); PART];
    while numbers.len() < count {
        let part = &mut part[..PART.min(count - numbers.len())];
        ahead.normals(part, &map);
        numbers.extend_from_slice(part);
    }
    numbers
}

/// Fills `numbers` with the first standard normals of a generator, each through `map`.
///
/// **Statement.** The k-th number is, bit for bit, the k-th of `rng.sample::<f64, _>(StandardNormal)`. Almost ninety-nine
/// numbers in a hundred are settled by one comparison (Doornik's ziggurat), in runs; each of the others is left to
/// `rand_distr`, from its place in the stream. Those are the numbers of `rng` from the beginning of its stream.
pub(crate) fn fill<T>(rng: &ChaCha8Rng, numbers: &mut [T], map: impl Fn(f64) -> T) {
    Ahead::new(rng).normals(numbers, &map);
}

/// A stream read ahead.
struct Ahead {
    stream: Stream,
    words: [u64; WORDS],
    at: usize,
}

impl Ahead {
    fn new(rng: &ChaCha8Rng) -> Self {
        Self { stream: Stream::of(rng), words: [0; WORDS], at: WORDS }
    }

    /// The next standard normals.
    fn normals<T>(&mut self, numbers: &mut [T], map: &impl Fn(f64) -> T) {
        let strips = &*STRIPS;
        let mut done = 0;
        while done < numbers.len() {
            if self.at >= WORDS {
                self.fill();
            }
            let (words, slots) = (&self.words[self.at..], &mut numbers[done..]);
            let wanted = words.len().min(slots.len());
            let mut settled = 0;
            for (slot, &bits) in slots.iter_mut().zip(words) {
                let [width, certain] = strips[(bits & 0xff) as usize];
                let x = (f64::from_bits(bits >> 12 | TWO) - 3.0) * width;
                if x.abs() >= certain {
                    break;
                }
                *slot = map(x);
                settled += 1;
            }
            self.at += settled;
            done += settled;
            if settled < wanted {
                numbers[done] = map(self.sample(StandardNormal));
                done += 1;
            }
        }
    }

    fn fill(&mut self) {
        self.stream.fill(&mut self.words);
        self.at = 0;
    }
}

impl RngCore for Ahead {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        if self.at >= WORDS {
            self.fill();
        }
        self.at += 1;
        self.words[self.at - 1]
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        rand::rand_core::impls::fill_bytes_via_next(self, bytes);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// Two million numbers of four streams: some 25,000 are settled by rejection, about 500 in the tail.
    #[test]
    fn numbers_are_those_of_rand_distr_bit_for_bit() {
        const COUNT: usize = 500_000;
        let mut tail = 0;
        for seed in 0..4 {
            let found = standard_normals(&ChaCha8Rng::seed_from_u64(seed), COUNT, |x| x);
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for (k, found) in found.iter().enumerate() {
                let expected: f64 = rng.sample(StandardNormal);
                assert_eq!(found.to_bits(), expected.to_bits(), "number {k} of seed {seed}: {found} for {expected}");
                tail += usize::from(expected.abs() > 3.66);
            }
        }
        assert!(tail > 300, "{tail}");
    }

    /// Counts that are no multiple of a block, none among them.
    #[test]
    fn any_count_can_be_taken() {
        let take = |count| standard_normals(&ChaCha8Rng::seed_from_u64(1), count, |x| x);
        let all = take(2000);
        for count in [0, 1, 127, 128, 129, 511, 512, 513, 1999] {
            assert_eq!(take(count), all[..count]);
            let mut numbers = vec![f64::NAN; count];
            fill(&ChaCha8Rng::seed_from_u64(1), &mut numbers, |x| x);
            assert_eq!(numbers, all[..count]);
        }
    }
}
