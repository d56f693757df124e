use archscale_model::{Expr, ExprNode, Function};
use candle_core::Tensor;

use crate::NetsError;
use crate::fused::relu;
use crate::tensor::times;

/// Expressions compiled to a list of tensor operations, each distinct subexpression once.
///
/// A function and its slopes share most of their subexpressions, and a list is compiled once per program, not per block.
pub(crate) struct Tape {
    steps: Vec<Step>,
    /// The step that holds each of the expressions.
    outputs: Vec<usize>,
}

/// One operation on the results of earlier steps.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Constant(f64),
    Argument(usize),
    Add(usize, usize),
    Mul(usize, usize),
    Neg(usize),
    Recip(usize),
    Powi(usize, i32),
    Apply(Function, usize),
}

/// A result: the same number everywhere, or a tensor shaped as the arguments.
#[derive(Clone)]
pub(crate) enum Value {
    Number(f64),
    Field(Tensor),
}

impl Value {
    /// The value as a tensor shaped as `like`.
    pub(crate) fn field(self, like: &Tensor) -> Result<Tensor, NetsError> {
        Ok(match self {
            Self::Field(field) => field,
            // Not `zeros + number`: the arguments may be infinite, the constant is not.
            Self::Number(number) => like.zeros_like()?.affine(1.0, number)?,
        })
    }

    /// `tensor`, (R, n, J·m), with each of its J fields multiplied by the value, (R, n, m).
    pub(crate) fn scale(&self, tensor: &Tensor) -> Result<Tensor, NetsError> {
        Ok(match self {
            Self::Number(number) => (tensor * *number)?,
            Self::Field(field) => times(tensor, field)?,
        })
    }
}

impl Tape {
    /// The list that computes all of the expressions.
    pub(crate) fn new<'a>(expressions: impl IntoIterator<Item = &'a Expr>) -> Self {
        let mut tape = Self { steps: Vec::new(), outputs: Vec::new() };
        for expression in expressions {
            let output = tape.compile(expression);
            tape.outputs.push(output);
        }
        tape
    }

    /// The list that computes, for each relu or step in the expressions, on which side of its kink it is (0 or 1).
    pub(crate) fn gates<'a>(expressions: impl IntoIterator<Item = &'a Expr>) -> Self {
        let mut tape = Self::new(expressions);
        let arguments: Vec<usize> = tape.steps.iter().filter_map(|step| step.kinked()).collect();
        tape.outputs = arguments.into_iter().map(|argument| tape.push(Step::Apply(Function::Step, argument))).collect();
        tape.outputs.sort_unstable();
        tape.outputs.dedup();
        tape
    }

    /// Number of steps: an upper bound on the tensors that an evaluation holds.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is nothing to compute.
    pub(crate) fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// The expressions' values at arguments of one shape.
    pub(crate) fn evaluate(&self, arguments: &[&Tensor]) -> Result<Vec<Value>, NetsError> {
        let mut results: Vec<Value> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let result = step.evaluate(&results, arguments)?;
            results.push(result);
        }
        Ok(self.outputs.iter().map(|&output| results[output].clone()).collect())
    }

    fn compile(&mut self, expression: &Expr) -> usize {
        let step = match expression.node() {
            ExprNode::Constant(value) => Step::Constant(*value),
            ExprNode::Argument(index) => Step::Argument(*index),
            ExprNode::Add(a, b) => Step::Add(self.compile(a), self.compile(b)),
            ExprNode::Mul(a, b) => Step::Mul(self.compile(a), self.compile(b)),
            ExprNode::Neg(a) => Step::Neg(self.compile(a)),
            ExprNode::Recip(a) => Step::Recip(self.compile(a)),
            ExprNode::Powi(a, n) => Step::Powi(self.compile(a), *n),
            ExprNode::Apply(function, a) => Step::Apply(*function, self.compile(a)),
        };
        self.push(step)
    }

    fn push(&mut self, step: Step) -> usize {
        self.steps.iter().position(|known| *known == step).unwrap_or_else(|| {
            self.steps.push(step);
            self.steps.len() - 1
        })
    }
}

impl Step {
    /// The argument of a function with a kink at 0.
    fn kinked(self) -> Option<usize> {
        match self {
            Self::Apply(Function::Relu | Function::Step, argument) => Some(argument),
            _ => None,
        }
    }

    fn evaluate(self, results: &[Value], arguments: &[&Tensor]) -> Result<Value, NetsError> {
        use Value::{Field, Number};
        Ok(match self {
            Self::Constant(value) => Number(value),
            Self::Argument(index) => Field(arguments[index].clone()),
            Self::Add(a, b) => match (&results[a], &results[b]) {
                (Number(a), Number(b)) => Number(a + b),
                (Number(a), Field(b)) | (Field(b), Number(a)) => Field(b.affine(1.0, *a)?),
                (Field(a), Field(b)) => Field((a + b)?),
            },
            Self::Mul(a, b) => match (&results[a], &results[b]) {
                (Number(a), Number(b)) => Number(a * b),
                (Number(a), Field(b)) | (Field(b), Number(a)) => Field((b * *a)?),
                (Field(a), Field(b)) => Field((a * b)?),
            },
            Self::Neg(a) => map(&results[a], |x| -x, |x| Ok(x.neg()?))?,
            Self::Recip(a) => map(&results[a], f64::recip, |x| Ok(x.recip()?))?,
            Self::Powi(a, n) => map(&results[a], |x| x.powi(n), |x| power(x, n))?,
            Self::Apply(function, a) => map(&results[a], |x| function.eval(x), |x| apply(function, x))?,
        })
    }
}

