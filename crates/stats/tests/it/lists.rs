//! Quantiles and correlations against hand arithmetic.

use archscale_stats::{Pairs, population_quantile, ranks, sample_quantile, tau_b};

fn close(found: f64, wanted: f64) {
    assert!((found - wanted).abs() <= 1e-14 * wanted.abs().max(1.0), "found {found}, wanted {wanted}");
}

#[test]
fn quantiles_of_a_sample_by_hand() {
    let values = [10.0, 20.0, 40.0];
    // Ranks 4·share: 1, 1½, 2, 3, and clamped to 1 and 3 beyond.
    let found = [0.25, 0.375, 0.5, 0.75, 0.0, 0.01, 0.99, 1.0].map(|share| sample_quantile(&values, share));
    assert_eq!(found, [10.0, 15.0, 20.0, 40.0, 10.0, 10.0, 40.0, 40.0]);
    assert!(sample_quantile(&[], 0.5).is_nan());
    assert_eq!(sample_quantile(&[7.0], 0.999), 7.0);
    // 9 999 values: rank 10 000 · 0.0005 is the fifth.
    let many: Vec<f64> = (1..=9999).map(f64::from).collect();
    close(sample_quantile(&many, 0.0005), 5.0);
    close(sample_quantile(&many, 0.9995), 9995.0);
}

#[test]
fn quantiles_of_a_population_by_hand() {
    let values = [(1.0, 1), (2.0, 1), (4.0, 1)];
    assert_eq!([0.0, 0.25, 0.5, 1.0].map(|share| population_quantile(&values, share)), [1.0, 1.5, 2.0, 4.0]);
    // 1, 2, 2, 2, 9: rank 1 + 4·0.9 = 4.6.
    close(population_quantile(&[(1.0, 1), (2.0, 3), (9.0, 1)], 0.9), 2.0 + 0.6 * 7.0);
    assert!(population_quantile(&[], 0.5).is_nan() && population_quantile(&[(3.0, 0)], 0.5).is_nan());
}

#[test]
fn a_count_stands_for_copies() {
    let (x, y): (Vec<f64>, Vec<f64>) = (0..30).map(|i| (f64::from(i * 7 % 11), f64::from(i * 5 % 13))).unzip();
    let counts: Vec<u64> = (0..30).map(|i| i % 4).collect();
    let copies = |values: &[f64]| -> Vec<f64> {
        values.iter().zip(&counts).flat_map(|(value, count)| std::iter::repeat_n(*value, *count as usize)).collect()
    };
    let (counted, copied) = (Pairs::counted(&x, &y, &counts).unwrap(), Pairs::new(&copies(&x), &copies(&y)).unwrap());
    close(counted.correlation(), copied.correlation());
    close(counted.slope(), copied.slope());
    let mut sorted: Vec<(f64, u64)> = x.iter().copied().zip(counts.iter().copied()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut all: Vec<(f64, u64)> = copies(&x).into_iter().map(|value| (value, 1)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    for share in [0.0, 0.05, 0.37, 0.95, 1.0] {
        assert_eq!(population_quantile(&sorted, share), population_quantile(&all, share));
    }
}

#[test]
fn lines_by_hand() {
    // Deviations −3, −1, 1, 3 and −3, 1, −1, 3: S_xx = S_yy = 20, S_xy = 16.
    let pairs = Pairs::new(&[0.0, 2.0, 4.0, 6.0], &[1.0, 5.0, 3.0, 7.0]).unwrap();
    close(pairs.correlation(), 0.8);
    close(pairs.slope(), 0.8);
    // Influences on the slope: x e/S_xx with S_xx = 5 the mean square, e = y − 0.8 x.
    for (found, wanted) in pairs.slope_influence().iter().zip([1.8 / 5.0, -1.8 / 5.0, -1.8 / 5.0, 1.8 / 5.0]) {
        close(*found, wanted);
    }
    assert_eq!(Pairs::new(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).unwrap().correlation(), 1.0);
}

/// Copies of one pair shift a statistic by U_i/(copies · n) to first order.
#[test]
fn influences_are_derivatives() {
    let (x, y) = ([0.3, -1.1, 0.7, 2.2, -0.4, 1.6], [0.1, -0.6, 1.4, 1.3, 0.2, 2.4]);
    let copies = 20_000;
    let base: Vec<usize> = (0..6).flat_map(|i| std::iter::repeat_n(i, copies)).collect();
    let plain = Pairs::drawn(&x, &y, &base).unwrap();
    for i in 0..6 {
        let more: Vec<usize> = base.iter().copied().chain(std::iter::repeat_n(i, 60)).collect();
        let moved = Pairs::drawn(&x, &y, &more).unwrap();
        let scale = more.len() as f64 / 60.0;
        for (shift, influence) in [
            (moved.correlation() - plain.correlation(), plain.correlation_influence()[i * copies]),
            (moved.slope() - plain.slope(), plain.slope_influence()[i * copies]),
        ] {
            // Second order: 60 of 120 000 copies, influences below 5.
            assert!((shift * scale - influence).abs() < 2e-2 * (1.0 + influence.abs()), "{i}: {influence}");
        }
    }
}

#[test]
fn constants_have_no_correlation() {
    let x = [0.3, 1.0, 2.0];
    assert_eq!(Pairs::new(&[0.1 + 0.2, 0.3, 0.3], &x), None);
    assert_eq!(Pairs::new(&x, &[0.0; 3]), None);
    assert_eq!(Pairs::new(&x, &[1.0, f64::NAN, 2.0]), None);
    assert_eq!(Pairs::new(&[], &[]), None);
    assert_eq!(Pairs::counted(&x, &x, &[0; 3]), None);
}

#[test]
fn ranks_by_hand() {
    // 3, 1, 3, 3, 2 with ties of three: 1 → 1, 2 → 2, 3 → (3 + 4 + 5)/3.
    assert_eq!(ranks(&[3.0, 1.0, 3.0 * (1.0 + 1e-15), 3.0, 2.0], &[1; 5]), [4.0, 1.0, 4.0, 4.0, 2.0]);
    // Ranks (1½, 1½, 3) against (1, 2, 3): r = √3/2.
    let (x, y) = (ranks(&[1.0, 1.0, 2.0], &[1; 3]), ranks(&[1.0, 2.0, 3.0], &[1; 3]));
    close(Pairs::counted(&x, &y, &[1; 3]).unwrap().correlation(), 0.75_f64.sqrt());
}

#[test]
fn kendall_by_hand() {
    assert_eq!(tau_b(&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0]), Some(1.0));
    assert_eq!(tau_b(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
    // Ranks 1 2 3 4 5 against 3 1 2 5 4: of ten pairs 3 are reversed.
    close(tau_b(&[1.0, 2.0, 3.0, 4.0, 5.0], &[3.0, 1.0, 2.0, 5.0, 4.0]).unwrap(), 0.4);
    // Pairs: (1,2) same, (1,3) same, (2,3) tied in y: P = 2, untied in x 3 and in y 2.
    close(tau_b(&[1.0, 2.0, 3.0], &[1.0, 2.0, 2.0]).unwrap(), 2.0 / 6f64.sqrt());
    // A pair tied in both counts nowhere, so copies of the sample leave a perfect correlation.
    assert_eq!(tau_b(&[1.0, 1.0, 2.0, 2.0], &[5.0, 5.0, 7.0, 7.0]), Some(1.0));
    assert_eq!(tau_b(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
    assert_eq!(tau_b(&[1.0], &[1.0]), None);
}
