//! Statistics of a sample of networks, each with the influence of every network on it.
//!
//! A statistic of n networks is θ ≈ θ₀ + (1/n) Σ_i U_i with the influence U_i computed at the sample itself; its variance is
//! estimated from the U_i, summed within networks that share an architecture. Derivations: proofs/law-court.md.

use archscale_stats::{Pairs, Statistic};

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    values.sum::<f64>() / count
}

/// Whether a mean square is rounding alone, beside numbers of this size.
fn negligible(square: f64, size: f64) -> bool {
    square <= (1e-12 * size).powi(2) || !square.is_finite()
}

/// Pearson's r of x and y; none where one of them is constant.
pub(super) fn correlation(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Statistic> {
    let pairs = Pairs::drawn(x, y, draw)?;
    Some(Statistic { value: pairs.correlation(), influence: pairs.correlation_influence() })
}

/// artanh r; none also where |r| is 1 up to rounding.
pub(super) fn fisher(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Statistic> {
    let Statistic { value, influence } = correlation(x, y, draw)?;
    let rest = 1.0 - value * value;
    (rest >= 1e-12)
        .then(|| Statistic { value: value.atanh(), influence: influence.into_iter().map(|one| one / rest).collect() })
}

/// Slope of y on x by least squares.
pub(super) fn slope(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Statistic> {
    let pairs = Pairs::drawn(x, y, draw)?;
    Some(Statistic { value: pairs.slope(), influence: pairs.slope_influence() })
}

/// ln of the root mean square of deviations about their own mean (divisor n − 1), or about 0 (divisor n).
pub(super) fn ln_rms(deviations: &[f64], draw: &[usize], centred: bool) -> Option<Statistic> {
    let count = draw.len() as f64;
    let centre = if centred { mean(draw.iter().map(|i| deviations[*i])) } else { 0.0 };
    let square = mean(draw.iter().map(|i| (deviations[*i] - centre).powi(2)));
    let size = draw.iter().map(|i| deviations[*i].abs()).fold(0.0, f64::max);
    if negligible(square, size) {
        return None;
    }
    let divisor = if centred { count / (count - 1.0) } else { 1.0 };
    let influence = draw.iter().map(|i| 0.5 * ((deviations[*i] - centre).powi(2) / square - 1.0)).collect();
    Some(Statistic { value: 0.5 * (square * divisor).ln(), influence })
}

/// The difference of two statistics of the same draw.
pub(super) fn difference(first: Statistic, second: &Statistic) -> Statistic {
    let influence = first.influence.iter().zip(&second.influence).map(|(a, b)| a - b).collect();
    Statistic { value: first.value - second.value, influence }
}

/// The statistic exp θ, with its influence.
pub(super) fn exponential(of: Statistic) -> Statistic {
    let value = of.value.exp();
    Statistic { value, influence: of.influence.into_iter().map(|one| one * value).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 6] = [0.3, -1.1, 0.7, 2.2, -0.4, 1.6];
    const Y: [f64; 6] = [0.1, -0.6, 1.4, 1.3, 0.2, 2.4];

    /// The influence at a sample is the derivative of θ with respect to the weight of one entry: copies of one entry shift
    /// the statistic by U_i/(copies · n) to first order.
    #[test]
    fn influences_are_derivatives() {
        type Read = fn(&[usize]) -> Option<Statistic>;
        let statistics: [Read; 5] = [
            |draw| correlation(&X, &Y, draw),
            |draw| fisher(&X, &Y, draw),
            |draw| slope(&X, &Y, draw),
            |draw| ln_rms(&X, draw, false),
            // The divisor n − 1 changes with copies, so many of them are taken below.
            |draw| ln_rms(&X, draw, true),
        ];
        let copies = 20_000;
        let base: Vec<usize> = (0..6).flat_map(|i| std::iter::repeat_n(i, copies)).collect();
        for (which, statistic) in statistics.iter().enumerate() {
            let plain = statistic(&base).unwrap();
            for i in 0..6 {
                let more: Vec<usize> = base.iter().copied().chain(std::iter::repeat_n(i, 60)).collect();
                let shift = (statistic(&more).unwrap().value - plain.value) * more.len() as f64 / 60.0;
                let influence = plain.influence[i * copies];
                // Second order: 60 of 120 000 copies, influences below 5.
                assert!((shift - influence).abs() < 2e-2 * (1.0 + influence.abs()), "{which}: {shift} for {influence}");
            }
            // Means over 120 000 entries round to about 1e-13.
            let centre = mean(plain.influence.iter().copied());
            assert!(centre.abs() < 1e-11, "{which}: influences have mean {centre}");
        }
    }

    #[test]
    fn nothing_to_measure() {
        let all = [0, 1, 2];
        assert_eq!(correlation(&[1.0; 3], &X, &all), None);
        assert_eq!(slope(&X, &[2.0; 3], &all), None);
        assert_eq!(fisher(&X, &X, &all), None);
        assert_eq!(ln_rms(&[0.7; 3], &all, true), None);
        assert_eq!(ln_rms(&[0.0; 3], &all, false), None);
    }
}
