use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub};

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Binary digits between two neighbouring scales.
const STEP: i32 = 512;

/// 2^256: a mantissa that is not zero lies in [1/ROOM, ROOM), so a product of two stays within double precision.
const ROOM: f64 = f64::from_bits((1023 + 256) << 52);

/// 2^512, one step of the scale.
const SCALE: f64 = f64::from_bits((1023 + 512) << 52);

/// A number of double precision whose exponent does not run out: mantissa · 2^(512 · scale).
///
/// Products over deep or dense graphs leave the range of `f64` although the architecture is an ordinary one. Every operation rounds
/// as `f64` does, and scaling by a power of two rounds nothing: where no step of a computation leaves the range of `f64`, the result
/// has the bits of the same computation in `f64`.
///
/// ```
/// use archscale_model::Scaled;
/// let tiny = (0..4).fold(Scaled::from(1.0), |product, _| product * Scaled::from(1e-200));
/// assert_eq!(tiny.fit(), None);
/// assert_eq!(tiny.to_string(), "1.00000e-800");
/// assert!((tiny.log10() + 800.0).abs() < 1e-9);
/// assert_eq!((Scaled::from(0.1) + Scaled::from(0.2)).fit(), Some(0.1 + 0.2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scaled {
    /// Zero, or in [2^-256, 2^256) in size; the scale of a zero is 0. Not finite only where an operand was not.
    mantissa: f64,
    scale: i32,
}

impl Scaled {
    /// Brings a mantissa that one operation may have moved by at most one step back into its range.
    fn settled(mantissa: f64, scale: i32) -> Self {
        let size = mantissa.abs();
        if (1.0 / ROOM..ROOM).contains(&size) {
            return Self { mantissa, scale };
        }
        Self::unsettled(mantissa, scale)
    }

    #[cold]
    fn unsettled(mut mantissa: f64, mut scale: i32) -> Self {
        if mantissa == 0.0 || !mantissa.is_finite() {
            return Self { mantissa, scale: 0 };
        }
        while mantissa.abs() >= ROOM {
            mantissa /= SCALE;
            scale += 1;
        }
        while mantissa.abs() < 1.0 / ROOM {
            mantissa *= SCALE;
            scale -= 1;
        }
        Self { mantissa, scale }
    }

    /// The double, if the number is zero or within the range in which doubles keep all their digits.
    ///
    /// Nothing, and not 0 or ∞, for a number beyond that range.
    #[must_use]
    pub fn fit(self) -> Option<f64> {
        let value = self.to_f64();
        (self.mantissa == 0.0 || value.is_normal()).then_some(value)
    }

    /// The nearest double: 0 or ±∞ for a number beyond its range. Ask [`Scaled::fit`] where that must not pass unseen.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self.scale {
            0 => self.mantissa,
            // In two factors, since 2^1024 is no double; a product that underflows rounds once.
            -3..=3 => (0..self.scale.abs()).fold(self.mantissa, |value, _| if self.scale > 0 { value * SCALE } else { value / SCALE }),
            scale if scale > 0 => self.mantissa * f64::INFINITY,
            _ => self.mantissa * 0.0,
        }
    }

    /// Whether it is a number: neither infinite nor undefined.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.mantissa.is_finite()
    }

    /// Natural logarithm; −∞ of zero.
    #[must_use]
    pub fn ln(self) -> f64 {
        match self.fit() {
            Some(value) => value.ln(),
            None => self.mantissa.ln() + f64::from(self.scale) * f64::from(STEP) * std::f64::consts::LN_2,
        }
    }

    /// Decimal logarithm; −∞ of zero.
    #[must_use]
    pub fn log10(self) -> f64 {
        match self.fit() {
            Some(value) => value.log10(),
            None => self.mantissa.log10() + f64::from(self.scale) * f64::from(STEP) * std::f64::consts::LOG10_2,
        }
    }

    /// e^x for any finite x.
    #[must_use]
    pub fn exp(x: f64) -> Self {
        if x.abs() <= 700.0 || !x.is_finite() {
            return Self::from(x.exp());
        }
        let steps = (x / (f64::from(STEP) * std::f64::consts::LN_2)).round();
        // 512 ln 2 in two parts, so that the difference keeps its digits.
        let (high, low) = (354.891_356_445_312_5, 1.379_487_962_433_776e-9);
        Self::settled((x - steps * high - steps * low).exp(), steps as i32)
    }

    /// The square root.
    #[must_use]
    pub fn sqrt(self) -> Self {
        // A half step is 2^256.
        let odd = self.scale.rem_euclid(2) == 1;
        Self::settled(self.mantissa.sqrt() * if odd { ROOM } else { 1.0 }, self.scale.div_euclid(2))
    }

    /// 2^exponent.
    #[must_use]
    pub fn power_of_two(exponent: i32) -> Self {
        let (scale, rest) = (exponent.div_euclid(STEP), exponent.rem_euclid(STEP));
        Self::settled(f64::from_bits(((1023 + i64::from(rest)) as u64) << 52), scale)
    }

    /// The largest k with 4^k at most its size, and the number over 4^k: in [1, 4), with the same bits.
    ///
    /// Zero is left as it is, with k = 0.
    #[must_use]
    pub fn quarters(self) -> (f64, i32) {
        if self.mantissa == 0.0 || !self.mantissa.is_finite() {
            return (self.mantissa, 0);
        }
        let binary = ((self.mantissa.to_bits() >> 52) & 0x7ff) as i32 - 1023 + STEP * self.scale;
        let quarters = binary.div_euclid(2);
        ((self * Self::power_of_two(-2 * quarters)).to_f64(), quarters)
    }

    /// The larger of the two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    /// Decimal mantissa of size in [1, 10) and exponent; zero has exponent 0.
    #[must_use]
    pub fn decimal(self) -> (f64, i64) {
        if self.mantissa == 0.0 || !self.is_finite() {
            return (self.mantissa, 0);
        }
        let exponent = Self { mantissa: self.mantissa.abs(), ..self }.log10().floor();
        // By squaring, which errs by a few units in the last place.
        let mut power = Self::from(1.0);
        let mut base = Self::from(10.0);
        let mut rest = exponent.abs() as u64;
        while rest > 0 {
            if rest % 2 == 1 {
                power *= base;
            }
            base *= base;
            rest /= 2;
        }
        let shown = if exponent < 0.0 { self * power } else { self / power };
        let digits = shown.to_f64();
        match digits.abs() {
            size if size >= 10.0 => (digits / 10.0, exponent as i64 + 1),
            size if size < 1.0 => (digits * 10.0, exponent as i64 - 1),
            _ => (digits, exponent as i64),
        }
    }
}

