use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Activation, ActivationFamily, Source};
use crate::{Expr, ModelError};

/// The word before an expression.
pub(super) const KEYWORD: &str = "expr";

/// What stands for kinks where none is declared.
const NO_KINK: &str = "none";

/// Different functions that one process may write: each is kept until it ends.
const MOST: usize = 4_096;

/// A nonlinearity that a user wrote as an expression. Its text is its identity.
#[derive(Debug)]
pub(super) struct Written {
    /// As [`Activation::parse`] reads it, the keyword included.
    pub(super) text: String,
    pub(super) expression: Expr,
    pub(super) kinks: Vec<f64>,
}

/// The functions written so far. Activations stay plain values that can be copied, hence what they point to is never freed.
static WRITTEN: Mutex<BTreeMap<String, &'static Written>> = Mutex::new(BTreeMap::new());

impl Activation {
    /// How an expression is given in place of a keyword.
    pub const EXPRESSION_GRAMMAR: &'static str = "expr:EXPRESSION";
    /// One sentence on it, for help texts.
    pub const EXPRESSION_HELP: &'static str =
        "a function of x of + - * / ^ exp tanh erf sigmoid relu step, as in 'expr:x*sigmoid(1.702*x)'";

    /// The nonlinearity of this expression in x0, with its kinks found in it; a built-in one where the expression is that.
    ///
    /// A process keeps every different function that it writes until it ends, and at most 4096 of them.
    ///
    /// # Errors
    /// When the expression does not depend on x0, reads another argument, or it or its slope holds a number that is not finite.
    /// When a relu or step is of something else than a x0 + b, so that its kinks must be given.
    ///
    /// ```
    /// use archscale_model::{Activation, Expr};
    /// let swish = Activation::written(Expr::parse("x * sigmoid(1.702*x)")?)?;
    /// assert_eq!(swish.to_string(), "expr:x0 * sigmoid(1.702 * x0)");
    /// assert_eq!(Activation::parse("expr:x*sigmoid(1.702*x)")?, swish);
    /// assert_eq!(Activation::parse("expr:relu(x)")?, Activation::RELU);
    /// assert_eq!(Activation::parse("expr: 1 - relu(1 - x)")?.kinks(), [1.0]);
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn written(expression: Expr) -> Result<Self, ModelError> {
        let kinks = expression.kinks().map_err(|gate| {
            let mend = format!("write them behind a semicolon, as in '{KEYWORD}:relu(x^2 - 1); -1, 1'");
            refused(&format!("the kinks where '{gate}' changes sign are not found; {mend}, and try `layer check`"))
        })?;
        let plain = ActivationFamily::BUILT_IN.iter().filter(|family| family.parameter.is_none());
        if let Some(family) = plain.into_iter().find(|family| (family.expression)(0.0) == expression) {
            return Ok(Self::of(family));
        }
        Self::interned(format!("{KEYWORD}:{expression}"), expression, kinks)
    }

    /// As [`Activation::written`] with these kinks, whatever the expression says; a built-in one only if the kinks agree.
    ///
    /// # Errors
    /// As [`Activation::written`]; kinks that are not finite.
    ///
    /// ```
    /// use archscale_model::{Activation, Expr};
    /// let two = Activation::with_kinks(Expr::parse("relu(x^2 - 1)")?, &[1.0, -1.0])?;
    /// assert_eq!(two.to_string(), "expr:relu(x0^2 - 1); -1, 1");
    /// assert_eq!((Activation::parse(&two.to_string())?, two.kinks()), (two, vec![-1.0, 1.0]));
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn with_kinks(expression: Expr, kinks: &[f64]) -> Result<Self, ModelError> {
        let mut kinks = kinks.to_vec();
        kinks.sort_by(f64::total_cmp);
        kinks.dedup();
        if let Some(kink) = kinks.iter().find(|kink| !kink.is_finite()) {
            return Err(refused(&format!("a kink at {kink}; give finite numbers")));
        }
        if expression.kinks().is_ok_and(|found| found == kinks) {
            return Self::written(expression);
        }
        let list = kinks.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
        let list = if list.is_empty() { NO_KINK } else { &list };
        Self::interned(format!("{KEYWORD}:{expression}; {list}"), expression, kinks)
    }

    /// Reads what stands behind `expr:`, an expression and, behind a semicolon, its kinks or `none`.
    pub(super) fn parse_written(text: &str) -> Result<Self, ModelError> {
        let Some((expression, kinks)) = text.split_once(';') else { return Self::written(Expr::parse(text)?) };
        let kinks = kinks.split(',').map(str::trim).filter(|kink| !kink.eq_ignore_ascii_case(NO_KINK));
        let kinks = kinks.map(|kink| {
            let problem = || refused(&format!("the kink '{}' is no number", crate::error::shown(kink)));
            kink.parse::<f64>().map_err(|_| problem())
        });
        Self::with_kinks(Expr::parse(expression)?, &kinks.collect::<Result<Vec<_>, _>>()?)
    }

    fn interned(text: String, expression: Expr, kinks: Vec<f64>) -> Result<Self, ModelError> {
        if expression.arity() != 1 {
            let found = if expression.arity() == 0 { "does not depend on x" } else { "reads more than x0" };
            return Err(refused(&format!("'{expression}' {found}; write a function of x")));
        }
        if !(expression.is_finite() && expression.derivative(0).is_finite()) {
            return Err(refused(&format!("'{expression}' or its slope holds a number that is not finite")));
        }
        // A thread that died with the lock left the map whole: it is changed by one insertion.
        let mut known = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(written) = known.get(&text) {
            return Ok(Self(Source::Written(written)));
        }
        if known.len() >= MOST {
            return Err(refused(&format!("more than {MOST} different expressions in one run; divide the run")));
        }
        let written: &'static Written = Box::leak(Box::new(Written { text: text.clone(), expression, kinks }));
        known.insert(text, written);
        Ok(Self(Source::Written(written)))
    }
}

fn refused(problem: &str) -> ModelError {
    ModelError::Activation { keyword: KEYWORD.into(), problem: problem.into() }
}
