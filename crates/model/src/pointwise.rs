use crate::{Expr, ModelError};

/// A coordinatewise function of k vectors: y_i = f(x0_i, …, x(k−1)_i), nothing trained.
///
/// An activation has k = 1; a gated or scaled residual edge k = 2. The slopes ∂f/∂x_j are kept beside the function.
///
/// ```
/// use archscale_model::{Expr, Pointwise};
/// let gated = Pointwise::new("gated", 2, Expr::argument(0) + 0.5 * Expr::argument(1).tanh())?;
/// assert_eq!(gated.value(&[1.0, 0.0]), 1.0);
/// assert_eq!(gated.slope(1, &[1.0, 0.0]), 0.5);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointwise {
    name: String,
    arity: usize,
    expression: Expr,
    slopes: Vec<Expr>,
}

impl Pointwise {
    /// The function of `arity` vectors that the expression says; `name` is for messages.
    ///
    /// # Errors
    /// When the arity is 0, the expression has an argument beyond it, or it or a slope of it has a number in it that is not finite.
    pub fn new(name: impl Into<String>, arity: usize, expression: Expr) -> Result<Self, ModelError> {
        let name = name.into();
        let problem = |problem: String| Err(ModelError::Pointwise { name: name.clone(), problem });
        if arity == 0 {
            return problem("it reads no vector; give it an arity of at least 1".into());
        }
        if expression.arity() > arity {
            let argument = expression.arity() - 1;
            return problem(format!("'{expression}' reads x{argument}, and an arity of {arity} has x0 to x{}", arity - 1));
        }
        let slopes: Vec<Expr> = (0..arity).map(|argument| expression.derivative(argument)).collect();
        if !(expression.is_finite() && slopes.iter().all(Expr::is_finite)) {
            return problem(format!(
                "'{expression}' or a slope of it holds a number that is not finite; use finite numbers"
            ));
        }
        Ok(Self { name, arity, expression, slopes })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of vectors that it reads.
    #[must_use]
    pub fn arity(&self) -> usize {
        self.arity
    }

    /// f.
    #[must_use]
    pub fn expression(&self) -> &Expr {
        &self.expression
    }

    /// ∂f/∂x_j for each argument j.
    #[must_use]
    pub fn slopes(&self) -> &[Expr] {
        &self.slopes
    }

    /// f at the given arguments; NaN when one is missing.
    #[must_use]
    pub fn value(&self, arguments: &[f64]) -> f64 {
        self.expression.eval(arguments)
    }

    /// ∂f/∂x_j at the given arguments; NaN beyond the arity.
    #[must_use]
    pub fn slope(&self, argument: usize, arguments: &[f64]) -> f64 {
        self.slopes.get(argument).map_or(f64::NAN, |slope| slope.eval(arguments))
    }

    /// Whether the function or a slope may jump somewhere.
    #[must_use]
    pub fn has_kink(&self) -> bool {
        self.expression.has_kink()
    }
}
