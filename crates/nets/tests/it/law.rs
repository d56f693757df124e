//! Two samples of one law, told apart with a stated probability of error.

/// D above which two samples of `size` values each are told apart, wrongly with probability at most `false_alarm`.
///
/// Wei and Dudley, *Two-sample Dvoretzky–Kiefer–Wolfowitz inequalities*, Statistics and Probability Letters 82 (2012) 636:
/// for two samples of equal size m ≥ 458 from one law, P(D ≥ t) ≤ 2 exp(−m t²), for every m, t and law; ties only make D
/// smaller.
pub(crate) fn critical(size: usize, false_alarm: f64) -> f64 {
    assert!(size >= 458);
    ((2.0 / false_alarm).ln() / size as f64).sqrt()
}

/// The Kolmogorov–Smirnov distance D of two samples of one size.
///
/// What is smaller than 1e-9 in size counts as 0: an exact zero of one route may be a rounding error of the other. That is
/// one and the same function of both samples, so the bound holds.
pub(crate) fn distance(first: &[f64], second: &[f64]) -> f64 {
    assert_eq!(first.len(), second.len());
    let sorted = |values: &[f64]| {
        let mut values: Vec<f64> = values.iter().map(|&x| if x.abs() < 1e-9 { 0.0 } else { x }).collect();
        assert!(values.iter().all(|x| x.is_finite()));
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (first, second) = (sorted(first), sorted(second));
    let (mut i, mut j, mut largest) = (0, 0, 0_usize);
    while i < first.len() && j < second.len() {
        let at = first[i].min(second[j]);
        while i < first.len() && first[i] <= at {
            i += 1;
        }
        while j < second.len() && second[j] <= at {
            j += 1;
        }
        largest = largest.max(i.abs_diff(j));
    }
    largest as f64 / first.len() as f64
}
