use candle_core::Tensor;

/// What a vector adds to a basis.
pub(super) struct Direction {
    /// Orthogonal to the basis and of norm 1; zero where the vector is zero or in the span.
    pub(super) unit: Tensor,
    /// The vector's coefficients along the basis and along `unit`, the last zero where `unit` is.
    pub(super) coefficients: Vec<Tensor>,
}

/// A square counts as a new direction's above `relative` times the square of the vector plus `absolute`.
#[derive(Clone, Copy)]
pub(super) struct Threshold {
    pub(super) relative: f64,
    pub(super) absolute: f64,
}
