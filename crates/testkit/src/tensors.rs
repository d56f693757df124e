//! Functions of tensors that derivatives are held to: candle's own differentiable operations.

use archscale_model::{Expr, ExprNode, Function};
use candle_core::{DType, Result, Tensor};

/// The Euclidean norm of all entries.
///
/// # Errors
/// As candle's.
pub fn norm(x: &Tensor) -> Result<f64> {
    Ok(dot(x, x)?.sqrt())
}

/// The sum of the products of all entries.
///
/// # Errors
/// Tensors of different shapes; else as candle's.
pub fn dot(x: &Tensor, y: &Tensor) -> Result<f64> {
    (x * y)?.sum_all()?.to_dtype(DType::F64)?.to_scalar()
}

/// An expression of these arguments, written in operations that candle differentiates.
///
/// Gates are constants 1[z > 0], since candle's own ReLU takes the slope 1 at z = 0.
///
/// # Errors
/// No argument, or arguments of different shapes; else as candle's.
pub fn with_variables(expr: &Expr, arguments: &[Tensor]) -> Result<Tensor> {
    let of = |expr: &Expr| with_variables(expr, arguments);
    match expr.node() {
        ExprNode::Constant(value) => Tensor::full(*value, arguments[0].dims(), arguments[0].device()),
        ExprNode::Argument(index) => Ok(arguments[*index].clone()),
        ExprNode::Add(a, b) => of(a)? + of(b)?,
        ExprNode::Mul(a, b) => of(a)? * of(b)?,
        ExprNode::Neg(a) => of(a)?.neg(),
        ExprNode::Recip(a) => of(a)?.recip(),
        ExprNode::Powi(a, n) => of(a)?.powf(f64::from(*n)),
        ExprNode::Apply(Function::Exp, a) => of(a)?.exp(),
        ExprNode::Apply(Function::Tanh, a) => of(a)?.tanh(),
        ExprNode::Apply(Function::Erf, a) => of(a)?.erf(),
        ExprNode::Apply(Function::Sigmoid, a) => ((of(a)?.neg()?.exp()? + 1.0)?).recip(),
        ExprNode::Apply(Function::Relu, a) => gate(&of(a)?)? * of(a)?,
        ExprNode::Apply(Function::Step, a) => gate(&of(a)?),
    }
}

fn gate(z: &Tensor) -> Result<Tensor> {
    z.detach().gt(0.0)?.to_dtype(DType::F64)
}