impl From<f64> for Scaled {
    fn from(value: f64) -> Self {
        // A subnormal double is a number like any other here.
        Self::settled(value, 0)
    }
}

impl From<&BigUint> for Scaled {
    /// The nearest such number, from the leading 64 binary digits of a large one.
    fn from(value: &BigUint) -> Self {
        let bits = value.bits();
        if bits <= 1000 {
            return Self::from(value.to_f64().unwrap_or(f64::INFINITY));
        }
        let shift = bits - 64;
        let leading = (value >> shift).to_f64().unwrap_or(f64::INFINITY);
        Self::from(leading) * Self::power_of_two(i32::try_from(shift).unwrap_or(i32::MAX / 2))
    }
}

impl From<&BigRational> for Scaled {
    /// The nearest double where there is one, else numerator over denominator.
    fn from(value: &BigRational) -> Self {
        if let Some(double) = value.to_f64().filter(|double| double.is_normal() || value.is_zero()) {
            return Self::from(double);
        }
        let size = Self::from(value.numer().magnitude()) / Self::from(value.denom().magnitude());
        if value.is_negative() { -size } else { size }
    }
}

impl Add for Scaled {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        if self.scale == other.scale {
            return Self::settled(self.mantissa + other.mantissa, self.scale);
        }
        if self.mantissa == 0.0 || !other.mantissa.is_finite() {
            return other;
        }
        if other.mantissa == 0.0 || !self.mantissa.is_finite() {
            return self;
        }
        let (large, small) = if self.scale > other.scale { (self, other) } else { (other, self) };
        // Two steps apart the smaller is less than half a unit in the last place of the larger.
        if large.scale - small.scale > 1 {
            return large;
        }
        // On the scale of the larger, where the smaller loses nothing: it is at least 2^-768.
        Self::settled(large.mantissa + small.mantissa / SCALE, large.scale)
    }
}

impl Neg for Scaled {
    type Output = Self;

    fn neg(self) -> Self {
        Self { mantissa: -self.mantissa, ..self }
    }
}

impl Sub for Scaled {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Scaled {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::settled(self.mantissa * other.mantissa, self.scale + other.scale)
    }
}

impl Div for Scaled {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        Self::settled(self.mantissa / other.mantissa, self.scale - other.scale)
    }
}

impl AddAssign for Scaled {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl MulAssign for Scaled {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl Sum for Scaled {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::zero(), |sum, value| sum + value)
    }
}

impl Zero for Scaled {
    fn zero() -> Self {
        Self { mantissa: 0.0, scale: 0 }
    }

    fn is_zero(&self) -> bool {
        self.mantissa == 0.0
    }
}

impl One for Scaled {
    fn one() -> Self {
        Self { mantissa: 1.0, scale: 0 }
    }
}

impl PartialOrd for Scaled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (*self - *other).mantissa.partial_cmp(&0.0)
    }
}

impl fmt::Display for Scaled {
    /// As a double where it is one, else six digits and a decimal exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fit() {
            Some(value) => value.fmt(f),
            None if !self.is_finite() => self.mantissa.fmt(f),
            None => {
                let (digits, exponent) = self.decimal();
                write!(f, "{digits:.5}e{exponent}")
            }
        }
    }
}
