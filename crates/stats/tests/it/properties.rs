//! Laws that hold for all samples.
//!
//! False alarm of this file: at most 0 (its assertions are identities).
use archscale_stats::{
    Decision, Moments, Outcome, Plan, RatePoint, Slope, SlopeErrors, decide, decide_difference, decide_interval,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The sums by two passes over the data, with each statistic's own scale of rounding: n ε times the sum of the absolute
/// values that a pass adds up.
fn close(found: f64, wanted: f64, scale: f64, count: usize) -> bool {
    (found - wanted).abs() <= 32.0 * count as f64 * f64::EPSILON * scale
}

fn two_pass(values: &[f64]) -> (f64, [f64; 3]) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, [2, 3, 4].map(|order| values.iter().map(|x| (x - mean).powi(order)).sum::<f64>()))
}

/// Compares every statistic of `moments` with two passes over `values`.
fn agrees(moments: &Moments, values: &[f64]) -> Result<(), TestCaseError> {
    let (n, count) = (values.len() as f64, values.len());
    let (mean, [m2, m3, m4]) = two_pass(values);
    let size = values.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
    prop_assert_eq!(moments.count(), values.len() as u64);
    prop_assert_eq!(moments.max_abs(), size);
    prop_assert!(close(moments.mean(), mean, size, count));
    prop_assert!(close(moments.variance() * (n - 1.0), m2, n * size * size, count));
    // Skewness and kurtosis compared as power sums, whose rounding has a scale also where the spread vanishes.
    let spread = moments.variance() * (n - 1.0);
    if spread > 1e-3 * n * size * size {
        prop_assert!(close(moments.skewness() * spread.powf(1.5) / n.sqrt(), m3, n * size.powi(3), count));
        prop_assert!(close((moments.excess_kurtosis() + 3.0) * spread * spread / n, m4, n * size.powi(4), count));
    }
    Ok(())
}

fn values(range: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-100.0..100.0_f64, range)
}

/// A sample large and light enough for a decision at a level of 1 %.
fn decidable() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.5..2.0_f64, 100..200)
}

fn plan() -> Plan {
    Plan::new(1e-2, 0.9, 0.2).unwrap()
}

