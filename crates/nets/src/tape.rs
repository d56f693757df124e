//! Expressions evaluated on whole tensors: in the host's memory in one pass, elsewhere operation by operation.

use archscale_model::{Expr, ExprNode, Function};
use candle_core::{DType, Tensor};

use crate::NetsError;
use crate::fused::relu;
use crate::rows::{Real, Work, on_rows, plain};
use crate::tensor::times;

/// Entries that one pass carries through all steps at a time, so that intermediate results stay in the first-level cache.
const CHUNK: usize = 256;

/// Expressions compiled to a list of operations, each distinct subexpression once.
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

    /// The expressions' values at arguments of one shape, of which there is at least one; with `loops` in one pass where
    /// they lie in the host's memory.
    pub(crate) fn evaluate(&self, arguments: &[&Tensor], loops: bool) -> Result<Vec<Value>, NetsError> {
        if loops && plain(arguments[0], arguments.iter().copied()) {
            return Ok(match arguments[0].dtype() {
                DType::F32 => self.in_one_pass::<f32>(arguments)?,
                _ => self.in_one_pass::<f64>(arguments)?,
            });
        }
        let mut results: Vec<Value> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let result = step.evaluate(&results, arguments)?;
            results.push(result);
        }
        Ok(self.outputs.iter().map(|&output| results[output].clone()).collect())
    }

    fn in_one_pass<T: Real>(&self, arguments: &[&Tensor]) -> candle_core::Result<Vec<Value>> {
        let like = arguments[0];
        let fields = on_rows::<T, _>(arguments, OnePass(self))?;
        let value = |(&output, field): (&usize, Vec<T>)| match self.steps[output] {
            Step::Constant(number) => Ok(Value::Number(number)),
            _ => Ok(Value::Field(Tensor::from_vec(field, like.shape(), like.device())?)),
        };
        self.outputs.iter().zip(fields).map(value).collect()
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

    /// The place of a step; what is computed from constants alone is one.
    fn push(&mut self, step: Step) -> usize {
        let step = step.folded(&self.steps);
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

    /// The constant that the step stands for, if it reads constants alone.
    fn folded(self, steps: &[Self]) -> Self {
        let constant = |step: usize| if let Self::Constant(value) = steps[step] { Some(value) } else { None };
        let value = match self {
            Self::Constant(_) | Self::Argument(_) => None,
            Self::Add(a, b) => constant(a).zip(constant(b)).map(|(a, b)| a + b),
            Self::Mul(a, b) => constant(a).zip(constant(b)).map(|(a, b)| a * b),
            Self::Neg(a) => constant(a).map(|a| -a),
            Self::Recip(a) => constant(a).map(f64::recip),
            Self::Powi(a, n) => constant(a).map(|a| a.powi(n)),
            Self::Apply(function, a) => constant(a).map(|a| function.eval(a)),
        };
        value.map_or(self, Self::Constant)
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

/// All steps for a chunk of entries, then for the next.
struct OnePass<'a>(&'a Tape);

impl<T: Real> Work<T> for OnePass<'_> {
    /// The entries of each output, none of a constant.
    type Output = Vec<Vec<T>>;

    #[inline(always)]
    fn run(self, arguments: &[&[T]]) -> Vec<Vec<T>> {
        let Tape { steps, outputs } = self.0;
        let count = arguments[0].len();
        let is_field = |output: &usize| !matches!(steps[*output], Step::Constant(_));
        let mut fields: Vec<Vec<T>> =
            outputs.iter().map(|output| Vec::with_capacity(if is_field(output) { count } else { 0 })).collect();
        let mut results = vec![T::zero(); steps.len() * CHUNK];
        for start in (0..count).step_by(CHUNK) {
            let length = CHUNK.min(count - start);
            for (index, step) in steps.iter().enumerate() {
                let (earlier, rest) = results.split_at_mut(index * CHUNK);
                let result = &mut rest[..length];
                match *step {
                    Step::Constant(value) => result.fill(T::from_f64(value)),
                    Step::Argument(argument) => result.copy_from_slice(&arguments[argument][start..start + length]),
                    Step::Add(a, b) => each_pair(result, chunk(earlier, a), chunk(earlier, b), |a, b| a + b),
                    Step::Mul(a, b) => each_pair(result, chunk(earlier, a), chunk(earlier, b), |a, b| a * b),
                    Step::Neg(a) => each(result, chunk(earlier, a), |a| -a),
                    Step::Recip(a) => each(result, chunk(earlier, a), |a| T::one() / a),
                    Step::Powi(a, exponent) => each(result, chunk(earlier, a), |a| num_traits::Float::powi(a, exponent)),
                    Step::Apply(function, a) => each(result, chunk(earlier, a), |a| a.apply(function)),
                }
            }
            for (field, output) in fields.iter_mut().zip(outputs).filter(|(_, output)| is_field(output)) {
                field.extend_from_slice(&chunk(&results, *output)[..length]);
            }
        }
        fields
    }
}

/// The results of a step.
#[inline(always)]
fn chunk<T>(results: &[T], step: usize) -> &[T] {
    &results[step * CHUNK..(step + 1) * CHUNK]
}

#[inline(always)]
fn each<T: Real>(result: &mut [T], a: &[T], f: impl Fn(T) -> T) {
    for (result, &a) in result.iter_mut().zip(a) {
        *result = f(a);
    }
}

#[inline(always)]
fn each_pair<T: Real>(result: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T) -> T) {
    for ((result, &a), &b) in result.iter_mut().zip(a).zip(b) {
        *result = f(a, b);
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
        Function::Relu => relu(x, false)?,
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

    /// In one pass; operation by operation the same.
    fn values(tape: &Tape, arguments: &[&[f64]]) -> Vec<Vec<f64>> {
        let tensors: Vec<Tensor> = arguments.iter().map(|x| Tensor::new(*x, &Device::Cpu).unwrap()).collect();
        let [found, by_operation] = [true, false].map(|loops| in_format(tape, &tensors, loops));
        let bits = |values: &[Vec<f64>]| values.iter().flatten().map(|x| (x + 0.0).to_bits()).collect::<Vec<u64>>();
        if found.iter().flatten().all(|x| !x.is_nan()) {
            assert_eq!(bits(&found), bits(&by_operation), "but for the sign of zero");
        }
        found
    }

    fn in_format(tape: &Tape, arguments: &[Tensor], loops: bool) -> Vec<Vec<f64>> {
        let borrowed: Vec<&Tensor> = arguments.iter().collect();
        let outputs = tape.evaluate(&borrowed, loops).unwrap();
        outputs.into_iter().map(|output| crate::tensor::host(&output.field(&arguments[0]).unwrap()).unwrap()).collect()
    }

    /// Tensors against numbers: the same elementary functions, so a few units in the last place; powers and sigmoids in
    /// another order of operations, up to 16 of them.
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

    /// Sums of a few rounded terms and elementary functions of arguments up to 10, whose own rounding counts there: tens of
    /// units of the last place. More entries than a chunk.
    #[test]
    fn single_precision_agrees_with_numbers() {
        let (x, y) = (|| Expr::argument(0), || Expr::argument(1));
        let mut expressions = vec![
            x() * y() + 2.0,
            (1.0 + x().powi(2)).recip(),
            x().powi(3) * (2.0 + y().powi(2)).powi(-2),
            Expr::constant(0.75),
            (x() * y()).step() + (x() + y()).relu(),
        ];
        expressions.extend(Function::ALL.map(|function| x().apply(function)));
        expressions.extend(["leaky:0.1", "gelu", "silu"].map(|name| Activation::parse(name).unwrap().expression()));
        let slopes: Vec<Expr> = expressions.iter().map(|expression| expression.derivative(0)).collect();
        expressions.extend(slopes);
        let points: Vec<f32> = (-400..400).map(|k| 0.025 * k as f32).collect();
        let tensor = |f: fn(f32) -> f32| {
            Tensor::from_vec(points.iter().map(|&x| f(x)).collect::<Vec<f32>>(), (2, 20, 20), &Device::Cpu).unwrap()
        };
        let arguments = [tensor(|x| x), tensor(|x| 0.7 * x + 0.3)];
        let [xs, ys] = [0, 1].map(|k| crate::tensor::host(&arguments[k]).unwrap());
        for loops in [true, false] {
            for (expression, found) in expressions.iter().zip(in_format(&Tape::new(&expressions), &arguments, loops)) {
                assert_eq!(found.len(), 800);
                for ((found, &x), &y) in found.into_iter().zip(&xs).zip(&ys) {
                    let expected = expression.eval(&[x, y]);
                    let close = (found - expected).abs() <= 64.0 * f64::from(f32::EPSILON) * expected.abs().max(1.0);
                    assert!(close, "{expression} at {x}, {y}: {found} for {expected}");
                }
            }
        }
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
