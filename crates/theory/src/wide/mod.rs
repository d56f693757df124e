//! The infinite-width law of any program of input, dense, act, pointwise, sum and readout.

mod directions;
mod engine;
mod expectation;
mod fixed_variance;
mod moments;
mod outside;
mod program;
mod readings;
mod sampler;
mod shape;
mod sobol;
mod spread;

use archscale_model::{Kind, OpId, Program, Scaled};
use archscale_text::Refusal;
use num_traits::Zero;

use crate::{GaussianTable, QUADRATURE_ACCURACY, Scalar, TheoryError};
use engine::{Engine, Forward, Reading};
use expectation::Expectations;
pub use fixed_variance::FixedVarianceChain;
pub use outside::{Limit, LimitProgram, OutsideLaw, SourceMoments, limit_program};
use program::SlotProgram;
pub(crate) use readings::wide_readings;
use sampler::Sampler;

/// Name of the law in its error messages.
const LAW: &str = "the infinite-width law";

/// What the infinite-width law says at one operation of a program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WideNode<S = f64> {
    /// The vertex number that the program reports it under; the operation's own index where it was asked for by index.
    pub id: usize,
    /// Index of the operation.
    pub op: OpId,
    /// lim E|x|²/n of its vector.
    pub second_moment: S,
    /// lim E K_ii/n, the diagonal of its tangent kernel.
    pub kernel: S,
    /// lim E(Δx_i)² after one step of gradient descent, per unit η² and label variance.
    pub mean_squared_change: S,
    /// Standard error of `second_moment`; zero unless quasi-Monte-Carlo was used.
    pub second_moment_error: S,
    /// Standard error of `mean_squared_change`; zero unless quasi-Monte-Carlo was used.
    pub change_error: S,
}

/// The state of one Gaussian slot: the output of one dense operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WideSlot<S = f64> {
    /// Index of the dense operation.
    pub op: OpId,
    /// q = lim E g_i².
    pub variance: S,
    /// κ = lim E K_ii/n.
    pub kernel: S,
    /// F: the part of lim E(Δg_i)² that comes from other neurons, per unit η² and label variance.
    pub fluctuation: S,
}

/// How the Gaussian expectations of a program were evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Evaluation {
    /// All in closed form: exact up to rounding.
    Closed,
    /// Some by quadrature in one or two dimensions.
    Quadrature {
        /// Largest relative error of one expectation.
        accuracy: f64,
    },
    /// Some by quasi-Monte-Carlo; the standard errors come from independent scrambles.
    QuasiMonteCarlo {
        /// Points of one scramble.
        points: usize,
        /// Number of scrambles.
        scrambles: usize,
    },
}

/// The infinite-width law of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Wide<S = f64> {
    /// One entry for each reported vertex, in the program's order.
    pub nodes: Vec<WideNode<S>>,
    /// One entry for each dense operation, in order; means over scrambles where quasi-Monte-Carlo was used.
    pub slots: Vec<WideSlot<S>>,
    /// How the expectations were evaluated.
    pub evaluation: Evaluation,
}

impl<S: Scalar> Wide<S> {
    /// Largest relative standard error of any reported number; zero unless quasi-Monte-Carlo was used.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        let ratio = |error: &S, value: &S| {
            if error.is_zero() { 0.0 } else { (error.clone() / value.clone()).to_f64().abs() }
        };
        let of_node = |node: &WideNode<S>| {
            ratio(&node.second_moment_error, &node.second_moment).max(ratio(&node.change_error, &node.mean_squared_change))
        };
        self.nodes.iter().map(of_node).fold(0.0, f64::max)
    }
}

impl Wide<Scaled> {
    /// The same in doubles.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] where a number is none.
    pub fn in_doubles(&self) -> Result<Wide, TheoryError> {
        let double = |value: Scaled, what, id: usize| f64::carried(value, what, || format!("vertex {id}"));
        // A standard error too small for a double is none.
        let small = |error: Scaled| error.to_f64();
        let node = |node: &WideNode<Scaled>| {
            Ok(WideNode {
                id: node.id,
                op: node.op,
                second_moment: double(node.second_moment, "the second moment", node.id)?,
                kernel: double(node.kernel, "the tangent kernel", node.id)?,
                mean_squared_change: double(node.mean_squared_change, "the mean squared change", node.id)?,
                second_moment_error: small(node.second_moment_error),
                change_error: small(node.change_error),
            })
        };
        let slot = |slot: &WideSlot<Scaled>| {
            let double = |value, what| f64::carried(value, what, || format!("operation {}", slot.op));
            Ok(WideSlot {
                op: slot.op,
                variance: double(slot.variance, "the variance")?,
                kernel: double(slot.kernel, "the tangent kernel")?,
                fluctuation: double(slot.fluctuation, "the fluctuation")?,
            })
        };
        Ok(Wide {
            nodes: self.nodes.iter().map(node).collect::<Result<_, TheoryError>>()?,
            slots: self.slots.iter().map(slot).collect::<Result<_, TheoryError>>()?,
            evaluation: self.evaluation,
        })
    }
}

