use super::{ActivationMoments, GaussianPair, erf, leaky, linear, relu};

/// Closed forms that a family of activations brings: the Gaussian expectations that the infinite-width law asks for.
///
/// A family without one is integrated numerically, at the accuracy stated in [`super::QUADRATURE_ACCURACY`]. To give a new
/// activation its closed form, write one such value and hand it to [`super::GaussianTable::with_closed_forms`].
#[derive(Debug, Clone, Copy)]
pub struct ClosedForm {
    /// Name of the activation family that it belongs to.
    pub family: &'static str,
    /// Families of one group have a joint closed form for a correlated pair; a family on its own uses its own name.
    pub group: &'static str,
    /// The group's parameter for the family's parameter: ReLU is the leaky ReLU of slope 0.
    pub group_parameter: fn(f64) -> f64,
    /// (parameter, q) ↦ the moments under N(0, q), for q > 0.
    pub moments: fn(f64, f64) -> ActivationMoments,
    /// (group parameter of u, of w, pair) ↦ E[σ′(z_u)² σ′(z_w)²], for two positive variances and any correlation.
    pub slope_pair: fn(f64, f64, &GaussianPair) -> f64,
}

/// The closed forms that are built in.
pub static CLOSED_FORMS: &[&ClosedForm] =
    &[&relu::CLOSED_FORM, &leaky::CLOSED_FORM, &linear::CLOSED_FORM, &erf::CLOSED_FORM];