fn map(
    value: &Value,
    number: impl Fn(f64) -> f64,
    field: impl Fn(&Tensor) -> Result<Tensor, NetsError>,
) -> Result<Value, NetsError> {
    Ok(match value {
        Value::Number(x) => Value::Number(number(*x)),
        Value::Field(x) => Value::Field(field(x)?),
    })
}

fn apply(function: Function, x: &Tensor) -> Result<Tensor, NetsError> {
    Ok(match function {
        Function::Exp => x.exp()?,
        Function::Tanh => x.tanh()?,
        Function::Erf => x.erf()?,
        // exp overflows to infinity for very negative x, whose reciprocal is the right 0.
        Function::Sigmoid => x.neg()?.exp()?.affine(1.0, 1.0)?.recip()?,
        Function::Relu => relu(x)?,
        // A comparison takes NaN for false, so NaN, which alone differs from itself, is put back.
        Function::Step => x.ne(x)?.where_cond(x, &x.gt(0.0)?.to_dtype(x.dtype())?)?,
    })
}

/// xⁿ by repeated squaring.
fn power(x: &Tensor, n: i32) -> Result<Tensor, NetsError> {
    let (mut square, mut rest) = (x.clone(), n.unsigned_abs());
    let mut product: Option<Tensor> = None;
    while rest > 0 {
        if rest & 1 == 1 {
            product = Some(match product {
                Some(product) => (product * &square)?,
                None => square.clone(),
            });
        }
        rest >>= 1;
        if rest > 0 {
            square = square.sqr()?;
        }
    }
    let product = match product {
        Some(product) => product,
        None => x.ones_like()?,
    };
    Ok(if n < 0 { product.recip()? } else { product })
}

#[cfg(test)]
mod tests {
    use archscale_model::Activation;
    use candle_core::Device;

    use super::*;

    const POINTS: [f64; 11] = [-40.0, -3.5, -1.0, -0.25, -1e-9, 0.0, 1e-9, 0.25, 1.0, 3.5, 40.0];

    fn values(tape: &Tape, arguments: &[&[f64]]) -> Vec<Vec<f64>> {
        let tensors: Vec<Tensor> = arguments.iter().map(|x| Tensor::new(*x, &Device::Cpu).unwrap()).collect();
        let borrowed: Vec<&Tensor> = tensors.iter().collect();
        let outputs = tape.evaluate(&borrowed).unwrap();
        outputs.into_iter().map(|output| output.field(&tensors[0]).unwrap().to_vec1().unwrap()).collect()
    }

    /// Tensors against numbers: the same elementary functions, so a few units in the last place; powers and sigmoids in another
    /// order of operations, up to 16 of them.
    #[test]
    fn tensors_agree_with_numbers() {
        let (x, y) = (|| Expr::argument(0), || Expr::argument(1));
        let mut expressions = vec![
            x() * y() + 2.0,
            x() - y(),
            -(x() * y()),
            (1.0 + x().powi(2)).recip(),
            x().powi(5) * y().powi(-2),
            (x() * 0.1).exp() / (1.0 + y().powi(2)),
            Expr::constant(0.75),
            (x() * y()).step() + (x() + y()).relu(),
            x().powi(7),
        ];
        let functions = Function::ALL.map(|function| x().apply(function));
        expressions.extend(functions);
        let built_in = ["relu", "leaky:0.1", "linear", "erf", "gelu", "silu", "tanh"];
        expressions.extend(built_in.iter().map(|name| Activation::parse(name).unwrap().expression()));
        let slopes: Vec<Expr> = expressions.iter().map(|expression| expression.derivative(0)).collect();
        expressions.extend(slopes);
        let second: Vec<f64> = POINTS.iter().map(|x| 0.7 * x + 0.3).collect();
        let mut compared = 0;
        for expression in &expressions {
            let found = values(&Tape::new([expression]), &[&POINTS, &second]);
            for (point, found) in found[0].iter().enumerate() {
                let expected = expression.eval(&[POINTS[point], second[point]]);
                let close = (found - expected).abs() <= 16.0 * f64::EPSILON * expected.abs().max(f64::MIN_POSITIVE);
                assert!(close, "{expression} at {}: {found} for {expected}", POINTS[point]);
                compared += 1;
            }
        }
        assert_eq!(compared, 2 * 22 * POINTS.len());
    }

    #[test]
    fn not_a_number_stays_visible() {
        let functions = Function::ALL.map(|function| Expr::argument(0).apply(function));
        for column in values(&Tape::new(&functions), &[&[f64::NAN]]) {
            assert!(column[0].is_nan());
        }
        let step = values(&Tape::new([&Expr::argument(0).step()]), &[&[f64::INFINITY, f64::NEG_INFINITY]]);
        assert_eq!(step[0], [1.0, 0.0]);
    }

    #[test]
    fn equal_subexpressions_are_computed_once() {
        let gelu = Activation::GELU.pointwise().unwrap();
        let both = Tape::new([gelu.expression(), &gelu.slopes()[0]]);
        let apart = Tape::new([gelu.expression()]).len() + Tape::new(gelu.slopes()).len();
        assert!(both.len() + 4 <= apart, "{} of {apart}", both.len());
    }

    #[test]
    fn gates_are_the_sides_of_every_kink() {
        let x = || Expr::argument(0);
        let gates = Tape::gates([&(x().relu() + (x() - 1.0).step() + 3.0 * x().relu())]);
        let mut sides = values(&gates, &[&[-1.0, 0.5, 2.0]]);
        sides.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(sides, [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]]);
        assert!(Tape::gates([&x().tanh()]).is_empty());
    }
}