/// How many quasi-Monte-Carlo points to use where no closed form exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WideSettings {
    /// Points of one scramble, rounded up to a power of two; half of them mirror the other half.
    pub points: usize,
    /// Independent scrambles, at least 2: their spread is the stated error.
    pub scrambles: usize,
}

impl Default for WideSettings {
    /// 16 scrambles of 2¹⁴ points: about 1e-4 on small cells.
    fn default() -> Self {
        Self { points: 1 << 14, scrambles: 16 }
    }
}

/// The infinite-width law at every reported vertex of a program.
///
/// **Statement.** In the limit n → ∞ of one step of gradient descent on ½(f − y)², to first order in η and per unit η² and
/// label variance: E|x|²/n, the tangent kernel's diagonal E K_ii/n, and E(Δx_i)², for any vector x of the program. Every
/// vector is a coordinatewise function of the dense operations' outputs ("slots"), which are independent Gaussians at one
/// neuron; the law needs three Gaussian expectations of those functions.
///
/// **Source.** proofs/wide-law.md, ours. On linear edges with ReLU vertices it is [`crate::limit_moments`].
///
/// **Domain.** One input of known mean square, whose vector enters dense operations only; any coordinatewise activation and
/// any sums and pointwise operations. Closed form or quadrature where every vector is an activation of a linear form in the
/// slots or a sum of functions of single slots (the pre- and post-activation conventions); otherwise quasi-Monte-Carlo with a
/// stated error.
/// A width, batch normalisation, biases, several inputs and shared matrices are outside.
///
/// **Errors.** [`TheoryError::OutOfDomain`] names the operation; [`TheoryError::Inaccurate`] where an expectation cannot be
/// evaluated to its stated accuracy; [`TheoryError::TooLarge`].
///
/// **Evidence.** tests/wide/: 222 networks of an independent implementation (reference.rs); 600 random DAGs
/// against the limit of the exact law, and the exact law at width 10⁸ (exact.rs); wrong engines (mutants.rs).
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_theory::wide_moments;
/// let program = Architecture::parse("cell:2_12_112")?.graph().lower(InitRule::Target)?;
/// let law = wide_moments(&program)?;
/// assert_eq!(law.nodes[0].mean_squared_change, 0.625);
/// assert_eq!(law.nodes[2].second_moment, 1.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn wide_moments(program: &Program) -> Result<Wide, TheoryError> {
    wide_moments_with(program, &mut GaussianTable::new(), WideSettings::default())
}

/// As [`wide_moments`], in numbers of any size.
///
/// # Errors
/// As [`wide_moments`], but for [`TheoryError::OutOfRange`].
pub fn wide_moments_scaled(program: &Program) -> Result<Wide<Scaled>, TheoryError> {
    evaluate(program, &reported(program), &mut GaussianTable::new(), WideSettings::default())
}

/// As [`wide_moments`], with the caller's Gaussian expectations and quasi-Monte-Carlo settings.
///
/// A table that is kept between calls saves the integrals that networks of one search space share.
///
/// # Errors
/// As [`wide_moments`].
pub fn wide_moments_with(program: &Program, table: &mut GaussianTable, settings: WideSettings) -> Result<Wide, TheoryError> {
    evaluate(program, &reported(program), table, settings)?.in_doubles()
}

/// Number and operation of every reported vertex.
fn reported(program: &Program) -> Vec<(usize, OpId)> {
    program.nodes().iter().map(|node| (node.id, node.op)).collect()
}

/// As [`wide_moments`], at the vectors of any operations: activations and slots as well as reported vertices.
///
/// # Errors
/// As [`wide_moments`]; also for an operation that does not exist.
pub fn wide_moments_at(program: &Program, ops: &[OpId]) -> Result<Wide, TheoryError> {
    let places: Vec<(usize, OpId)> = ops.iter().map(|&op| (op, op)).collect();
    evaluate(program, &places, &mut GaussianTable::new(), WideSettings::default())?.in_doubles()
}

