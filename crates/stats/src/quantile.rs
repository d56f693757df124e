//! Quantiles of lists of values.

/// Quantile of the law behind a sample, from its sorted values; NaN without values.
///
/// **Statement.** With x_(k) the k-th smallest of n values, x_(r) at rank r = (n + 1)·share, linear between neighbouring
/// ranks and clamped to the smallest and largest value.
///
/// **Why this rank.** The k-th smallest of n draws from a continuous law lies below a new draw with probability exactly
/// 1 − k/(n + 1). So the quantile at share k/(n + 1) is exceeded with probability 1 − share: an interval between the ends of
/// bootstrap replicates has its nominal level where (n + 1)·share is whole, as for 1 999 replicates at 0.95 and 9 999 at
/// 0.999.
///
/// **Source.** Definition 6 of Hyndman and Fan, *Sample quantiles in statistical packages*, American Statistician 50 (1996)
/// 361; Davison and Hinkley, *Bootstrap Methods and their Application* (1997), section 2.4.
///
/// **Domain.** `sorted` in ascending order; share from 0 to 1.
///
/// ```
/// use archscale_stats::sample_quantile;
/// // Rank (4 + 1)/2 = 2½.
/// assert_eq!(sample_quantile(&[1.0, 2.0, 4.0, 8.0], 0.5), 3.0);
/// assert_eq!(sample_quantile(&[1.0, 2.0, 4.0, 8.0], 0.2), 1.0);
/// assert_eq!(sample_quantile(&[1.0, 2.0, 4.0, 8.0], 1.0), 8.0);
/// ```
#[must_use]
pub fn sample_quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = ((sorted.len() + 1) as f64 * share - 1.0).clamp(0.0, last as f64);
    let (low, part) = (place.floor() as usize, place.fract());
    sorted[low] + part * (sorted[(low + 1).min(last)] - sorted[low])
}

/// Quantile of a whole population, from its sorted values and how often each occurs; NaN without any.
///
/// **Statement.** Over all N copies of all values x_(r) at rank r = 1 + (N − 1)·share, linear between neighbouring ranks.
/// Shares 0 and 1 are the smallest and the largest value.
///
/// **Beside [`sample_quantile`].** There the values are draws from a law that goes on beyond them. Here nothing lies beyond
/// them, as in a search space that was listed whole.
///
/// **Source.** Definition 7 of Hyndman and Fan (1996).
///
/// **Domain.** `sorted` in ascending order of the values; share from 0 to 1.
///
/// ```
/// use archscale_stats::population_quantile;
/// // 1, 1, 1, 2, 4: the median is 1, and at three quarters stands 2.
/// let values = [(1.0, 3), (2.0, 1), (4.0, 1)];
/// assert_eq!([0.0, 0.5, 0.75, 0.875, 1.0].map(|share| population_quantile(&values, share)), [1.0, 1.0, 2.0, 3.0, 4.0]);
/// ```
#[must_use]
pub fn population_quantile(sorted: &[(f64, u64)], share: f64) -> f64 {
    let copies: u64 = sorted.iter().map(|(_, count)| count).sum();
    let Some(last) = copies.checked_sub(1) else { return f64::NAN };
    let place = (share * last as f64).clamp(0.0, last as f64);
    let (low, part) = (place.floor(), place.fract());
    let lower = copy_at(sorted, low as u64);
    if part == 0.0 { lower } else { lower + part * (copy_at(sorted, low as u64 + 1) - lower) }
}

/// The copy of this number, from 0; the largest value beyond them all.
fn copy_at(sorted: &[(f64, u64)], number: u64) -> f64 {
    let mut before = 0;
    for (value, count) in sorted {
        before += count;
        if number < before {
            return *value;
        }
    }
    sorted.last().map_or(f64::NAN, |(value, _)| *value)
}
