/// The distance that a computed number may have from the expected one: the only three policies that the tests use.
///
/// A statistical comparison has no tolerance; it is planned and decided by `archscale-stats`.
///
/// ```
/// use archscale_testkit::Tolerance;
/// assert!(Tolerance::Exact.accepts(0.5, 0.5));
/// assert!(Tolerance::Reference.accepts(1.0 + 9e-10, 1.0));
/// assert!(!Tolerance::Reference.accepts(1.0 + 2e-9, 1.0));
/// // A thousand operations: 1000 · 2⁻⁵² = 2.2e-13.
/// assert!(!Tolerance::Operations(1_000).accepts(1.0 + 1e-12, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Equal: integers, rationals, and floating-point numbers that come from the same operations in the same order.
    Exact,
    /// Relative 1e-9: numbers made by another program, printed with fewer digits than they were computed with.
    Reference,
    /// Relative k ε, ε = 2⁻⁵², where k bounds the length of the longest chain of operations behind the number.
    ///
    /// **Domain.** Sums and products of non-negative numbers: each operation then adds a relative error of at most ε/2, so k
    /// of them stay below k ε (Higham, *Accuracy and Stability of Numerical Algorithms*, SIAM 2002, lemma 3.1, for k ε < 1).
    /// A difference of nearly equal numbers is outside it.
    Operations(u64),
}

impl Tolerance {
    /// The relative error that is allowed.
    #[must_use]
    pub fn relative(self) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Reference => 1e-9,
            Self::Operations(count) => count as f64 * f64::EPSILON,
        }
    }

    /// Whether `found` is within the relative error of `expected`; never for a value that is not finite.
    #[must_use]
    pub fn accepts(self, found: f64, expected: f64) -> bool {
        found.is_finite() && expected.is_finite() && (found - expected).abs() <= self.relative() * expected.abs()
    }
}