/// A fixed seed: every run tries the same cases.
fn config() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(0x5eed), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_pass_and_any_merge_equal_two_passes(values in values(2..60), cuts in prop::collection::vec(0.0..1.0_f64, 0..5)) {
        agrees(&Moments::from_slice(&values), &values)?;
        let mut ends: Vec<usize> = cuts.iter().map(|cut| (cut * values.len() as f64) as usize).collect();
        ends.push(values.len());
        ends.sort_unstable();
        let mut start = 0;
        let blocks: Vec<Moments> = ends
            .iter()
            .map(|&end| {
                let block = Moments::from_slice(&values[start..end]);
                start = end;
                block
            })
            .collect();
        agrees(&blocks.iter().fold(Moments::new(), |all, block| all.merge(block)), &values)?;
        agrees(&blocks.iter().rev().fold(Moments::new(), |all, block| block.merge(&all)), &values)?;
    }

    #[test]
    fn scaling_scales_and_shifting_leaves_the_central_moments(values in values(2..60), factor in -8.0..8.0_f64, shift in -50.0..50.0_f64) {
        let moments = Moments::from_slice(&values);
        let scaled: Vec<f64> = values.iter().map(|x| factor * x).collect();
        agrees(&moments.scaled(factor), &scaled)?;
        let shifted = Moments::from_slice(&values.iter().map(|x| x + shift).collect::<Vec<f64>>());
        let count = values.len();
        prop_assert!(close(shifted.mean(), moments.mean() + shift, 150.0, count));
        prop_assert!(close(shifted.variance(), moments.variance(), 150.0 * 150.0, count));
    }

    #[test]
    fn the_p_value_is_below_the_level_exactly_outside_the_interval(values in decidable(), offset in -0.3..0.3_f64) {
        let moments = Moments::from_slice(&values);
        let prediction = moments.mean() + offset;
        let decision = decide(&moments, prediction, &plan());
        let (low, high) = decision.interval;
        prop_assert!(low < decision.estimate && decision.estimate < high);
        prop_assert_eq!(decision.outcome == Outcome::Refuted, prediction < low || prediction > high);
        // Away from the last bits of the bound itself.
        if ((prediction - low) / low).abs() > 1e-9 && ((prediction - high) / high).abs() > 1e-9 {
            prop_assert_eq!(decision.p_value < 1e-2, decision.outcome == Outcome::Refuted);
        }
        // The bound itself has the level as its p-value.
        for bound in [low, high] {
            let p = decide(&moments, bound, &plan()).p_value;
            prop_assert!((p / 1e-2 - 1.0).abs() < 1e-6, "{p}");
        }
    }

    #[test]
    fn a_decision_does_not_depend_on_the_unit_or_the_sign(values in decidable(), offset in -0.3..0.3_f64, power in -20..20_i32) {
        // A power of two scales without rounding.
        let unit = 2.0_f64.powi(power);
        let moments = Moments::from_slice(&values);
        let prediction = moments.mean() + offset;
        let here = decide(&moments, prediction, &plan());
        let there = decide(&Moments::from_slice(&values.iter().map(|x| x * unit).collect::<Vec<f64>>()), prediction * unit, &plan());
        prop_assert_eq!(there.outcome, here.outcome);
        prop_assert!((there.p_value - here.p_value).abs() <= 1e-9 * here.p_value);
        prop_assert!((there.interval.0 / unit - here.interval.0).abs() <= 1e-12);
        let mirrored = decide(&moments.scaled(-1.0), -prediction, &plan());
        prop_assert_eq!((mirrored.outcome, mirrored.z, mirrored.p_value), (here.outcome, -here.z, here.p_value));
        prop_assert_eq!(mirrored.interval, (-here.interval.1, -here.interval.0));
    }

    #[test]
    fn a_difference_is_antisymmetric(first in decidable(), second in decidable()) {
        let (first, second) = (Moments::from_slice(&first), Moments::from_slice(&second));
        let (ab, ba) = (decide_difference(&first, &second, &plan()), decide_difference(&second, &first, &plan()));
        prop_assert_eq!(ab.estimate, -ba.estimate);
        prop_assert!((ab.p_value - ba.p_value).abs() <= 1e-9 * ab.p_value);
        prop_assert!((ab.z + ba.z).abs() <= 1e-9);
    }

    #[test]
    fn a_point_supported_as_a_value_is_supported_as_a_range(values in decidable(), offset in -0.1..0.1_f64) {
        let moments = Moments::from_slice(&values);
        let prediction = moments.mean() + offset;
        let (point, range) = (decide(&moments, prediction, &plan()), decide_interval(&moments, prediction, prediction, &plan()));
        if point.outcome == Outcome::Supported {
            prop_assert_eq!(range.outcome, Outcome::Supported);
        }
        prop_assert_eq!(point.outcome == Outcome::Refuted, range.outcome == Outcome::Refuted);
    }

    #[test]
    fn an_exact_power_law_is_recovered(exponent in -3.0..3.0_f64, factor in 0.1..10.0_f64, errors in prop::collection::vec(0.001..0.1_f64, 3..8)) {
        let points: Vec<RatePoint> = errors
            .iter()
            .enumerate()
            .map(|(k, &relative_error)| {
                let x = 2.0_f64.powi(k as i32 + 1);
                RatePoint { x, y: factor * x.powf(exponent), relative_error }
            })
            .collect();
        let fit = Slope::fit(&points, SlopeErrors::Absolute).unwrap();
        prop_assert!((fit.slope - exponent).abs() < 1e-10 && (fit.intercept - factor.ln()).abs() < 1e-10);
    }

    #[test]
    fn decisions_and_moments_survive_json(values in decidable(), prediction in 0.5..2.0_f64) {
        // The parser of JSON may change a number's last bit.
        let near = |found: f64, wanted: f64| (found - wanted).abs() <= 4.0 * f64::EPSILON * wanted.abs();
        let moments = Moments::from_slice(&values);
        let read: Moments = serde_json::from_str(&serde_json::to_string(&moments).unwrap()).unwrap();
        prop_assert_eq!((read.count(), read.non_finite()), (moments.count(), 0));
        prop_assert!(near(read.mean(), moments.mean()) && near(read.variance(), moments.variance()));
        prop_assert!((read.skewness() - moments.skewness()).abs() < 1e-12 && near(read.max_share(), moments.max_share()));
        let decision = decide(&moments, prediction, &plan());
        let read: Decision = serde_json::from_str(&serde_json::to_string(&decision).unwrap()).unwrap();
        prop_assert_eq!((read.outcome, read.samples, &read.reason), (decision.outcome, decision.samples, &decision.reason));
        let numbers = |d: &Decision| {
            [d.estimate, d.standard_error, d.interval.0, d.interval.1, d.prediction, d.z, d.p_value, d.smallest_detectable]
        };
        for (found, wanted) in numbers(&read).into_iter().zip(numbers(&decision)) {
            prop_assert!(near(found, wanted));
        }
    }
}
