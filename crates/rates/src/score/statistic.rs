//! Statistics of a sample of networks, each with the influence of every network on it.
//!
//! A statistic of n networks is θ ≈ θ₀ + (1/n) Σ_i U_i with the influence U_i computed at the sample itself; its variance is
//! estimated from the U_i, summed within networks that share an architecture. Derivations: proofs/law-set.md.

/// A statistic on the scale on which its interval is built.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    /// The statistic.
    pub(crate) theta: f64,
    /// Influence of each entry of the draw, in its order.
    pub(crate) influence: Vec<f64>,
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    values.sum::<f64>() / count
}

/// Whether a mean square is rounding alone, beside numbers of this size.
fn negligible(square: f64, size: f64) -> bool {
    square <= (1e-12 * size).powi(2) || !square.is_finite()
}

/// Means and mean squares of two variables over the entries of a draw.
struct Pairs {
    x: Vec<f64>,
    y: Vec<f64>,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Pairs {
    /// None where a variable is constant.
    fn new(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Self> {
        let centred = |values: &[f64]| {
            let centre = mean(draw.iter().map(|i| values[*i]));
            let list: Vec<f64> = draw.iter().map(|i| values[*i] - centre).collect();
            let square = mean(list.iter().map(|value| value * value));
            let size = draw.iter().map(|i| values[*i].abs()).fold(0.0, f64::max);
            (!negligible(square, size)).then_some((list, square))
        };
        let ((x, xx), (y, yy)) = (centred(x)?, centred(y)?);
        let xy = mean(x.iter().zip(&y).map(|(x, y)| x * y));
        Some(Self { x, y, xx, yy, xy })
    }

    fn correlation(&self) -> f64 {
        (self.xy / (self.xx * self.yy).sqrt()).clamp(-1.0, 1.0)
    }

    /// Influence on r: x̃ỹ − r (x̃² + ỹ²)/2, standardised.
    fn correlation_influence(&self) -> Vec<f64> {
        let (r, sx, sy) = (self.correlation(), self.xx.sqrt(), self.yy.sqrt());
        let one = |(x, y): (&f64, &f64)| {
            let (x, y) = (x / sx, y / sy);
            x * y - 0.5 * r * (x * x + y * y)
        };
        self.x.iter().zip(&self.y).map(one).collect()
    }
}

/// Pearson's r of x and y; none where one of them is constant.
pub(crate) fn correlation(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Value> {
    let pairs = Pairs::new(x, y, draw)?;
    Some(Value { theta: pairs.correlation(), influence: pairs.correlation_influence() })
}

/// artanh r; none also where |r| is 1 up to rounding.
pub(crate) fn fisher(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Value> {
    let pairs = Pairs::new(x, y, draw)?;
    let r = pairs.correlation();
    let rest = 1.0 - r * r;
    if rest < 1e-12 {
        return None;
    }
    let influence = pairs.correlation_influence().into_iter().map(|one| one / rest).collect();
    Some(Value { theta: r.atanh(), influence })
}

/// Slope of y on x by least squares: influence x e / mean x², with e the residual.
pub(crate) fn slope(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Value> {
    let pairs = Pairs::new(x, y, draw)?;
    let theta = pairs.xy / pairs.xx;
    let influence = pairs.x.iter().zip(&pairs.y).map(|(x, y)| x * (y - theta * x) / pairs.xx).collect();
    Some(Value { theta, influence })
}

/// ln of the root mean square of deviations about their own mean (divisor n − 1), or about 0 (divisor n).
pub(crate) fn ln_rms(deviations: &[f64], draw: &[usize], centred: bool) -> Option<Value> {
    let count = draw.len() as f64;
    let centre = if centred { mean(draw.iter().map(|i| deviations[*i])) } else { 0.0 };
    let square = mean(draw.iter().map(|i| (deviations[*i] - centre).powi(2)));
    let size = draw.iter().map(|i| deviations[*i].abs()).fold(0.0, f64::max);
    if negligible(square, size) {
        return None;
    }
    let divisor = if centred { count / (count - 1.0) } else { 1.0 };
    let influence = draw.iter().map(|i| 0.5 * ((deviations[*i] - centre).powi(2) / square - 1.0)).collect();
    Some(Value { theta: 0.5 * (square * divisor).ln(), influence })
}

/// The difference of two statistics of the same draw.
pub(crate) fn difference(first: Value, second: &Value) -> Value {
    let influence = first.influence.iter().zip(&second.influence).map(|(a, b)| a - b).collect();
    Value { theta: first.theta - second.theta, influence }
}

/// The statistic exp θ, with its influence.
pub(crate) fn exponential(value: Value) -> Value {
    let theta = value.theta.exp();
    Value { theta, influence: value.influence.into_iter().map(|one| one * theta).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 6] = [0.3, -1.1, 0.7, 2.2, -0.4, 1.6];
    const Y: [f64; 6] = [0.1, -0.6, 1.4, 1.3, 0.2, 2.4];

    /// The influence at a sample is the derivative of θ with respect to the weight of one entry: copies of one entry shift the
    /// statistic by U_i/(copies · n) to first order.
    #[test]
    fn influences_are_derivatives() {
        type Statistic = fn(&[usize]) -> Option<Value>;
        let statistics: [Statistic; 5] = [
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
                let shift = (statistic(&more).unwrap().theta - plain.theta) * more.len() as f64 / 60.0;
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
