use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

use crate::TheoryError;

/// Where one gradient step of any size takes the layers of a wide ReLU chain.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ChainStep {
    /// E[z̃²] of the layer after the step; before it is 1.
    pub second_moment: f64,
    /// E[(Δz)²] = E[(z̃ − z)²].
    pub squared_change: f64,
    /// (f̃ − y)² after the step if this is the last layer.
    pub squared_residual: f64,
}

/// The first gradient step of a ReLU chain at any learning rate η, as n → ∞, layer by layer.
///
/// **Statement.** C = 2 everywhere, readout variance 2/n², label ±1, all hidden weights trained on ½(f − y)². After one step every
/// neuron of layer l holds z̃ = ζ̃ + a β 1{z > 0} with β ~ N(0, 1) independent of the Gaussian pair (z, ζ̃), whose variances are 1 and
/// q and whose covariance is c. With h̃ = max(z̃, 0) and m = E[max(z, 0) h̃],
///
/// a₁ = η/√2,  q₁ = c₁ = 1,  a′ = √2 η m + 2 a P(z > 0, z̃ > 0),  q′ = 2 E[h̃²],  c′ = 2m,
///
/// E[(Δz)²] = q + 1 − 2c + a²/2 and f̃ = ±√2 a P(z > 0, z̃ > 0). The expectations are quadrant moments of Gaussian pairs. For small η
/// the change of layer l is η² l(2l² + 1)/12, [`chain_limit`](crate::chain_limit), and nothing here is linear in η.
///
/// **Domain.** Limit n → ∞ at fixed depth. Rounding is about 10⁻¹⁵ per layer in E[(Δz)²] itself: below about 10⁻⁹ use the linear law.
///
/// **Source.** proofs/several-steps.md, theorem 1.
///
/// # Errors
/// No layer; an η that is negative or not finite.
///
/// ```
/// use archscale_theory::chain_step;
/// // The first layer's input does not move, so its change is η²/4 at every η.
/// assert!((chain_step(1, 2.0)?[0].squared_change - 1.0).abs() < 1e-15);
/// // Linear: η² · 3/2 = 6.
/// assert!(chain_step(2, 2.0)?[1].squared_change < 5.0);
/// # Ok::<(), archscale_theory::TheoryError>(())
/// ```
pub fn chain_step(layers: u64, eta: f64) -> Result<Vec<ChainStep>, TheoryError> {
    if layers == 0 {
        return Err(TheoryError::zero_layer());
    }
    if !(eta >= 0.0 && eta.is_finite()) {
        return Err(TheoryError::undefined(
            "the law of one step",
            format!("a learning rate of {eta}"),
            "take a finite learning rate from 0",
        ));
    }
    let (mut q, mut c, mut a) = (1.0, 1.0, FRAC_1_SQRT_2 * eta);
    let mut list = Vec::new();
    for _ in 0..layers {
        // Where z > 0 the pair is (z, ζ̃ + aβ), elsewhere (z, ζ̃).
        let alive = Quadrant::of(q + a * a, c);
        let square = alive.square + 0.5 * q - Quadrant::of(q, c).square;
        let output = SQRT_2 * a * alive.probability;
        list.push(ChainStep {
            second_moment: q + 0.5 * a * a,
            squared_change: q + 1.0 - 2.0 * c + 0.5 * a * a,
            squared_residual: (1.0 - output).powi(2),
        });
        a = SQRT_2 * eta * alive.product + 2.0 * a * alive.probability;
        (q, c) = (2.0 * square, 2.0 * alive.product);
    }
    Ok(list)
}

/// The learning rate at which one step moves the last of `layers` layers by E[(Δz)²] = `movement`, as n → ∞.
///
/// **Statement.** The solution η of `chain_step(layers, η)` at the last layer, by bisection to a relative 10⁻¹². While
/// layers² · movement is small it is (movement/B)^(1/2) ~ layers^(−3/2); at fixed movement it tends to fall as layers^(−5/6).
///
/// **Source.** proofs/several-steps.md, theorem 2 and the paragraph on great depth (which is no proof).
///
/// # Errors
/// No layer; a movement that is not positive and finite.
///
/// ```
/// use archscale_theory::chain_step_rate;
/// assert!((chain_step_rate(1, 1.0)? - 2.0).abs() < 1e-9);
/// # Ok::<(), archscale_theory::TheoryError>(())
/// ```
pub fn chain_step_rate(layers: u64, movement: f64) -> Result<f64, TheoryError> {
    if !(movement > 0.0 && movement.is_finite()) {
        return Err(TheoryError::undefined(
            "a largest learning rate",
            format!("a movement of {movement}"),
            "take a positive finite movement",
        ));
    }
    let moves = |eta: f64| -> Result<bool, TheoryError> {
        Ok(chain_step(layers, eta)?.last().is_some_and(|last| last.squared_change > movement))
    };
    let mut low = (movement / super::chain_limit::<f64>(layers.max(1))).sqrt();
    while moves(low)? {
        low /= 2.0;
    }
    let mut high = 2.0 * low;
    while !moves(high)? {
        high *= 2.0;
    }
    while high / low > 1.0 + 1e-12 {
        let middle = 0.5 * (low + high);
        if moves(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(low)
}

/// Moments of a Gaussian pair (x, y), x of variance 1, over x > 0, y > 0.
struct Quadrant {
    probability: f64,
    /// E[xy].
    product: f64,
    /// E[y²].
    square: f64,
}

impl Quadrant {
    /// For y of variance `variance` and covariance `covariance` with x.
    fn of(variance: f64, covariance: f64) -> Self {
        // Rounding may take the determinant below 0 where the pair is degenerate.
        let (deviation, determinant) = (variance.sqrt(), (variance - covariance * covariance).max(0.0));
        let angle = determinant.sqrt().atan2(covariance);
        let (sine, cosine) = angle.sin_cos();
        Self {
            probability: (PI - angle) / (2.0 * PI),
            product: deviation * (sine + (PI - angle) * cosine) / (2.0 * PI),
            square: variance * (PI - angle + sine * cosine) / (2.0 * PI),
        }
    }
}
