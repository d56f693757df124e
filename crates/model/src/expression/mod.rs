//! Coordinatewise functions as data: theory evaluates them on numbers, a simulator on tensors, and neither knows the other.

mod derivative;
mod display;
mod evaluate;
mod function;
mod kinks;
mod parse;

use std::sync::Arc;

pub use function::Function;

/// A function of k real arguments x0, …, x(k−1), as a small tree.
///
/// Constructors simplify as they go (sums with 0, products with 0 and 1, constants), so that derivatives stay short. The
/// simplifications are those of real numbers: a factor 0 wins also over an infinite one. Equality is equality of trees.
///
/// ```
/// use archscale_model::Expr;
/// let x = Expr::argument(0);
/// let swish = x.clone() * (2.0 * x.clone()).sigmoid();
/// assert_eq!(swish.to_string(), "x0 * sigmoid(2 * x0)");
/// assert_eq!(swish.derivative(0).eval(&[0.0]), 0.5);
/// assert_eq!((x.clone().relu() * x).derivative(0).eval(&[3.0]), 6.0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    node: Arc<ExprNode>,
}

/// The root of an [`Expr`] and the expressions that it joins: what an evaluator matches on.
#[derive(Debug, Clone)]
pub enum ExprNode {
    /// A number.
    Constant(f64),
    /// The argument x of this index.
    Argument(usize),
    /// The sum of two expressions.
    Add(Expr, Expr),
    /// The product of two expressions.
    Mul(Expr, Expr),
    /// The expression with its sign changed.
    Neg(Expr),
    /// One over the expression.
    Recip(Expr),
    /// A whole power.
    Powi(Expr, i32),
    /// A function of one variable.
    Apply(Function, Expr),
}

impl PartialEq for ExprNode {
    /// Trees agree; constants by their bits, so that equality is reflexive also for NaN.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => a.to_bits() == b.to_bits(),
            (Self::Argument(a), Self::Argument(b)) => a == b,
            (Self::Add(a, b), Self::Add(c, d)) | (Self::Mul(a, b), Self::Mul(c, d)) => a == c && b == d,
            (Self::Neg(a), Self::Neg(b)) | (Self::Recip(a), Self::Recip(b)) => a == b,
            (Self::Powi(a, m), Self::Powi(b, n)) => m == n && a == b,
            (Self::Apply(f, a), Self::Apply(g, b)) => f == g && a == b,
            _ => false,
        }
    }
}

impl Eq for ExprNode {}

impl Expr {
    /// A number.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self::of(ExprNode::Constant(value))
    }

    /// The argument x of this index.
    #[must_use]
    pub fn argument(index: usize) -> Self {
        Self::of(ExprNode::Argument(index))
    }

    /// The root and the expressions that it joins.
    #[must_use]
    pub fn node(&self) -> &ExprNode {
        &self.node
    }

    /// The number, when the expression is one.
    #[must_use]
    pub fn as_constant(&self) -> Option<f64> {
        if let ExprNode::Constant(value) = *self.node { Some(value) } else { None }
    }

    /// The n-th power.
    #[must_use]
    pub fn powi(self, n: i32) -> Self {
        match (n, self.as_constant()) {
            (0, _) => Self::constant(1.0),
            (1, _) => self,
            (_, Some(value)) => Self::constant(value.powi(n)),
            _ => Self::of(ExprNode::Powi(self, n)),
        }
    }

    /// One over the expression.
    #[must_use]
    pub fn recip(self) -> Self {
        match &*self.node {
            ExprNode::Constant(value) => Self::constant(value.recip()),
            ExprNode::Recip(inner) => inner.clone(),
            _ => Self::of(ExprNode::Recip(self)),
        }
    }

    /// The exponential.
    #[must_use]
    pub fn exp(self) -> Self {
        self.apply(Function::Exp)
    }

    /// The hyperbolic tangent.
    #[must_use]
    pub fn tanh(self) -> Self {
        self.apply(Function::Tanh)
    }

    /// The error function 2/√π ∫₀ˣ exp(−t²) dt.
    #[must_use]
    pub fn erf(self) -> Self {
        self.apply(Function::Erf)
    }

    /// The logistic function 1/(1 + exp(−x)).
    #[must_use]
    pub fn sigmoid(self) -> Self {
        self.apply(Function::Sigmoid)
    }

    /// The maximum with 0.
    #[must_use]
    pub fn relu(self) -> Self {
        self.apply(Function::Relu)
    }

    /// 1 where the expression is positive, 0 elsewhere.
    #[must_use]
    pub fn step(self) -> Self {
        self.apply(Function::Step)
    }

    /// A function of one variable, of this expression.
    #[must_use]
    pub fn apply(self, function: Function) -> Self {
        match self.as_constant() {
            Some(value) => Self::constant(function.eval(value)),
            None => Self::of(ExprNode::Apply(function, self)),
        }
    }

    /// The expressions that the root joins: none, one or two.
    pub fn operands(&self) -> impl Iterator<Item = &Expr> {
        let pair = match &*self.node {
            ExprNode::Constant(_) | ExprNode::Argument(_) => [None, None],
            ExprNode::Add(a, b) | ExprNode::Mul(a, b) => [Some(a), Some(b)],
            ExprNode::Neg(a) | ExprNode::Recip(a) | ExprNode::Powi(a, _) | ExprNode::Apply(_, a) => [Some(a), None],
        };
        pair.into_iter().flatten()
    }

    /// One more than the largest index of an argument: the least arity of a function that this expression can be.
    #[must_use]
    pub fn arity(&self) -> usize {
        match *self.node {
            ExprNode::Argument(index) => index + 1,
            _ => self.operands().map(Expr::arity).max().unwrap_or(0),
        }
    }

    /// Whether every number in it is finite.
    ///
    /// ```
    /// use archscale_model::Expr;
    /// assert!((2.0 * Expr::argument(0)).is_finite());
    /// assert!(!(Expr::argument(0) + Expr::constant(0.0).recip()).is_finite());
    /// ```
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.as_constant().is_none_or(f64::is_finite) && self.operands().all(Expr::is_finite)
    }

    fn of(node: ExprNode) -> Self {
        Self { node: Arc::new(node) }
    }
}