fn evaluate(
    program: &Program,
    places: &[(usize, OpId)],
    table: &mut GaussianTable,
    settings: WideSettings,
) -> Result<Wide<Scaled>, TheoryError> {
    if let Some((_, op)) = places.iter().find(|(_, op)| *op >= program.ops().len()) {
        return Err(TheoryError::OutOfDomain(Refusal::new(
            format!("operation {op}"),
            "not in the program",
            "ask for an operation of the program",
        )));
    }
    let (runs, evaluation) =
        over_scrambles(program, table, settings, |slot_program, expectations| run(slot_program, places, expectations))?;
    Ok(average(program, places, &runs, evaluation))
}

/// One run, or, where something in it is sampled, one for each scramble; and how the expectations were evaluated.
///
/// A run gives its result, and whether some expectation was sampled and some integrated.
fn over_scrambles<R>(
    program: &Program,
    table: &mut GaussianTable,
    settings: WideSettings,
    mut run: impl FnMut(&SlotProgram, Expectations<'_>) -> Result<(R, bool, bool), TheoryError>,
) -> Result<(Vec<R>, Evaluation), TheoryError> {
    let slot_program = SlotProgram::new(program)?;
    let points = settings.points.max(4).next_power_of_two();
    let mut under =
        |scramble| run(&slot_program, Expectations::new(program, table, Sampler::new(program, scramble, points)));
    let (first, sampled, integrated) = under(0)?;
    if !sampled {
        let evaluation =
            if integrated { Evaluation::Quadrature { accuracy: QUADRATURE_ACCURACY } } else { Evaluation::Closed };
        return Ok((vec![first], evaluation));
    }
    let scrambles = settings.scrambles.max(2);
    let mut runs = vec![first];
    for scramble in 1..scrambles as u64 {
        runs.push(under(scramble)?.0);
    }
    Ok((runs, Evaluation::QuasiMonteCarlo { points, scrambles }))
}

/// The law under one scramble.
#[derive(Debug)]
struct Run {
    readings: Vec<Reading>,
    /// By slot: variance, kernel, fluctuation.
    slots: Vec<[Scaled; 3]>,
}

fn run(
    slot_program: &SlotProgram,
    places: &[(usize, OpId)],
    expectations: Expectations<'_>,
) -> Result<(Run, bool, bool), TheoryError> {
    let forward = Forward::run(slot_program, expectations)?;
    let mut engine = Engine::run(forward)?;
    let readings = places.iter().map(|&(_, op)| engine.read(op)).collect::<Result<_, _>>()?;
    let Engine { forward, fluctuations, .. } = engine;
    let slots = forward.variances.iter().zip(&forward.kernels).zip(fluctuations);
    let slots = slots.map(|((variance, kernel), fluctuation)| [*variance, *kernel, fluctuation]).collect();
    Ok((Run { readings, slots }, forward.expectations.sampled, forward.expectations.integrated))
}

/// Means over the runs, and the standard errors of these means.
fn average(program: &Program, places: &[(usize, OpId)], runs: &[Run], evaluation: Evaluation) -> Wide<Scaled> {
    let nodes = places.iter().enumerate().map(|(index, &(id, op))| {
        let (second_moment, second_moment_error) = mean(runs, |run| run.readings[index].second_moment);
        let (mean_squared_change, change_error) = mean(runs, |run| run.readings[index].mean_squared_change);
        let (kernel, _) = mean(runs, |run| run.readings[index].kernel);
        WideNode { id, op, second_moment, kernel, mean_squared_change, second_moment_error, change_error }
    });
    let trained = (0..program.ops().len()).filter(|&op| program.ops()[op].kind() == Kind::Trained);
    let slots = trained.enumerate().map(|(slot, op)| {
        let [variance, kernel, fluctuation] = [0, 1, 2].map(|part| mean(runs, |run| run.slots[slot][part]).0);
        WideSlot { op, variance, kernel, fluctuation }
    });
    Wide { nodes: nodes.collect(), slots: slots.collect(), evaluation }
}

fn mean<R>(runs: &[R], read: impl Fn(&R) -> Scaled) -> (Scaled, Scaled) {
    let count = Scaled::from(runs.len() as f64);
    let mean = runs.iter().map(&read).sum::<Scaled>() / count;
    if runs.len() == 1 {
        return (mean, Scaled::zero());
    }
    let off = |run: &R| read(run) - mean;
    let spread = runs.iter().map(|run| off(run) * off(run)).sum::<Scaled>() / Scaled::from(runs.len() as f64 - 1.0);
    (mean, (spread / count).sqrt())
}
