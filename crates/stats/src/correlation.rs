//! Two variables beside each other: Pearson's correlation and the line of least squares.

/// Spread of a variable, relative to its size, at and below which it is rounding: the variable is constant.
const ROUNDING: f64 = 1e-11;

/// Two variables about their means, neither of them constant.
///
/// **Statement.** For pairs (x_i, y_i) with weights w_i, and x̄ = Σ w x/Σ w: S_xx = Σ w (x − x̄)², S_yy likewise and
/// S_xy = Σ w (x − x̄)(y − ȳ), each over one common divisor.
///
/// **Domain.** Slices of one length; a longer one is cut. A variable counts as constant where its S is at most 10⁻²² of its
/// sum of squares, which rounding alone leaves, or where S is not finite.
///
/// **Source.** Any textbook; the influences are those of Hampel, *The influence curve and its role in robust estimation*,
/// JASA 69 (1974) 383, derived in proofs/law-court.md.
///
/// ```
/// use archscale_stats::Pairs;
/// // Deviations −1, 0, 1 and −1, 1, 0: r = 1/√(2·2) and slope 1/2.
/// let pairs = Pairs::new(&[0.0, 1.0, 2.0], &[0.0, 2.0, 1.0]).unwrap();
/// assert!((pairs.correlation() - 0.5).abs() < 1e-15 && (pairs.slope() - 0.5).abs() < 1e-15);
/// assert!(Pairs::new(&[3.0, 3.0], &[0.0, 2.0]).is_none());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    /// x − x̄ and y − ȳ.
    x: Vec<f64>,
    y: Vec<f64>,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Pairs {
    /// Every pair once; `None` where a variable is constant.
    #[must_use]
    pub fn new(x: &[f64], y: &[f64]) -> Option<Self> {
        let length = x.len().min(y.len());
        Self::weighted_by(x[..length].to_vec(), y[..length].to_vec(), &vec![1.0; length], length as f64)
    }

    /// The pairs of a draw with replacement, by their places; `None` where a variable is constant among them.
    ///
    /// # Panics
    /// A place beyond the pairs.
    ///
    /// ```
    /// use archscale_stats::Pairs;
    /// let (x, y) = ([0.0, 1.0, 2.0, 9.0], [0.0, 2.0, 1.0, 9.0]);
    /// assert_eq!(Pairs::drawn(&x, &y, &[0, 1, 2]), Pairs::new(&x[..3], &y[..3]));
    /// ```
    #[must_use]
    pub fn drawn(x: &[f64], y: &[f64], draw: &[usize]) -> Option<Self> {
        let take = |values: &[f64]| draw.iter().map(|&place| values[place]).collect();
        Self::weighted_by(take(x), take(y), &vec![1.0; draw.len()], draw.len() as f64)
    }

    /// Pairs that occur several times; `None` where a variable is constant.
    ///
    /// ```
    /// use archscale_stats::Pairs;
    /// let counted = Pairs::counted(&[0.0, 1.0], &[2.0, 5.0], &[3, 1]).unwrap();
    /// assert_eq!(counted.slope(), 3.0);
    /// ```
    #[must_use]
    pub fn counted(x: &[f64], y: &[f64], counts: &[u64]) -> Option<Self> {
        let length = x.len().min(y.len()).min(counts.len());
        let weights: Vec<f64> = counts[..length].iter().map(|&count| count as f64).collect();
        Self::weighted_by(x[..length].to_vec(), y[..length].to_vec(), &weights, 1.0)
    }

    fn weighted_by(x: Vec<f64>, y: Vec<f64>, weights: &[f64], divisor: f64) -> Option<Self> {
        let (x, xx) = centred(x, weights, divisor)?;
        let (y, yy) = centred(y, weights, divisor)?;
        let xy = x.iter().zip(&y).zip(weights).map(|((x, y), w)| x * y * w).sum::<f64>() / divisor;
        Some(Self { x, y, xx, yy, xy })
    }

    /// Pearson's r = S_xy/√(S_xx S_yy), from −1 to 1.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        (self.xy / (self.xx * self.yy).sqrt()).clamp(-1.0, 1.0)
    }

    /// Slope of y on x by least squares, S_xy/S_xx.
    #[must_use]
    pub fn slope(&self) -> f64 {
        self.xy / self.xx
    }

    /// Influence of each pair on r, of pairs that count once: x̃ỹ − r (x̃² + ỹ²)/2 with x̃ and ỹ standardised.
    #[must_use]
    pub fn correlation_influence(&self) -> Vec<f64> {
        let (r, sx, sy) = (self.correlation(), self.xx.sqrt(), self.yy.sqrt());
        let one = |(x, y): (&f64, &f64)| {
            let (x, y) = (x / sx, y / sy);
            x * y - 0.5 * r * (x * x + y * y)
        };
        self.x.iter().zip(&self.y).map(one).collect()
    }

    /// Influence of each pair on the slope, of pairs that count once: (x − x̄) e/S_xx with e the residual and S_xx a mean
    /// square.
    #[must_use]
    pub fn slope_influence(&self) -> Vec<f64> {
        let slope = self.slope();
        self.x.iter().zip(&self.y).map(|(x, y)| x * (y - slope * x) / self.xx).collect()
    }
}

/// Deviations from the weighted mean, and the sum of their squares over the divisor; `None` of a constant.
fn centred(values: Vec<f64>, weights: &[f64], divisor: f64) -> Option<(Vec<f64>, f64)> {
    let total: f64 = weights.iter().sum();
    let mean = values.iter().zip(weights).map(|(value, w)| value * w).sum::<f64>() / total;
    let size = values.iter().zip(weights).map(|(value, w)| value * value * w).sum::<f64>() / divisor;
    let list: Vec<f64> = values.into_iter().map(|value| value - mean).collect();
    let square = list.iter().zip(weights).map(|(value, w)| value * value * w).sum::<f64>() / divisor;
    (square.is_finite() && square > ROUNDING * ROUNDING * size).then_some((list, square))
}

/// Ranks of values that occur several times, among all copies; copies and tied values share their mean rank, from 1.
///
/// Values tie where they differ by at most 10⁻¹¹ of the smallest among them, which rounding leaves of equal ones.
/// [`Pairs::counted`] of two such lists gives Spearman's correlation.
///
/// ```
/// use archscale_stats::ranks;
/// assert_eq!(ranks(&[5.0, 1.0, 5.0], &[1, 1, 1]), [2.5, 1.0, 2.5]);
/// // 1, 1, 1, 5: the ones have ranks 1 to 3.
/// assert_eq!(ranks(&[5.0, 1.0], &[1, 3]), [4.0, 2.0]);
/// ```
#[must_use]
pub fn ranks(values: &[f64], counts: &[u64]) -> Vec<f64> {
    let mut sorted: Vec<usize> = (0..values.len().min(counts.len())).collect();
    sorted.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; sorted.len()];
    let (mut start, mut before) = (0, 0_u64);
    while start < sorted.len() {
        let first = values[sorted[start]];
        let tied = sorted[start..].iter().take_while(|index| values[**index] - first <= ROUNDING * first.abs()).count();
        let group = &sorted[start..start + tied.max(1)];
        let copies: u64 = group.iter().map(|index| counts[*index]).sum();
        for index in group {
            ranks[*index] = before as f64 + (copies as f64 + 1.0) / 2.0;
        }
        before += copies;
        start += group.len();
    }
    ranks
}
