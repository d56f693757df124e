//! Scrambled Sobol points: a fixed, published point set under fixed scrambles, so no run differs from another.

use super::directions::DIRECTIONS;

/// Binary digits of a coordinate.
const DIGITS: u32 = 53;

/// Number of dimensions that the table of direction numbers covers.
pub(super) const DIMENSIONS: usize = DIRECTIONS.len() + 1;

/// The first `count` coordinates of one dimension, in (0, 1).
///
/// **Statement.** Sobol's sequence in Gray-code order, its generator matrix multiplied by a lower-triangular binary matrix and
/// its points shifted digit by digit (Matoušek 1998, "On the L2-discrepancy for anchored boxes"). Matrix and shift are fixed
/// functions of (`scramble`, `dimension`), so different scrambles are as independent as the mixing function that fills them.
pub(super) fn coordinates(scramble: u64, dimension: usize, count: usize) -> impl Iterator<Item = f64> {
    let mut fill = Mixer::new(scramble, dimension as u64);
    let rows: Vec<u64> = (0..DIGITS)
        .map(|digit| {
            // Row `digit` (0 is the most significant) reads digits 0..=digit, its own always.
            let own = 1_u64 << (DIGITS - 1 - digit);
            let above = !(2 * own - 1) & ((1 << DIGITS) - 1);
            own | (fill.next() & above)
        })
        .collect();
    let columns: Vec<u64> = generators(dimension)
        .into_iter()
        .map(|column| rows.iter().fold(0, |digits, row| (digits << 1) | u64::from((row & column).count_ones() % 2)))
        .collect();
    let mut point = fill.next() >> (64 - DIGITS);
    let scale = 1.0 / (1_u64 << DIGITS) as f64;
    (1..=count as u64).map(move |index| {
        let value = (point as f64 + 0.5) * scale;
        point ^= columns[(index.trailing_zeros() as usize).min(columns.len() - 1)];
        value
    })
}

/// The columns of the generator matrix, most significant digit first.
fn generators(dimension: usize) -> Vec<u64> {
    let columns = DIGITS as usize;
    let place = |number: u64, column: usize| number << (columns - 1 - column);
    let Some((polynomial, initial)) = dimension.checked_sub(1).and_then(|index| DIRECTIONS.get(index)) else {
        return (0..columns).map(|column| place(1, column)).collect();
    };
    let degree = initial.len();
    let mut numbers: Vec<u64> = initial.iter().map(|&number| u64::from(number)).collect();
    for column in degree..columns {
        let mut next = numbers[column - degree] ^ (numbers[column - degree] << degree);
        for lag in 1..degree {
            if polynomial >> (degree - lag) & 1 == 1 {
                next ^= numbers[column - lag] << lag;
            }
        }
        numbers.push(next);
    }
    numbers.iter().enumerate().map(|(column, &number)| place(number, column)).collect()
}

/// The splitmix64 mixing function (Steele, Lea, Flood 2014) on a counter.
struct Mixer(u64);

impl Mixer {
    fn new(scramble: u64, dimension: u64) -> Self {
        let mut mixer = Self(scramble);
        let start = mixer.next();
        Self(start ^ dimension.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::{DIGITS, DIMENSIONS, coordinates, generators};

    #[test]
    fn unscrambled_points_are_the_published_ones() {
        // Joe and Kuo's own program prints, from the second point on, 0.5 0.5 0.5; 0.75 0.25 0.25; 0.25 0.75 0.75; 0.375 0.375 0.625.
        let expected = [[0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75], [0.375, 0.375, 0.625]];
        for dimension in 0..3 {
            let columns = generators(dimension);
            let mut point = 0_u64;
            for (index, row) in expected.iter().enumerate() {
                point ^= columns[(index + 1).trailing_zeros() as usize];
                assert_eq!(point as f64 / (1_u64 << DIGITS) as f64, row[dimension], "point {index}, dimension {dimension}");
            }
        }
    }

    #[test]
    fn every_scrambled_coordinate_is_stratified() {
        // 2^k points of a scrambled (t, s)-sequence put exactly one into each interval of length 2^-k, in every coordinate.
        for scramble in 0..3 {
            for dimension in 0..DIMENSIONS {
                let mut seen = [false; 256];
                for x in coordinates(scramble, dimension, 256) {
                    assert!(x > 0.0 && x < 1.0);
                    let cell = &mut seen[(x * 256.0) as usize];
                    assert!(!*cell, "scramble {scramble}, dimension {dimension}");
                    *cell = true;
                }
            }
        }
    }
}
