//! Reads a program into slots and shapes, and refuses what the law does not cover.

use archscale_model::ops::{Act, Pointwise};
use archscale_model::{Activation, Fixed, Op, OpId, Program, Scaled, Term};
use num_traits::Zero;

use super::LAW;
use super::shape::{NoShape, Shape};
use crate::TheoryError;

/// How the vector of an operation is linear in earlier vectors.
#[derive(Debug)]
pub(super) enum Linear {
    /// It is a slot.
    Slot(usize),
    /// A sum of multiples of vectors that are linear themselves.
    Sum(Vec<(f64, OpId)>),
    /// It is not, or it is the input.
    No,
}

/// A program whose every vector is a coordinatewise function of Gaussian slots.
#[derive(Debug)]
pub(super) struct SlotProgram {
    /// For each operation, its vector as a function of the slots.
    pub(super) shapes: Vec<Shape>,
    /// For each dense operation, its slot; slots are numbered in order.
    pub(super) slot_of_op: Vec<Option<usize>>,
    /// The dense operation of each slot.
    pub(super) dense_ops: Vec<OpId>,
    /// For each operation, how its vector is linear in earlier ones.
    pub(super) linear: Vec<Linear>,
    /// How many multipliers its shapes hold.
    numbers: usize,
    /// For each slot the (gain, source) of its matrices; at the end those of the readout.
    pub(super) rows: Vec<Vec<(Scaled, OpId)>>,
}

/// Sizes of multipliers: such that a product of two is a double.
const MULTIPLIERS: std::ops::Range<f64> = 1e-100..1e100;

/// What is refused beyond them, and the mend.
const EXTREME: (&str, &str) =
    ("such multipliers of skips", "take multipliers whose products along skips stay between 1e-100 and 1e100");

/// How to give an operation from outside a law.
pub(super) const NO_OUTSIDE_LAW: &str =
    "give limit_program an OutsideLaw of this name, and ask for the law of the program that it returns";

/// Most multipliers that the shapes of a program may hold together (about half a GiB).
const NUMBER_LIMIT: usize = 1 << 24;

impl SlotProgram {
    pub(super) fn new(program: &Program) -> Result<Self, TheoryError> {
        let refuse = |op: OpId, found: &str, mend: &'static str| TheoryError::out_of_domain(program, op, LAW, found, mend);
        let shape_error = |op: OpId, problem: NoShape| match problem {
            NoShape::InputNonlinearity => refuse(
                op,
                "a nonlinearity of the raw input",
                "only the input's mean square is known; put a dense operation in between",
            ),
            NoShape::InputMixed => refuse(
                op,
                "a sum of the raw input and other vectors",
                "only the input's mean square is known; put a dense operation in between",
            ),
        };
        let mut found = Self {
            shapes: Vec::new(),
            slot_of_op: Vec::new(),
            dense_ops: Vec::new(),
            linear: Vec::new(),
            numbers: 0,
            rows: Vec::new(),
        };
        let mut inputs = 0;
        for (op, operation) in program.ops().iter().enumerate() {
            let mut slot = None;
            let shape = match operation {
                Op::Input(_) => {
                    inputs += 1;
                    if inputs > 1 {
                        return Err(refuse(op, "a second input", "it holds for one input vector"));
                    }
                    Shape::Input(1.0)
                }
                Op::Dense(dense) => {
                    let index = found.dense_ops.len();
                    slot = Some(index);
                    found.dense_ops.push(op);
                    found.rows.push(dense.terms.iter().map(|term| (Scaled::from(&term.gain), term.source)).collect());
                    Shape::slot(index)
                }
                Op::Act(Act { activation, source }) => {
                    found.shapes[*source].activated(*activation, *source).map_err(|problem| shape_error(op, problem))?
                }
                Op::Pointwise(Pointwise { sources, .. }) => {
                    let parts: Vec<&Shape> = sources.iter().map(|source| &found.shapes[*source]).collect();
                    Shape::function(&parts).map_err(|problem| shape_error(op, problem))?
                }
                Op::Sum(sum) => {
                    let multiplier = |term: &Term| Scaled::from(&term.gain).to_f64();
                    if sum.terms.iter().any(|term| !term.gain.is_zero() && !MULTIPLIERS.contains(&multiplier(term).abs())) {
                        return Err(refuse(op, EXTREME.0, EXTREME.1));
                    }
                    let parts: Vec<(f64, &Shape)> =
                        sum.terms.iter().map(|term| (multiplier(term), &found.shapes[term.source])).collect();
                    Shape::sum(&parts).map_err(|problem| shape_error(op, problem))?
                }
                Op::Outside(_) => return Err(refuse(op, &operation.describe(), NO_OUTSIDE_LAW)),
                other @ (Op::Image(_) | Op::Conv(_) | Op::Pool(_)) => {
                    return Err(refuse(op, &other.describe(), "it covers input, dense, act, pointwise, sum and readout"));
                }
            };
            // By induction no product of multipliers leaves the range of double precision before it is seen here.
            if !shape.multipliers().all(|multiplier| multiplier == 0.0 || MULTIPLIERS.contains(&multiplier.abs())) {
                return Err(refuse(op, EXTREME.0, EXTREME.1));
            }
            found.numbers += shape.multipliers().count();
            if found.numbers > NUMBER_LIMIT {
                return Err(TheoryError::too_large(
                    LAW,
                    NUMBER_LIMIT,
                    "multipliers of skips",
                    "take fewer vertices joined by skips",
                ));
            }
            let is_linear = |source: &OpId| !matches!(found.linear[*source], Linear::No);
            found.linear.push(match (slot, operation) {
                (Some(slot), _) => Linear::Slot(slot),
                (None, Op::Act(Act { activation, source })) if *activation == Activation::LINEAR && is_linear(source) => {
                    Linear::Sum(vec![(1.0, *source)])
                }
                (None, Op::Sum(sum)) if sum.terms.iter().all(|term| is_linear(&term.source)) => {
                    Linear::Sum(sum.terms.iter().map(|term| (Scaled::from(&term.gain).to_f64(), term.source)).collect())
                }
                _ => Linear::No,
            });
            found.shapes.push(shape);
            found.slot_of_op.push(slot);
        }
        if found.dense_ops.is_empty() {
            return Err(TheoryError::network_out_of_domain(
                LAW,
                "a program without a dense operation",
                "there is nothing to train; add one",
            ));
        }
        found.rows.push(program.readout().iter().map(|term| (Scaled::from(&term.gain), term.source)).collect());
        Ok(found)
    }
}

impl SlotProgram {
    /// By operation z′ that is linear in the slots, Σ_b m_b m′_b weight_b with a given form; one pass over the operations.
    pub(super) fn products(&self, form: &[(usize, f64)], weights: &[Scaled]) -> Vec<Scaled> {
        let mut of_slot = vec![Scaled::zero(); weights.len()];
        for &(slot, m) in form {
            of_slot[slot] = Scaled::from(m) * weights[slot];
        }
        let mut products: Vec<Scaled> = Vec::with_capacity(self.linear.len());
        for linear in &self.linear {
            products.push(match linear {
                Linear::Slot(slot) => of_slot.get(*slot).copied().unwrap_or_default(),
                Linear::Sum(terms) => terms.iter().map(|&(m, source)| Scaled::from(m) * products[source]).sum(),
                Linear::No => Scaled::zero(),
            });
        }
        products
    }
}

/// Mean square of an input operation.
pub(super) fn input_square(op: &Op) -> Option<Scaled> {
    if let Some(Fixed::Vector(mean_square)) = op.fixed() { Some(Scaled::from(mean_square)) } else { None }
}
