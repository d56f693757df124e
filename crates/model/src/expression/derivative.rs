use std::f64::consts::FRAC_2_SQRT_PI;

use super::{Expr, ExprNode, Function};

impl Expr {
    /// The partial derivative by the argument of this index.
    ///
    /// The slope of relu is step, with value 0 at 0, and the slope of step is 0 everywhere: jumps carry no mass. So the
    /// derivative is the classical one wherever that exists.
    ///
    /// ```
    /// use archscale_model::Expr;
    /// assert_eq!(Expr::argument(0).tanh().derivative(0).to_string(), "1 - tanh(x0)^2");
    /// assert_eq!(Expr::argument(0).tanh().derivative(1).to_string(), "0");
    /// ```
    #[must_use]
    pub fn derivative(&self, argument: usize) -> Expr {
        match self.node() {
            ExprNode::Constant(_) => Expr::constant(0.0),
            ExprNode::Argument(index) => Expr::constant(f64::from(u8::from(*index == argument))),
            ExprNode::Add(a, b) => a.derivative(argument) + b.derivative(argument),
            ExprNode::Mul(a, b) => a.derivative(argument) * b.clone() + a.clone() * b.derivative(argument),
            ExprNode::Neg(a) => -a.derivative(argument),
            ExprNode::Recip(a) => -a.derivative(argument) * a.clone().powi(-2),
            ExprNode::Powi(a, n) => f64::from(*n) * a.clone().powi(n - 1) * a.derivative(argument),
            ExprNode::Apply(function, a) => {
                let inner = a.derivative(argument);
                // Without this an infinite outer slope times 0 would be built and only then dropped.
                if inner.as_constant() == Some(0.0) {
                    return inner;
                }
                slope(*function, a) * inner
            }
        }
    }
}

/// The derivative of a function at the expression `a`.
fn slope(function: Function, a: &Expr) -> Expr {
    match function {
        Function::Exp => a.clone().exp(),
        Function::Tanh => 1.0 - a.clone().tanh().powi(2),
        Function::Erf => FRAC_2_SQRT_PI * (-a.clone().powi(2)).exp(),
        // s(a)·s(−a) rather than s·(1 − s): no cancellation where s is near 1.
        Function::Sigmoid => a.clone().sigmoid() * (-a.clone()).sigmoid(),
        Function::Relu => a.clone().step(),
        Function::Step => Expr::constant(0.0),
    }
}
