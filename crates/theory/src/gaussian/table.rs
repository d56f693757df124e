use std::collections::HashMap;

use archscale_model::Activation;

use super::function::{Key, key, kinks, name, parameter, slope, value};
use super::{ActivationMoments, CLOSED_FORMS, ClosedForm, GaussianPair, Smoothness, gaussian_integrals};
use crate::TheoryError;

/// Gaussian expectations of activations: closed forms first, otherwise quadrature, each integral computed once.
///
/// **Statement.** E σ, E σ², E σ′, E σ′², E σ′⁴ under N(0, q), and E[σ_u′² σ_w′²] for a jointly normal pair.
///
/// **Domain.** Any activation whose integrals settle: analytic between its declared kinks, growing slower than exp(z²/4).
/// A variance of zero is the point z = 0.
///
/// **Errors.** [`TheoryError::Inaccurate`] where [`super::QUADRATURE_ACCURACY`] cannot be reached.
///
/// **Evidence.** tests/gaussian.rs: closed forms against quadrature over twelve decades of variance and all correlations.
///
/// Results do not depend on what was asked before: the table only remembers.
#[derive(Debug, Clone)]
pub struct GaussianTable {
    forms: Vec<&'static ClosedForm>,
    moments: HashMap<(Key, u64), ActivationMoments>,
    pairs: HashMap<PairKey, f64>,
}

/// Both activations, and the bits of the two variances, the covariance and the determinant.
type PairKey = (Key, Key, [u64; 4]);

impl Default for GaussianTable {
    fn default() -> Self {
        Self { forms: CLOSED_FORMS.to_vec(), moments: HashMap::new(), pairs: HashMap::new() }
    }
}

impl GaussianTable {
    /// An empty table that knows the built-in closed forms.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty table that asks `forms` before the built-in closed forms.
    #[must_use]
    pub fn with_closed_forms(forms: &[&'static ClosedForm]) -> Self {
        Self { forms: forms.iter().chain(CLOSED_FORMS).copied().collect(), ..Self::default() }
    }

    /// An empty table that integrates everything numerically, also what has a closed form.
    #[must_use]
    pub fn without_closed_forms() -> Self {
        Self { forms: Vec::new(), ..Self::default() }
    }

    /// Whether the moments of this activation are in closed form.
    #[must_use]
    pub fn is_closed(&self, activation: Activation) -> bool {
        self.form(activation).is_some()
    }

    /// Whether the expectation of this pair's slopes is in closed form.
    #[must_use]
    pub fn is_closed_pair(&self, u: Activation, w: Activation) -> bool {
        self.form(u).zip(self.form(w)).is_some_and(|(left, right)| left.group == right.group)
    }

    /// The five one-dimensional moments at pre-activation variance `variance`.
    ///
    /// # Errors
    /// When the stated accuracy cannot be reached.
    ///
    /// ```
    /// use archscale_model::Activation;
    /// use archscale_theory::GaussianTable;
    /// let moments = GaussianTable::new().moments(Activation::Relu, 2.0)?;
    /// assert_eq!((moments.second, moments.slope_second), (1.0, 0.5));
    /// # Ok::<(), archscale_theory::TheoryError>(())
    /// ```
    pub fn moments(&mut self, activation: Activation, variance: f64) -> Result<ActivationMoments, TheoryError> {
        if variance == 0.0 {
            let (value, slope) = (value(activation, 0.0), slope(activation, 0.0));
            return Ok(ActivationMoments {
                mean: value,
                second: value * value,
                slope_mean: slope,
                slope_second: slope.powi(2),
                slope_fourth: slope.powi(4),
            });
        }
        if let Some(form) = self.form(activation) {
            return Ok((form.moments)(parameter(activation), variance));
        }
        let index = (key(activation), variance.to_bits());
        if let Some(found) = self.moments.get(&index) {
            return Ok(*found);
        }
        let deviation = variance.sqrt();
        let [mean, second, slope_mean, slope_second, slope_fourth] =
            gaussian_integrals(&smoothness(&[(activation, deviation)], 0.0), |x| {
                let (value, slope) = (value(activation, deviation * x), slope(activation, deviation * x));
                let square = slope * slope;
                [value, value * value, slope, square, square * square]
            })
            .ok_or_else(|| inaccurate(activation, "moments", variance))?;
        let found = ActivationMoments { mean, second, slope_mean, slope_second, slope_fourth };
        self.moments.insert(index, found);
        Ok(found)
    }

    /// E[σ_u′(z_u)² σ_w′(z_w)²] for a jointly normal pair.
    ///
    /// # Errors
    /// When the stated accuracy cannot be reached.
    ///
    /// ```
    /// use archscale_model::Activation;
    /// use archscale_theory::{GaussianPair, GaussianTable};
    /// let independent = GaussianPair::new(1.0, 3.0, 0.0);
    /// let (u, w) = (Activation::Relu, Activation::Relu);
    /// assert_eq!(GaussianTable::new().slope_pair(u, w, &independent)?, 0.25);
    /// # Ok::<(), archscale_theory::TheoryError>(())
    /// ```
    pub fn slope_pair(&mut self, u: Activation, w: Activation, pair: &GaussianPair) -> Result<f64, TheoryError> {
        if pair.first() == 0.0 || pair.second() == 0.0 {
            return Ok(self.moments(u, pair.first())?.slope_second * self.moments(w, pair.second())?.slope_second);
        }
        if let (Some(left), Some(right)) = (self.form(u), self.form(w))
            && left.group == right.group
        {
            let (a, b) = ((left.group_parameter)(parameter(u)), (right.group_parameter)(parameter(w)));
            return Ok((left.slope_pair)(a, b, pair));
        }
        let bits = [pair.first(), pair.second(), pair.covariance(), pair.determinant()].map(f64::to_bits);
        let index = (key(u), key(w), bits);
        if let Some(found) = self.pairs.get(&index) {
            return Ok(*found);
        }
        let found = integrate_pair(u, w, pair).ok_or_else(|| inaccurate(u, "correlated slopes", pair.first()))?;
        self.pairs.insert(index, found);
        Ok(found)
    }

    /// The integrals of any functions of one standard normal variable built from these activations at these deviations.
    pub(crate) fn composite<const K: usize>(
        &self,
        parts: &[(Activation, f64)],
        function: impl FnMut(f64) -> [f64; K],
    ) -> Result<[f64; K], TheoryError> {
        let smoothness = smoothness(parts, 0.0);
        gaussian_integrals(&smoothness, function).ok_or_else(|| match parts.first() {
            Some((activation, deviation)) => inaccurate(*activation, "a sum of activations", deviation * deviation),
            None => TheoryError::Inaccurate { what: "a linear function".into(), variance: "any".into(), mend: MEND },
        })
    }

    fn form(&self, activation: Activation) -> Option<&'static ClosedForm> {
        self.forms.iter().find(|form| form.family == name(activation)).copied()
    }
}

