use crate::Expr;

/// A family of nonlinearities: how it is written and what it is, as constant data.
///
/// ```
/// use archscale_model::{Activation, ActivationFamily, Expr, Parameter};
///
/// static SWISH: ActivationFamily = ActivationFamily {
///     keyword: "swish",
///     grammar: "swish[:BETA]",
///     help: "x times the logistic function of BETA x",
///     parameter: Some(Parameter {
///         name: "steepness",
///         default: 1.0,
///         domain: "a finite number",
///         accepts: |beta| beta.is_finite(),
///     }),
///     expression: |beta| Expr::argument(0) * (beta * Expr::argument(0)).sigmoid(),
///     kinks: |_| Vec::new(),
/// };
///
/// let swish = Activation::new(&SWISH, 1.5)?;
/// assert_eq!((swish.value(0.0), swish.slope(0.0)), (0.0, 0.5));
/// assert_eq!(Activation::parse_among("swish:1.5", &[&SWISH])?, swish);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug)]
pub struct ActivationFamily {
    /// The word that names it.
    pub keyword: &'static str,
    /// How it is written, for help texts.
    pub grammar: &'static str,
    /// One sentence on what it is.
    pub help: &'static str,
    /// Its parameter, if it has one.
    pub parameter: Option<Parameter>,
    /// σ in the argument x0, at a parameter (0 where there is none).
    pub expression: fn(f64) -> Expr,
    /// The points where σ or one of its derivatives jumps, at a parameter.
    pub kinks: fn(f64) -> Vec<f64>,
}

/// The number that a family of nonlinearities is written with.
#[derive(Debug)]
pub struct Parameter {
    /// What it is, for messages.
    pub name: &'static str,
    /// Its value when none is written; one that is accepted.
    pub default: f64,
    /// The values that it may take, for messages ("a finite number").
    pub domain: &'static str,
    /// Whether it may take a value; NaN is never accepted.
    pub accepts: fn(f64) -> bool,
}
