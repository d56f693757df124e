//! How well predictions agree with exact values, over items that count several times.

use archscale_stats::{Pairs, population_quantile, ranks};
use serde::Serialize;

/// A prediction and the exact value, both positive, and how often the pair counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// What a law predicts.
    pub predicted: f64,
    /// The exact value.
    pub exact: f64,
    /// Multiplicity.
    pub count: u64,
}

/// Agreement of a law with exact values, over codes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// Pearson correlation of the logarithms; none where either side is constant.
    pub log_correlation: Option<f64>,
    /// Spearman rank correlation, tied values sharing their mean rank; none where either side is constant.
    pub rank_correlation: Option<f64>,
    /// Largest over smallest ratio of exact to predicted value.
    pub spread: f64,
    /// The 95 % quantile of that ratio over its 5 % quantile; logarithms of order statistics are interpolated linearly.
    pub spread_5_95: f64,
    /// Geometric mean of the ratio: the constant that the law leaves open.
    pub scale: f64,
}

/// Compares predictions with exact values; none without any pair.
///
/// ```
/// use archscale_census::{Pair, agreement};
/// let pairs: Vec<Pair> = [(1.0, 2.0), (10.0, 20.0), (100.0, 200.0)]
///     .map(|(predicted, exact)| Pair { predicted, exact, count: 1 }).to_vec();
/// let found = agreement(&pairs).expect("there are pairs");
/// assert!((found.rank_correlation, found.spread) == (Some(1.0), 1.0) && (found.scale - 2.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn agreement(pairs: &[Pair]) -> Option<Agreement> {
    let total: u64 = pairs.iter().map(|pair| pair.count).sum();
    if total == 0 {
        return None;
    }
    let pairs: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.count > 0).collect();
    let counts: Vec<u64> = pairs.iter().map(|pair| pair.count).collect();
    let side = |read: fn(&Pair) -> f64| pairs.iter().map(read).collect::<Vec<f64>>();
    let (predicted, exact) = (side(|pair| pair.predicted), side(|pair| pair.exact));
    let (log_predicted, log_exact) = (side(|pair| pair.predicted.ln()), side(|pair| pair.exact.ln()));
    let ratios = side(|pair| (pair.exact / pair.predicted).ln());
    let mut sorted: Vec<(f64, u64)> = ratios.into_iter().zip(counts.iter().copied()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| population_quantile(&sorted, share);
    let correlation = |x: &[f64], y: &[f64]| Pairs::counted(x, y, &counts).map(|pairs| pairs.correlation());
    Some(Agreement {
        log_correlation: correlation(&log_predicted, &log_exact),
        rank_correlation: correlation(&ranks(&predicted, &counts), &ranks(&exact, &counts)),
        spread: (at(1.0) - at(0.0)).exp(),
        spread_5_95: (at(0.95) - at(0.05)).exp(),
        scale: (mean(&log_exact, &counts) - mean(&log_predicted, &counts)).exp(),
    })
}

fn mean(values: &[f64], counts: &[u64]) -> f64 {
    let total: u64 = counts.iter().sum();
    values.iter().zip(counts).map(|(value, count)| value * *count as f64).sum::<f64>() / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(predicted: f64, exact: f64, count: u64) -> Pair {
        Pair { predicted, exact, count }
    }

    #[test]
    fn known_correlations() {
        // ln predicted 0, 1, 2 against ln exact 0, 2, 1: r = ½ by hand; no ties, so Spearman agrees.
        let e = std::f64::consts::E;
        let found = agreement(&[pair(1.0, 1.0, 1), pair(e, e * e, 1), pair(e * e, e, 1)]).unwrap_or_else(|| panic!("pairs"));
        assert!(found.log_correlation.is_some_and(|r| (r - 0.5).abs() < 1e-15));
        assert!(found.rank_correlation.is_some_and(|r| (r - 0.5).abs() < 1e-15));
        assert!((found.spread - e * e).abs() < 1e-14);
        // Ranks (1½, 1½, 3) against (1, 2, 3): r = √3/2 by hand.
        let tied = agreement(&[pair(1.0, 1.0, 1), pair(1.0, 2.0, 1), pair(2.0, 3.0, 1)]).unwrap_or_else(|| panic!("pairs"));
        assert!(tied.rank_correlation.is_some_and(|r| (r - 0.75_f64.sqrt()).abs() < 1e-15));
    }

    #[test]
    fn a_count_stands_for_copies() {
        let counted: Vec<Pair> =
            (1..40_u64).map(|i| pair((i * 7 % 11 + 1) as f64, (i * 5 % 13 + 1) as f64, i % 4)).collect();
        let copied: Vec<Pair> =
            counted.iter().flat_map(|p| std::iter::repeat_n(Pair { count: 1, ..*p }, p.count as usize)).collect();
        let (one, many) = (agreement(&counted).unwrap_or_else(|| panic!()), agreement(&copied).unwrap_or_else(|| panic!()));
        let close = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| (a - b).abs() < 1e-13);
        assert!(close(one.log_correlation, many.log_correlation) && close(one.rank_correlation, many.rank_correlation));
        assert!((one.spread_5_95 - many.spread_5_95).abs() < 1e-13 && one.spread == many.spread);
        assert!((one.scale - many.scale).abs() < 1e-13);
    }

    #[test]
    fn nothing_to_correlate() {
        assert_eq!(agreement(&[]), None);
        assert_eq!(agreement(&[pair(1.0, 1.0, 0)]), None);
        let constant = agreement(&[pair(0.3, 1.0, 5), pair(0.3 * (1.0 + 1e-15), 2.0, 5)]).unwrap_or_else(|| panic!("pairs"));
        assert_eq!((constant.log_correlation, constant.rank_correlation), (None, None));
    }
}
