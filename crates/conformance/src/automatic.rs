use archscale_model::{Expr, ExprNode, Function, Op, Program, ops};
use archscale_nets::Networks;
use archscale_text::Refusal;
use candle_core::{DType, Tensor, Var};
use num_traits::ToPrimitive;

use crate::ConformanceError;

/// ∂f by every matrix from candle's automatic differentiation, f summed over the networks.
pub(crate) fn automatic(program: &Program, networks: &Networks, readout: &Tensor) -> Result<Vec<Tensor>, ConformanceError> {
    let (mut variables, mut values): (Vec<Var>, Vec<Tensor>) = (Vec::new(), Vec::new());
    for (op, what) in program.ops().iter().enumerate() {
        values.push(match what {
            Op::Input(_) => networks.value(op).clone(),
            Op::Dense(ops::Dense { terms }) => {
                let own = Var::from_tensor(&networks.weights(op)[0].to_tensor()?)?;
                let z = own.as_tensor().matmul(&values[terms[0].source])?;
                variables.push(own);
                z
            }
            Op::Act(ops::Act { activation, source }) => {
                with_variables(&activation.expression(), &[values[*source].clone()])?
            }
            Op::Pointwise(ops::Pointwise { function, sources }) => {
                let arguments: Vec<Tensor> = sources.iter().map(|&source| values[source].clone()).collect();
                with_variables(function.expression(), &arguments)?
            }
            Op::Sum(ops::Sum { terms }) => (&values[terms[0].source] * terms[0].gain.to_f64().unwrap_or(f64::NAN))?,
            other => {
                return Err(
                    Refusal::new(format!("operation {op}"), format!("{other:?}"), "no layer's program has one").into()
                );
            }
        });
    }
    let f = (&values[program.readout()[0].source] * readout)?.sum_all()?;
    let store = f.backward()?;
    let gradient = |variable: &Var| store.get(variable).cloned().map_or_else(|| variable.zeros_like(), Ok);
    Ok(variables.iter().map(gradient).collect::<Result<_, _>>()?)
}

/// An expression written against candle's differentiable operations; gates are constants 1[z > 0].
fn with_variables(expr: &Expr, arguments: &[Tensor]) -> Result<Tensor, candle_core::Error> {
    let of = |expr: &Expr| with_variables(expr, arguments);
    let gate = |z: &Tensor| z.detach().gt(0.0)?.to_dtype(DType::F64);
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
        ExprNode::Apply(Function::Sigmoid, a) => (of(a)?.neg()?.exp()? + 1.0)?.recip(),
        ExprNode::Apply(Function::Relu, a) => {
            let z = of(a)?;
            gate(&z)? * z
        }
        ExprNode::Apply(Function::Step, a) => gate(&of(a)?),
    }
}
