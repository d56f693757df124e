/// Gaussian moments of an activation σ and of its slope σ′ at a centred normal pre-activation z of variance q.
///
/// **Symbols.** All expectations over z ~ N(0, q); a pre-activation of variance zero is the point z = 0, where the slope is the
/// one that the activation defines there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActivationMoments {
    /// E σ(z).
    pub mean: f64,
    /// E σ(z)².
    pub second: f64,
    /// E σ′(z).
    pub slope_mean: f64,
    /// E σ′(z)².
    pub slope_second: f64,
    /// E σ′(z)⁴.
    pub slope_fourth: f64,
}
