//! Coordinatewise nonlinearities, one file for each family.
//!
//! A new built-in family is one file with a `FAMILY` and one line in [`ActivationFamily::BUILT_IN`]. A family of another crate
//! is a `static` of its own, given to [`Activation::new`] and [`Activation::parse_among`]. A function that a user writes is an
//! expression, given to [`Activation::written`] or as `expr:EXPRESSION`.

mod erf;
mod family;
mod gelu;
mod leaky;
mod linear;
mod relu;
mod silu;
mod tanh;
mod written;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::error::shown;
use crate::{Expr, ModelError, Pointwise};

pub use family::{ActivationFamily, Parameter};
use written::Written;

impl ActivationFamily {
    /// The built-in families, in the order of the help text.
    pub const BUILT_IN: &[&'static Self] =
        &[&relu::FAMILY, &leaky::FAMILY, &linear::FAMILY, &erf::FAMILY, &gelu::FAMILY, &silu::FAMILY, &tanh::FAMILY];
}

/// Coordinatewise nonlinearity σ of a program: a family with its parameter, where it has one, or an expression.
///
/// Two are equal when keyword and parameter are; a family of another crate should not take a built-in keyword, nor `expr`. Which
/// laws hold for which σ is said by those laws.
///
/// ```
/// use archscale_model::Activation;
/// let leaky = Activation::parse("leaky:0.1")?;
/// assert_eq!((leaky.value(-2.0), leaky.slope(-2.0)), (-0.2, 0.1));
/// assert_eq!((leaky, leaky.to_string()), (Activation::leaky(0.1)?, "leaky:0.1".into()));
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Activation(Source);

#[derive(Clone, Copy)]
enum Source {
    /// A family and the parameter, 0 where it has none.
    Family(&'static ActivationFamily, f64),
    Written(&'static Written),
}

impl Activation {
    /// σ(z) = max(z, 0).
    pub const RELU: Self = Self(Source::Family(&relu::FAMILY, 0.0));
    /// σ(z) = z.
    pub const LINEAR: Self = Self(Source::Family(&linear::FAMILY, 0.0));
    /// σ(z) = erf(z).
    pub const ERF: Self = Self(Source::Family(&erf::FAMILY, 0.0));
    /// σ(z) = z Φ(z) with Φ the normal distribution function.
    pub const GELU: Self = Self(Source::Family(&gelu::FAMILY, 0.0));
    /// σ(z) = z / (1 + exp(−z)).
    pub const SILU: Self = Self(Source::Family(&silu::FAMILY, 0.0));
    /// σ(z) = tanh(z).
    pub const TANH: Self = Self(Source::Family(&tanh::FAMILY, 0.0));

    /// σ(z) = z for z > 0 and `slope`·z elsewhere.
    ///
    /// # Errors
    /// When the slope is not a number from −10⁹ to 10⁹.
    pub fn leaky(slope: f64) -> Result<Self, ModelError> {
        Self::new(&leaky::FAMILY, slope)
    }

    /// The member of a family at a parameter.
    ///
    /// # Errors
    /// When the family has no parameter, or not this value of it, or σ or its slope has a number in it there that is not finite.
    pub fn new(family: &'static ActivationFamily, parameter: f64) -> Result<Self, ModelError> {
        let refuse = |problem: String| Err(ModelError::Activation { keyword: family.keyword.into(), problem });
        match &family.parameter {
            None => refuse("it has no parameter".into()),
            Some(what) if (what.accepts)(parameter) && !parameter.is_nan() => {
                let made = Self(Source::Family(family, parameter));
                if made.expression().is_finite() && made.expression().derivative(0).is_finite() {
                    return Ok(made);
                }
                refuse(format!("at a {} of {parameter} it holds a number that is not finite", what.name))
            }
            Some(what) => refuse(format!("its {} is {parameter:?}, and must be {}", what.name, what.domain)),
        }
    }

    /// The member of a family at its default parameter, or its only one.
    #[must_use]
    pub fn of(family: &'static ActivationFamily) -> Self {
        Self(Source::Family(family, family.parameter.as_ref().map_or(0.0, |what| what.default)))
    }

    /// Reads `keyword` or `keyword:parameter` of a built-in family, for instance `relu` or `leaky:0.1`, or `expr:` and an expression
    /// of x with, behind a semicolon, the kinks that are not to be found in it; capitals do not matter.
    ///
    /// # Errors
    /// Unknown keywords (the message lists the grammars), parameters that the family does not have, and as [`Expr::parse`] and
    /// [`Activation::written`].
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        Self::parse_among(text, ActivationFamily::BUILT_IN)
    }

    /// As [`Activation::parse`], among the families given.
    ///
    /// # Errors
    /// As [`Activation::parse`].
    pub fn parse_among(text: &str, families: &[&'static ActivationFamily]) -> Result<Self, ModelError> {
        let text = text.trim();
        let (keyword, rest) = match text.split_once(':') {
            Some((keyword, rest)) => (keyword, Some(rest)),
            None => (text, None),
        };
        if let (true, Some(rest)) = (keyword.eq_ignore_ascii_case(written::KEYWORD), rest) {
            return Self::parse_written(rest);
        }
        let Some(family) = families.iter().find(|family| family.keyword.eq_ignore_ascii_case(keyword)) else {
            let grammars = families.iter().map(|family| family.grammar).chain([Self::EXPRESSION_GRAMMAR]);
            return Err(ModelError::unknown("activation", &shown(text), &grammars.collect::<Vec<_>>().join(", ")));
        };
        let Some(rest) = rest else { return Ok(Self::of(family)) };
        let parameter = rest.parse().map_err(|_| ModelError::Activation {
            keyword: family.keyword.into(),
            problem: format!("'{}' is no number; write {}", shown(rest), family.grammar),
        })?;
        Self::new(family, parameter)
    }

    /// The family; `None` of an expression.
    #[must_use]
    pub fn family(self) -> Option<&'static ActivationFamily> {
        match self.0 {
            Source::Family(family, _) => Some(family),
            Source::Written(_) => None,
        }
    }

    /// The keyword of the family; of an expression the whole text.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self.0 {
            Source::Family(family, _) => family.keyword,
            Source::Written(written) => &written.text,
        }
    }

