use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Sub};

use archscale_model::Scaled;
use archscale_text::Refusal;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use crate::TheoryError;

/// Numbers in which the closed forms are evaluated: doubles with an exponent that does not run out, `f64`, or exact rationals.
///
/// Every recursion of this crate is written once over this trait, so the exact and the floating-point value of a quantity
/// come from the same lines.
pub trait Scalar:
    Clone
    + PartialEq
    + Zero
    + One
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + MulAssign
    + std::fmt::Debug
    + Send
    + Sync
{
    /// The numbers in which a law with these results is carried: such that no product on the way leaves their range.
    type Carrier: Scalar;

    /// A result of the carrier in these numbers.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] where it is beyond their range; `what` and `place` stand in the message.
    fn carried(value: Self::Carrier, what: &'static str, place: impl FnOnce() -> String) -> Result<Self, TheoryError>;

    /// The nearest value to an exact rational.
    fn from_rational(value: &BigRational) -> Self;

    /// The nearest double: 0 or ∞ beyond its range.
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
    type Carrier = Scaled;

    fn carried(value: Scaled, what: &'static str, place: impl FnOnce() -> String) -> Result<Self, TheoryError> {
        value.fit().ok_or_else(|| {
            let found = format!("{value}, beyond the range of double precision");
            let mend = "ask for it as a logarithm, or take an initialisation that keeps the variance";
            TheoryError::OutOfRange(Refusal::new(format!("{what} at {}", place()), found, mend))
        })
    }

    fn from_rational(value: &BigRational) -> Self {
        Scaled::from(value).to_f64()
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

impl Scalar for Scaled {
    type Carrier = Self;

    fn carried(value: Self, _: &'static str, _: impl FnOnce() -> String) -> Result<Self, TheoryError> {
        Ok(value)
    }

    fn from_rational(value: &BigRational) -> Self {
        value.into()
    }

    fn to_f64(&self) -> f64 {
        Self::to_f64(*self)
    }

    fn add_product(&mut self, a: &Self, b: &Self) {
        *self += *a * *b;
    }

    fn from_integer(value: u64) -> Self {
        Self::from(value as f64)
    }
}

impl Scalar for BigRational {
    type Carrier = Self;

    fn carried(value: Self, _: &'static str, _: impl FnOnce() -> String) -> Result<Self, TheoryError> {
        Ok(value)
    }

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
