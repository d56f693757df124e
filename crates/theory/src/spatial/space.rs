//! What the recursion asks of a representation of matrices over positions.

use archscale_model::{PositionReadout, Scaled};

/// Matrices over positions, and what varies from position to position ("profiles"), in some representation.
pub(super) trait Space {
    /// A real m × m matrix.
    type Matrix: Clone;

    fn zero(&self) -> Self::Matrix;

    /// The largest size of an entry.
    fn largest(&self, x: &Self::Matrix) -> f64;

    /// Every entry times `factor`, in place; entries that this takes to zero are nothing beside the largest.
    fn scale(&self, x: &mut Self::Matrix, factor: Scaled);

    /// `into` + `scale`·`from`, in place.
    fn add(&self, into: &mut Self::Matrix, scale: f64, from: &Self::Matrix);

    /// The entrywise product.
    fn product(&self, one: &Self::Matrix, two: &Self::Matrix) -> Self::Matrix;

    /// f(X(p, p'), l(p), r(p')) at every entry.
    fn combine(
        &self,
        x: &Self::Matrix,
        left: &[Scaled],
        right: &[Scaled],
        f: impl Fn(f64, Scaled, Scaled) -> f64,
    ) -> Self::Matrix;

    /// X(p, p).
    fn diagonal(&self, x: &Self::Matrix) -> Vec<f64>;

    /// Replaces X(p, p).
    fn set_diagonal(&self, x: &mut Self::Matrix, values: &[f64]);

    /// (A X)(p, p') = (1/q) Σ_k X(p + k, p' + k), terms that leave the image dropped.
    ///
    /// The offsets of an odd kernel come in pairs ±k, so A is its own adjoint, also with zero padding.
    fn average(&self, kernel: usize, x: &Self::Matrix) -> Self::Matrix;

    /// (a v)(p) = (1/q) Σ_k v(p + k).
    fn average_profile(&self, kernel: usize, v: &[Scaled]) -> Vec<Scaled>;

    /// [K B K'ᵀ](p, p).
    fn quadratic(&self, k: &Self::Matrix, b: &Self::Matrix, other: &Self::Matrix) -> Vec<f64>;

    /// ⟨X, Y⟩ = Σ_{p, p'} X(p, p') Y(p, p').
    fn inner(&self, one: &Self::Matrix, two: &Self::Matrix) -> f64;

    /// M of the readout.
    fn readout(&self, positions: PositionReadout) -> Self::Matrix;
}

/// Maps on positions of one kind, acting on the matrices of a space.
pub(super) trait Acts<P>: Space {
    /// L X Rᵀ.
    fn forth(&self, left: &P, x: &Self::Matrix, right: &P) -> Self::Matrix;

    /// Mᵀ X M.
    fn back(&self, map: &P, x: &Self::Matrix) -> Self::Matrix;
}
