//! What the recipe does to a template, given the draws.

use super::template::POINTS;

/// Points of the dilated series.
pub(super) const DILATED: usize = POINTS + 60;

/// Points of the final series.
pub(super) const LENGTH: usize = 40;

/// Added to the template so that its zeros are told from the padding's.
const TRACE: f64 = 1e-8;

/// Standard deviation of the smoothing kernel, and where it is cut, in points.
const SMOOTHING: f64 = 2.0;
const RADIUS: usize = 8;

/// The random numbers of one sample, already scaled.
pub(super) struct Draws {
    /// Zeros appended.
    pub(super) padding: usize,
    /// Factor of the amplitude.
    pub(super) scale: f64,
    /// Points by which the series is rolled to the right.
    pub(super) shift: usize,
    /// Noise of the padding, not yet smoothed.
    pub(super) correlated: [f64; DILATED],
    /// Independent noise.
    pub(super) noise: [f64; DILATED],
    /// The ramp's coefficient c.
    pub(super) shear: f64,
}

/// The series of one sample.
pub(super) fn transform(template: &[f64; POINTS], draws: &Draws) -> [f64; LENGTH] {
    let mut padded: Vec<f64> = template.iter().map(|value| value + TRACE).collect();
    padded.resize(POINTS + draws.padding, 0.0);
    let mut series: [f64; DILATED] = interpolate(&padded);
    for value in &mut series {
        *value *= draws.scale;
    }
    series.rotate_right(draws.shift);
    let correlated = smooth(&draws.correlated);
    for (i, value) in series.iter_mut().enumerate() {
        if *value == 0.0 {
            *value = correlated[i];
        }
        *value += draws.noise[i] - draws.shear * (i as f64 / (DILATED - 1) as f64 - 0.5);
    }
    interpolate(&series)
}

/// N points of the piecewise linear function through equally spaced values, ends included.
///
/// A point on a node belongs to the interval on its left, as in the published code; there it decides, by rounding, which
/// point next to the template counts as padding.
fn interpolate<const N: usize>(values: &[f64]) -> [f64; N] {
    let node = |i: usize| grid(i, values.len());
    let mut above = 1;
    std::array::from_fn(|i| {
        let at = grid(i, N);
        while node(above) < at && above + 1 < values.len() {
            above += 1;
        }
        let slope = (values[above] - values[above - 1]) / (node(above) - node(above - 1));
        slope * (at - node(above - 1)) + values[above - 1]
    })
}

/// Point i of n equally spaced ones from 0 to 1.
fn grid(i: usize, n: usize) -> f64 {
    if i + 1 == n { 1.0 } else { i as f64 * (1.0 / (n - 1) as f64) }
}

/// Convolution with a Gaussian kernel, the series reflected at its ends (the end points twice).
fn smooth(values: &[f64; DILATED]) -> [f64; DILATED] {
    let weights: [f64; 2 * RADIUS + 1] =
        std::array::from_fn(|i| (-0.5 * ((i as f64 - RADIUS as f64) / SMOOTHING).powi(2)).exp());
    let total: f64 = weights.iter().sum();
    let last = DILATED - 1;
    // Positions are counted from RADIUS before the first.
    let reflected = |at: usize| match at.checked_sub(RADIUS) {
        None => values[RADIUS - 1 - at],
        Some(at) if at > last => values[2 * last + 1 - at],
        Some(at) => values[at],
    };
    std::array::from_fn(|i| weights.iter().enumerate().map(|(j, weight)| weight * reflected(i + j)).sum::<f64>() / total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mnist1d::template::template;

    #[derive(serde::Deserialize)]
    struct Case {
        label: u8,
        padding: usize,
        scale: f64,
        shift: usize,
        shear: f64,
        series: Vec<f64>,
    }

    /// The published code (PyPI mnist1d 0.0.2.post1, numpy 2.4.6, scipy 1.17.1) with its random functions replaced: uniform
    /// numbers that give the stated padding, scale and shear, the stated shift, sin(0.7 i + 0.3) for the correlated and
    /// cos(1.3 i) for the independent noise.
    const PUBLISHED: &str = include_str!("../../tests/it/data/mnist1d_transform.json");

    #[test]
    fn agrees_with_the_published_code() {
        let cases: Vec<Case> = serde_json::from_str(PUBLISHED).unwrap();
        assert_eq!(cases.len(), 5);
        for case in &cases {
            let draws = Draws {
                padding: case.padding,
                scale: case.scale,
                shift: case.shift,
                correlated: std::array::from_fn(|i| 0.25 * (0.7 * i as f64 + 0.3).sin()),
                noise: std::array::from_fn(|i| 0.02 * (1.3 * i as f64).cos()),
                shear: case.shear,
            };
            let found = transform(&template(case.label), &draws);
            assert_eq!(case.series.len(), LENGTH);
            for (i, (found, wanted)) in found.iter().zip(&case.series).enumerate() {
                // Values are below 1; some tens of operations round in another order than there.
                assert!((found - wanted).abs() < 1e-13, "class {}, point {i}: {found} for {wanted}", case.label);
            }
            let off = transform(&template(case.label), &Draws { shift: case.shift + 1, ..draws });
            assert!(off.iter().zip(&case.series).any(|(found, wanted)| (found - wanted).abs() > 1e-3));
        }
    }

    #[test]
    fn smoothing_keeps_constants_and_interpolation_lines() {
        assert!(smooth(&[3.0; DILATED]).iter().all(|value| (value - 3.0).abs() < 1e-14));
        let line: Vec<f64> = (0..20).map(|i| 2.0 - 0.1 * f64::from(i)).collect();
        let found: [f64; 7] = interpolate(&line);
        assert!(found.iter().enumerate().all(|(i, value)| (value - (2.0 - 1.9 * i as f64 / 6.0)).abs() < 1e-14));
    }
}
