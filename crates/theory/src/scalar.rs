use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Num, ToPrimitive};

/// Numbers in which the closed forms are evaluated: `f64`, or exact rationals.
///
/// Every recursion of this crate is written once over this trait, so the exact and the floating-point value of a quantity
/// come from the same lines.
pub trait Scalar:
    Clone + PartialEq + Num + std::ops::AddAssign + std::ops::MulAssign + std::fmt::Debug + Send + Sync
{
    /// The nearest value to an exact rational.
    fn from_rational(value: &BigRational) -> Self;

    /// The nearest double.
    fn to_f64(&self) -> f64;

    /// `self += a · b`.
    fn add_product(&mut self, a: &Self, b: &Self);

    /// The value of a whole number.
    #[must_use]
    fn from_integer(value: u64) -> Self {
        Self::from_rational(&BigRational::from_integer(BigInt::from(value)))
    }

    /// numerator / denominator, for a denominator that is not zero.
    #[must_use]
    fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::from_rational(&BigRational::new(numerator.into(), denominator.into()))
    }
}

impl Scalar for f64 {
    fn from_rational(value: &BigRational) -> Self {
        // Only a ratio of two integers beyond the range of f64 has no nearest double; gains and widths are far from it.
        ToPrimitive::to_f64(value).unwrap_or(Self::NAN)
    }

    fn to_f64(&self) -> f64 {
        *self
    }

    fn add_product(&mut self, a: &Self, b: &Self) {
        *self += a * b;
    }

    fn from_integer(value: u64) -> Self {
        value as Self
    }
}

impl Scalar for BigRational {
    fn from_rational(value: &BigRational) -> Self {
        value.clone()
    }

    fn to_f64(&self) -> f64 {
        ToPrimitive::to_f64(self).unwrap_or(f64::NAN)
    }

    fn add_product(&mut self, a: &Self, b: &Self) {
        *self += a * b;
    }
}
