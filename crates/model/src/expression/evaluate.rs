use super::{Expr, ExprNode};

impl Expr {
    /// The value at the given arguments; NaN when an argument is missing.
    ///
    /// ```
    /// use archscale_model::Expr;
    /// let gate = Expr::argument(0) * Expr::argument(1).tanh();
    /// assert_eq!(gate.eval(&[2.0, 0.0]), 0.0);
    /// assert!(gate.eval(&[2.0]).is_nan());
    /// ```
    #[must_use]
    pub fn eval(&self, arguments: &[f64]) -> f64 {
        match self.node() {
            ExprNode::Constant(value) => *value,
            ExprNode::Argument(index) => arguments.get(*index).copied().unwrap_or(f64::NAN),
            ExprNode::Add(a, b) => a.eval(arguments) + b.eval(arguments),
            ExprNode::Mul(a, b) => a.eval(arguments) * b.eval(arguments),
            ExprNode::Neg(a) => -a.eval(arguments),
            ExprNode::Recip(a) => a.eval(arguments).recip(),
            ExprNode::Powi(a, n) => a.eval(arguments).powi(*n),
            ExprNode::Apply(function, a) => function.eval(a.eval(arguments)),
        }
    }
}