/// What an activation whose integrals do not settle lacks.
const MEND: &str = "declare every kink of the activation, keep its growth below exp(z²/4), or give its closed form";

fn inaccurate(activation: Activation, what: &str, variance: f64) -> TheoryError {
    TheoryError::Inaccurate { what: format!("{what} of {activation}"), variance: format!("{variance:e}"), mend: MEND }
}

/// Where functions of σ(s_i x + shift) change, for all activations at once.
fn smoothness(parts: &[(Activation, f64)], shift: f64) -> Smoothness {
    let widest = parts.iter().map(|(_, deviation)| deviation.abs()).fold(1.0, f64::max);
    let centre = -shift / widest;
    if parts.iter().all(|(activation, _)| kinks(*activation).is_empty()) {
        return Smoothness::Analytic { centre, scale: 1.0 / widest };
    }
    let mut points = vec![centre];
    for (activation, deviation) in parts {
        points.extend(kinks(*activation).iter().map(|kink| (kink - shift) / deviation));
    }
    Smoothness::Pieces(points)
}

/// Iterated integral: z_u over the outer variable, z_w given z_u over the inner one.
fn integrate_pair(u: Activation, w: Activation, pair: &GaussianPair) -> Option<f64> {
    let deviation = pair.first().sqrt();
    let regression = pair.covariance() / deviation;
    let residual = (pair.determinant() / pair.first()).sqrt();
    let mut settled = true;
    let mut points: Vec<f64> = kinks(u).iter().map(|kink| kink / deviation).collect();
    // The inner integral bends where z_w's mean crosses a kink of σ_w, over the width of the residual.
    points.extend(kinks(w).iter().filter(|_| regression != 0.0).map(|kink| kink / regression));
    let outer = if points.is_empty() {
        let steepest = deviation.max(regression.abs()).max(1.0);
        Smoothness::Analytic { centre: 0.0, scale: 1.0 / steepest }
    } else {
        Smoothness::Pieces(points)
    };
    let [total] = gaussian_integrals(&outer, |x| {
        let mean = regression * x;
        let inner = if residual == 0.0 {
            slope(w, mean).powi(2)
        } else {
            match gaussian_integrals(&smoothness(&[(w, residual)], mean), |y| [slope(w, mean + residual * y).powi(2)]) {
                Some([value]) => value,
                None => {
                    settled = false;
                    0.0
                }
            }
        };
        [slope(u, deviation * x).powi(2) * inner]
    })?;
    settled.then_some(total)
}