impl From<f64> for Expr {
    fn from(value: f64) -> Self {
        Self::constant(value)
    }
}

impl std::ops::Add for Expr {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match (self.as_constant(), other.as_constant()) {
            (Some(a), Some(b)) => Self::constant(a + b),
            (Some(0.0), _) => other,
            (_, Some(0.0)) => self,
            _ => Self::of(ExprNode::Add(self, other)),
        }
    }
}

impl std::ops::Mul for Expr {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        match (self.as_constant(), other.as_constant()) {
            (Some(0.0), _) | (_, Some(0.0)) => Self::constant(0.0),
            (Some(a), Some(b)) => Self::constant(a * b),
            (Some(1.0), _) => other,
            (_, Some(1.0)) => self,
            (Some(-1.0), _) => -other,
            (_, Some(-1.0)) => -self,
            // A constant stands in front and merges with one that is already there.
            (None, Some(_)) => other * self,
            (Some(a), None) => match &*other.node {
                ExprNode::Mul(left, right) if left.as_constant().is_some() => left.clone() * a * right.clone(),
                ExprNode::Neg(inner) => Self::constant(-a) * inner.clone(),
                _ => Self::of(ExprNode::Mul(self, other)),
            },
            (None, None) => match (&*self.node, &*other.node) {
                (ExprNode::Neg(a), ExprNode::Neg(b)) => a.clone() * b.clone(),
                (ExprNode::Neg(a), _) => -(a.clone() * other),
                (_, ExprNode::Neg(b)) => -(self * b.clone()),
                _ => Self::of(ExprNode::Mul(self, other)),
            },
        }
    }
}

impl std::ops::Neg for Expr {
    type Output = Self;

    fn neg(self) -> Self {
        match &*self.node {
            ExprNode::Constant(value) => Self::constant(-value),
            ExprNode::Neg(inner) => inner.clone(),
            ExprNode::Mul(left, right) if left.as_constant().is_some() => -left.clone() * right.clone(),
            _ => Self::of(ExprNode::Neg(self)),
        }
    }
}

impl std::ops::Sub for Expr {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + (-other)
    }
}

impl std::ops::Div for Expr {
    type Output = Self;

    // Division is a product with the reciprocal by definition of the tree.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: Self) -> Self {
        self * other.recip()
    }
}

/// Operators between an expression and a number.
macro_rules! with_number {
    ($($operator:ident $method:ident),*) => {$(
        impl std::ops::$operator<f64> for Expr {
            type Output = Self;

            fn $method(self, other: f64) -> Self {
                std::ops::$operator::$method(self, Self::constant(other))
            }
        }

        impl std::ops::$operator<Expr> for f64 {
            type Output = Expr;

            fn $method(self, other: Expr) -> Expr {
                std::ops::$operator::$method(Expr::constant(self), other)
            }
        }
    )*};
}

with_number!(Add add, Sub sub, Mul mul, Div div);
