/// Two centred, jointly normal pre-activations.
///
/// The determinant is kept beside the covariance: near perfect correlation the difference q_u q_w − c² loses all its digits,
/// and the angle between the two, on which the closed forms of piecewise linear activations depend, half of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaussianPair {
    first: f64,
    second: f64,
    covariance: f64,
    determinant: f64,
}

impl GaussianPair {
    /// The pair of variances q_u, q_w ≥ 0 and covariance c; a c within rounding of √(q_u q_w) is perfect correlation.
    #[must_use]
    pub fn new(first: f64, second: f64, covariance: f64) -> Self {
        let difference = first * second - covariance * covariance;
        let rounding = 4.0 * f64::EPSILON * first * second;
        let determinant = if difference <= rounding { 0.0 } else { difference };
        Self::with_determinant(first, second, covariance, determinant)
    }

    /// As [`GaussianPair::new`], with q_u q_w − c² computed by the caller without cancellation.
    #[must_use]
    pub fn with_determinant(first: f64, second: f64, covariance: f64, determinant: f64) -> Self {
        let bound = (first * second).sqrt();
        Self { first, second, covariance: covariance.clamp(-bound, bound), determinant: determinant.max(0.0) }
    }

    /// Variance q_u of the first.
    #[must_use]
    pub fn first(&self) -> f64 {
        self.first
    }

    /// Variance q_w of the second.
    #[must_use]
    pub fn second(&self) -> f64 {
        self.second
    }

    /// Covariance c.
    #[must_use]
    pub fn covariance(&self) -> f64 {
        self.covariance
    }

    /// q_u q_w − c² ≥ 0.
    #[must_use]
    pub fn determinant(&self) -> f64 {
        self.determinant
    }

    /// Angle arccos ρ between the two, in [0, π].
    #[must_use]
    pub fn angle(&self) -> f64 {
        self.determinant.sqrt().atan2(self.covariance)
    }
}
