//! Numbers whose exponent does not run out: the bits of `f64` within its range, and right beyond it.
use archscale_model::Scaled;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Doubles whose sums, products and quotients are doubles, of either sign.
fn doubles(count: usize) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let one = |random: &mut ChaCha8Rng| {
        let size = (random.random_range(-150.0..150.0) * std::f64::consts::LN_10).exp();
        if random.random::<bool>() { size } else { -size }
    };
    (0..count).map(|_| one(&mut random)).collect()
}

#[test]
fn it_has_the_bits_of_doubles_within_their_range() {
    let values = doubles(20_000);
    for pair in values.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (x, y) = (Scaled::from(a), Scaled::from(b));
        assert_eq!((x + y).fit(), Some(a + b), "{a} + {b}");
        assert_eq!((x - y).fit(), Some(a - b), "{a} - {b}");
        assert_eq!((x * y).fit(), Some(a * b), "{a} * {b}");
        assert_eq!((x / y).fit(), Some(a / b), "{a} / {b}");
        assert_eq!((x * x).sqrt().fit(), Some((a * a).sqrt()));
        assert_eq!(x.partial_cmp(&y), a.partial_cmp(&b));
        assert_eq!(x.ln().to_bits(), a.ln().to_bits());
    }
}

#[test]
fn powers_of_two_round_nothing_however_large() {
    for value in doubles(2_000) {
        for exponent in [-40_000, -2_000, -1_075, -513, 0, 1, 511, 512, 1_024, 2_000, 40_000] {
            let power = Scaled::power_of_two(exponent);
            let far = Scaled::from(value) * power;
            assert_eq!((far / power).fit(), Some(value), "{value} at 2^{exponent}");
            let bits = value.abs().log2() + f64::from(exponent);
            assert!((Scaled::from(value.abs()) * power).ln() / std::f64::consts::LN_2 - bits < 1e-9 * bits.abs().max(1.0));
            let fits = value.abs().log2() + f64::from(exponent);
            assert_eq!(far.fit().is_some(), (-1_022.0..1_024.0).contains(&fits), "{value} at 2^{exponent}");
        }
    }
}

#[test]
fn sums_across_scales_keep_what_a_double_would() {
    let (large, small) = (Scaled::power_of_two(900), Scaled::power_of_two(300));
    assert_eq!(large + small, large);
    let near = Scaled::power_of_two(900) + Scaled::power_of_two(899);
    assert_eq!(near, Scaled::from(1.5) * Scaled::power_of_two(900));
    // Neighbours on either side of a change of scale.
    let sum = Scaled::power_of_two(256) + Scaled::power_of_two(255);
    assert_eq!(sum.fit(), Some(2_f64.powi(256) + 2_f64.powi(255)));
    assert!((sum - Scaled::power_of_two(256) - Scaled::power_of_two(255)).is_zero());
}

#[test]
fn exponentials_and_logarithms_are_inverse_beyond_the_range() {
    for x in [-1e6, -12_345.678, -701.0, -0.5, 0.0, 3.0, 699.0, 701.0, 9_999.25, 1e6] {
        let there = Scaled::exp(x);
        assert!((there.ln() - x).abs() <= 1e-14 * x.abs().max(1.0), "{x}: {}", there.ln());
    }
    assert_eq!(Scaled::zero().ln(), f64::NEG_INFINITY);
    assert_eq!(Scaled::exp(1.0).fit(), Some(1_f64.exp()));
}

#[test]
fn decimal_digits() {
    let shown = |value: Scaled| value.to_string();
    assert_eq!(shown(Scaled::power_of_two(2_000)), "1.14813e602");
    assert_eq!(shown(-Scaled::power_of_two(-2_000)), "-8.70981e-603");
    assert_eq!(shown(Scaled::from(0.25)), "0.25");
    assert_eq!(shown(Scaled::one()), "1");
    assert_eq!(Scaled::from(9.999_999).decimal(), (9.999_999, 0));
}

#[test]
fn rationals_without_a_double_are_numbers_here() {
    let huge = BigRational::from_integer(num_bigint::BigInt::from(3).pow(1_000));
    assert!((Scaled::from(&huge).log10() - 1_000.0 * 3_f64.log10()).abs() < 1e-9);
    let tiny = -huge.recip();
    assert!((Scaled::from(&tiny).log10() + 1_000.0 * 3_f64.log10()).is_nan(), "a negative number has no logarithm");
    assert_eq!(Scaled::from(&tiny).decimal().1, -478);
    let third = BigRational::new(1.into(), 3.into());
    assert_eq!(Scaled::from(&third).fit(), third.to_f64());
}

#[test]
fn quarters_keep_the_digits() {
    for value in doubles(500) {
        for exponent in [-3_001, -2, 0, 1, 4_000] {
            let far = Scaled::from(value.abs()) * Scaled::power_of_two(exponent);
            let (rest, quarters) = far.quarters();
            assert!((1.0..4.0).contains(&rest));
            assert_eq!(Scaled::from(rest) * Scaled::power_of_two(2 * quarters), far);
        }
    }
    assert_eq!(Scaled::zero().quarters(), (0.0, 0));
}
