use std::collections::HashMap;

use archscale_model::Activation;

use super::function::{Evaluator, Key, key, parameter};
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
/// **Evidence.** tests/it/gaussian.rs: closed forms against quadrature over twelve decades of variance and all correlations.
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
    /// let moments = GaussianTable::new().moments(Activation::RELU, 2.0)?;
    /// assert_eq!((moments.second, moments.slope_second), (1.0, 0.5));
    /// # Ok::<(), archscale_theory::TheoryError>(())
    /// ```
    pub fn moments(&mut self, activation: Activation, variance: f64) -> Result<ActivationMoments, TheoryError> {
        if variance == 0.0 {
            let (value, slope) = (activation.value(0.0), activation.slope(0.0));
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
        let function = Evaluator::new(activation);
        let [mean, second, slope_mean, slope_second, slope_fourth] =
            gaussian_integrals(&smoothness(&[(&function, deviation)], 0.0), 0.0, |x| {
                let (value, slope) = (function.value(deviation * x), function.slope(deviation * x));
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
    /// let (u, w) = (Activation::RELU, Activation::RELU);
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
        let means = (self.moments(u, pair.first())?.slope_second, self.moments(w, pair.second())?.slope_second);
        let found = integrate_pair(u, w, pair, means).ok_or_else(|| inaccurate(u, "correlated slopes", pair.first()))?;
        self.pairs.insert(index, found);
        Ok(found)
    }

    fn form(&self, activation: Activation) -> Option<&'static ClosedForm> {
        self.forms.iter().find(|form| form.family == activation.keyword()).copied()
    }
}

/// What an activation whose integrals do not settle lacks.
const MEND: &str = "declare every kink of the activation, keep its growth below exp(z²/4), or give its closed form";

pub(crate) fn inaccurate(activation: Activation, what: &str, variance: f64) -> TheoryError {
    TheoryError::inaccurate(&format!("{what} of {activation}"), format!("{variance:e}"), MEND)
}

/// Where functions of σ(s_i x + shift) change, for all activations at once.
pub(crate) fn smoothness(parts: &[(&Evaluator, f64)], shift: f64) -> Smoothness {
    let widest = parts.iter().map(|(_, deviation)| deviation.abs()).fold(1.0, f64::max);
    let centre = -shift / widest;
    if parts.iter().all(|(activation, _)| activation.kinks().is_empty()) {
        return Smoothness::Analytic { centre, scale: 1.0 / widest };
    }
    let mut points = vec![centre];
    for (activation, deviation) in parts {
        points.extend(activation.kinks().iter().map(|kink| (kink - shift) / deviation));
    }
    Smoothness::Pieces(points)
}

/// Iterated integral: z_u over the outer variable, z_w given z_u over the inner one.
///
/// `means` are E σ_u′² and E σ_w′²: errors are measured against the pair's integral or their product, whichever is larger, since
/// gates that exclude each other have an integral near zero.
fn integrate_pair(u: Activation, w: Activation, pair: &GaussianPair, means: (f64, f64)) -> Option<f64> {
    let (u, w) = (Evaluator::new(u), Evaluator::new(w));
    let deviation = pair.first().sqrt();
    let regression = pair.covariance() / deviation;
    let residual = (pair.determinant() / pair.first()).sqrt();
    let mut points: Vec<f64> = u.kinks().iter().map(|kink| kink / deviation).collect();
    // The inner integral bends where z_w's mean crosses a kink of σ_w, over the width of the residual.
    points.extend(w.kinks().iter().filter(|_| regression != 0.0).map(|kink| kink / regression));
    let outer = if points.is_empty() {
        let steepest = deviation.max(regression.abs()).max(1.0);
        Smoothness::Analytic { centre: 0.0, scale: 1.0 / steepest }
    } else {
        Smoothness::Pieces(points)
    };
    let inner = |mean: f64| {
        if residual == 0.0 {
            return Some(w.slope(mean).powi(2));
        }
        let [value] =
            gaussian_integrals(&smoothness(&[(&w, residual)], mean), means.1, |y| [w.slope(mean + residual * y).powi(2)])?;
        Some(value)
    };
    // An inner integral that does not settle makes the outer one not a number, which does not settle either.
    let [total] = gaussian_integrals(&outer, means.0 * means.1, |x| {
        [u.slope(deviation * x).powi(2) * inner(regression * x).unwrap_or(f64::NAN)]
    })?;
    Some(total)
}