    /// The parameter; `None` where there is none.
    #[must_use]
    pub fn parameter(self) -> Option<f64> {
        match self.0 {
            Source::Family(family, parameter) => family.parameter.as_ref().map(|_| parameter),
            Source::Written(_) => None,
        }
    }

    /// σ as an expression in x0.
    #[must_use]
    pub fn expression(self) -> Expr {
        match self.0 {
            Source::Family(family, parameter) => (family.expression)(parameter),
            Source::Written(written) => written.expression.clone(),
        }
    }

    /// σ as a coordinatewise function of one vector, with its slope: build it once where many values are needed.
    ///
    /// # Errors
    /// When the family's expression reads another argument than x0.
    pub fn pointwise(self) -> Result<Pointwise, ModelError> {
        Pointwise::new(self.to_string(), 1, self.expression())
    }

    /// The points where σ or one of its derivatives jumps, for quadrature.
    #[must_use]
    pub fn kinks(self) -> Vec<f64> {
        match self.0 {
            Source::Family(family, parameter) => (family.kinks)(parameter),
            Source::Written(written) => written.kinks.clone(),
        }
    }

    /// σ(z).
    #[must_use]
    pub fn value(self, z: f64) -> f64 {
        self.expression().eval(&[z])
    }

    /// σ′(z), the slope from the left at a kink.
    #[must_use]
    pub fn slope(self, z: f64) -> f64 {
        self.expression().derivative(0).eval(&[z])
    }

    /// What equality compares; adding 0 turns −0 into 0.
    fn key(self) -> (&'static str, u64) {
        (self.keyword(), (self.parameter().unwrap_or(0.0) + 0.0).to_bits())
    }
}

impl PartialEq for Activation {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Activation {}

impl Hash for Activation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Activation({self})")
    }
}

/// As [`Activation::parse`] reads it: `relu`, `leaky:0.1`, `expr:tanh(x0) + x0`.
impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())?;
        self.parameter().map_or(Ok(()), |parameter| write!(f, ":{parameter}"))
    }
}

impl FromStr for Activation {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        Self::parse(text)
    }
}
