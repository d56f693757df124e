//! Expressions evaluated on whole tensors in one pass.

use archscale_model::{Expr, ExprNode, Function};
use candle_core::{Device, Tensor};

use crate::TrainError;
use crate::kernel::{Real, by_format, with_slices};

/// Entries that are carried through all steps at a time, so that intermediate results stay in the first-level cache.
const CHUNK: usize = 256;

/// Expressions compiled to a list of steps, each distinct subexpression once: a function and its slopes share most of theirs.
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

    /// The expressions' values at arguments of one shape and format, of which there is at least one.
    pub(crate) fn evaluate(&self, arguments: &[&Tensor]) -> Result<Vec<Tensor>, TrainError> {
        let shape = arguments[0].shape();
        let tensors = |values: Vec<Tensor>| values.into_iter().map(|value| Ok(value.reshape(shape)?)).collect();
        by_format!(arguments[0], T => {
            let outputs = with_slices::<T, _>(arguments, |slices| self.run(slices))?;
            let flat = outputs.into_iter().map(|output| {
                let count = output.len();
                Tensor::from_vec(output, count, &Device::Cpu)
            });
            tensors(flat.collect::<Result<_, _>>()?)
        })
    }

    fn run<T: Real>(&self, arguments: &[&[T]]) -> Vec<Vec<T>> {
        let count = arguments[0].len();
        let mut outputs: Vec<Vec<T>> = self.outputs.iter().map(|_| Vec::with_capacity(count)).collect();
        let mut results = vec![T::from_f64(0.0); self.steps.len() * CHUNK];
        for start in (0..count).step_by(CHUNK) {
            let length = CHUNK.min(count - start);
            for (index, step) in self.steps.iter().enumerate() {
                let (earlier, rest) = results.split_at_mut(index * CHUNK);
                let of = |step: usize| &earlier[step * CHUNK..step * CHUNK + length];
                let result = &mut rest[..length];
                match *step {
                    Step::Constant(value) => result.fill(T::from_f64(value)),
                    Step::Argument(argument) => result.copy_from_slice(&arguments[argument][start..start + length]),
                    Step::Add(a, b) => zip(result, of(a), of(b), |a, b| a + b),
                    Step::Mul(a, b) => zip(result, of(a), of(b), |a, b| a * b),
                    Step::Neg(a) => map(result, of(a), |a| T::from_f64(0.0) - a),
                    Step::Recip(a) => map(result, of(a), |a| T::from_f64(1.0) / a),
                    Step::Powi(a, exponent) => map(result, of(a), |a| num_traits::Float::powi(a, exponent)),
                    Step::Apply(function, a) => map(result, of(a), |a| a.apply(function)),
                }
            }
            for (output, &step) in outputs.iter_mut().zip(&self.outputs) {
                output.extend_from_slice(&results[step * CHUNK..step * CHUNK + length]);
            }
        }
        outputs
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
        self.steps.iter().position(|known| *known == step).unwrap_or_else(|| {
            self.steps.push(step);
            self.steps.len() - 1
        })
    }
}

fn map<T: Real>(result: &mut [T], a: &[T], f: impl Fn(T) -> T) {
    for (result, &a) in result.iter_mut().zip(a) {
        *result = f(a);
    }
}

fn zip<T: Real>(result: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T) -> T) {
    for ((result, &a), &b) in result.iter_mut().zip(a).zip(b) {
        *result = f(a, b);
    }
}

#[cfg(test)]
mod tests {
    use archscale_model::Activation;

    use super::*;

    /// More entries than a chunk, over all that matters to an activation.
    fn points() -> Vec<f64> {
        (-400..400).map(|k| 0.025 * f64::from(k)).collect()
    }

    fn expressions() -> Vec<Expr> {
        let (x, y) = (|| Expr::argument(0), || Expr::argument(1));
        let mut all = vec![
            x() * y() + 2.0,
            x() - y(),
            (1.0 + x().powi(2)).recip(),
            x().powi(3) * (2.0 + y().powi(2)).powi(-2),
            Expr::constant(0.75),
            (x() * y()).step() + (x() + y()).relu(),
        ];
        all.extend(Function::ALL.map(|function| x().apply(function)));
        all.extend(["leaky:0.1", "linear", "gelu", "silu"].map(|name| Activation::parse(name).unwrap().expression()));
        let slopes: Vec<Expr> = all.iter().map(|expression| expression.derivative(0)).collect();
        all.extend(slopes);
        all
    }

    /// The values as tensors of one format against the numbers of the model, to `units` of the last place.
    fn compare<T: Real>(units: f64, epsilon: f64) -> usize {
        let second: Vec<f64> = points().iter().map(|x| 0.7 * x + 0.3).collect();
        let tensor = |values: &[f64]| {
            let values: Vec<T> = values.iter().map(|&x| T::from_f64(x)).collect();
            Tensor::from_vec(values, (2, 20, 20), &Device::Cpu).unwrap()
        };
        let (x, y) = (tensor(&points()), tensor(&second));
        let rounded = |t: &Tensor| crate::kernel::doubles(t).unwrap();
        let (xs, ys) = (rounded(&x), rounded(&y));
        let expressions = expressions();
        let found = Tape::new(&expressions).evaluate(&[&x, &y]).unwrap();
        let mut compared = 0;
        for (expression, found) in expressions.iter().zip(&found) {
            assert_eq!(found.dims(), [2, 20, 20]);
            for ((found, &x), &y) in rounded(found).into_iter().zip(&xs).zip(&ys) {
                let expected = expression.eval(&[x, y]);
                let close = (found - expected).abs() <= units * epsilon * expected.abs().max(1.0);
                assert!(close, "{expression} at {x}, {y}: {found} for {expected}");
                compared += 1;
            }
        }
        compared
    }

    /// Sums of a few rounded terms and elementary functions of arguments up to 10, whose own rounding counts there: tens of
    /// units of the last place.
    #[test]
    fn tensors_agree_with_numbers_in_both_formats() {
        assert_eq!(compare::<f64>(64.0, f64::EPSILON), 32 * 800);
        assert_eq!(compare::<f32>(64.0, f64::from(f32::EPSILON)), 32 * 800);
    }

    #[test]
    fn not_a_number_stays_visible() {
        let functions = Function::ALL.map(|function| Expr::argument(0).apply(function));
        let x = Tensor::new(&[f32::NAN], &Device::Cpu).unwrap();
        for value in Tape::new(&functions).evaluate(&[&x]).unwrap() {
            assert!(value.to_vec1::<f32>().unwrap()[0].is_nan());
        }
    }

    #[test]
    fn equal_subexpressions_are_computed_once() {
        let gelu = Activation::GELU.pointwise().unwrap();
        let both = Tape::new([gelu.expression(), &gelu.slopes()[0]]).steps.len();
        let apart = Tape::new([gelu.expression()]).steps.len() + Tape::new(gelu.slopes()).steps.len();
        assert!(both + 4 <= apart, "{both} of {apart}");
    }
}
