//! The infinite-width law of any program of input, dense, act, pointwise, sum and readout.

mod directions;
mod engine;
mod expectation;
mod fixed_variance;
mod program;
mod readings;
mod sampler;
mod shape;
mod sobol;

use archscale_model::{OpId, Program};

use crate::{GaussianTable, QUADRATURE_ACCURACY, TheoryError};
use engine::{Engine, Reading};
use expectation::Expectations;
pub use fixed_variance::FixedVarianceChain;
use program::SlotProgram;
pub(crate) use program::gain;
pub(crate) use readings::wide_readings;
use sampler::Sampler;

/// What the infinite-width law says at one operation of a program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WideNode {
    /// The vertex number that the program reports it under; the operation's own index where it was asked for by index.
    pub id: usize,
    /// Index of the operation.
    pub op: OpId,
    /// lim E|x|²/n of its vector.
    pub second_moment: f64,
    /// lim E K_ii/n, the diagonal of its tangent kernel.
    pub kernel: f64,
    /// lim E(Δx_i)² after one step of gradient descent, per unit η² and label variance.
    pub mean_squared_change: f64,
    /// Standard error of `second_moment`; zero unless quasi-Monte-Carlo was used.
    pub second_moment_error: f64,
    /// Standard error of `mean_squared_change`; zero unless quasi-Monte-Carlo was used.
    pub change_error: f64,
}

/// The state of one Gaussian slot: the output of one dense operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WideSlot {
    /// Index of the dense operation.
    pub op: OpId,
    /// q = lim E g_i².
    pub variance: f64,
    /// κ = lim E K_ii/n.
    pub kernel: f64,
    /// B = lim E K_ij²/n for i ≠ j.
    pub cross: f64,
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
pub struct Wide {
    /// One entry for each reported vertex, in the program's order.
    pub nodes: Vec<WideNode>,
    /// One entry for each dense operation, in order; means over scrambles where quasi-Monte-Carlo was used.
    pub slots: Vec<WideSlot>,
    /// How the expectations were evaluated.
    pub evaluation: Evaluation,
}

impl Wide {
    /// Largest relative standard error of any reported number; zero unless quasi-Monte-Carlo was used.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        let ratio = |error: f64, value: f64| if error == 0.0 { 0.0 } else { error / value.abs() };
        let of_node = |node: &WideNode| {
            ratio(node.second_moment_error, node.second_moment).max(ratio(node.change_error, node.mean_squared_change))
        };
        self.nodes.iter().map(of_node).fold(0.0, f64::max)
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

/// As [`wide_moments`], with the caller's Gaussian expectations and quasi-Monte-Carlo settings.
///
/// A table that is kept between calls saves the integrals that networks of one search space share.
///
/// # Errors
/// As [`wide_moments`].
pub fn wide_moments_with(program: &Program, table: &mut GaussianTable, settings: WideSettings) -> Result<Wide, TheoryError> {
    let places: Vec<(usize, OpId)> = program.nodes().iter().map(|node| (node.id, node.op)).collect();
    evaluate(program, &places, table, settings)
}

/// As [`wide_moments`], at the vectors of any operations: activations and slots as well as reported vertices.
///
/// # Errors
/// As [`wide_moments`]; also for an operation that does not exist.
pub fn wide_moments_at(program: &Program, ops: &[OpId]) -> Result<Wide, TheoryError> {
    let places: Vec<(usize, OpId)> = ops.iter().map(|&op| (op, op)).collect();
    evaluate(program, &places, &mut GaussianTable::new(), WideSettings::default())
}

fn evaluate(
    program: &Program,
    places: &[(usize, OpId)],
    table: &mut GaussianTable,
    settings: WideSettings,
) -> Result<Wide, TheoryError> {
    if let Some((_, op)) = places.iter().find(|(_, op)| *op >= program.ops().len()) {
        return Err(TheoryError::OutOfDomain {
            law: "the infinite-width law",
            found: "an operation that does not exist".into(),
            op: *op,
            mend: "ask for an operation of the program",
        });
    }
    let slot_program = SlotProgram::new(program)?;
    let points = settings.points.max(4).next_power_of_two();
    let first = run(program, &slot_program, places, table, Sampler::new(program, 0, points))?;
    if !first.sampled {
        let evaluation =
            if first.integrated { Evaluation::Quadrature { accuracy: QUADRATURE_ACCURACY } } else { Evaluation::Closed };
        return Ok(average(&slot_program, places, &[first], evaluation));
    }
    let scrambles = settings.scrambles.max(2);
    let mut runs = vec![first];
    for scramble in 1..scrambles as u64 {
        runs.push(run(program, &slot_program, places, table, Sampler::new(program, scramble, points))?);
    }
    Ok(average(&slot_program, places, &runs, Evaluation::QuasiMonteCarlo { points, scrambles }))
}

/// One pass through the program.
#[derive(Debug)]
struct Run {
    readings: Vec<Reading>,
    variances: Vec<f64>,
    kernels: Vec<f64>,
    crosses: Vec<f64>,
    sampled: bool,
    integrated: bool,
}

fn run(
    program: &Program,
    slot_program: &SlotProgram,
    places: &[(usize, OpId)],
    table: &mut GaussianTable,
    sampler: Sampler,
) -> Result<Run, TheoryError> {
    let expectations = Expectations { program, table, sampler, sampled: false, integrated: false };
    let mut engine = Engine::run(slot_program, expectations)?;
    let readings = places.iter().map(|&(_, op)| engine.read(op)).collect::<Result<_, _>>()?;
    let Engine { expectations, variances, kernels, crosses, .. } = engine;
    let (sampled, integrated) = (expectations.sampled, expectations.integrated);
    Ok(Run { readings, variances, kernels, crosses, sampled, integrated })
}

/// Means over the runs, and the standard errors of these means.
fn average(program: &SlotProgram, places: &[(usize, OpId)], runs: &[Run], evaluation: Evaluation) -> Wide {
    let nodes = places.iter().enumerate().map(|(index, &(id, op))| {
        let (second_moment, second_moment_error) = mean(runs, |run| run.readings[index].second_moment);
        let (mean_squared_change, change_error) = mean(runs, |run| run.readings[index].mean_squared_change);
        let (kernel, _) = mean(runs, |run| run.readings[index].kernel);
        WideNode { id, op, second_moment, kernel, mean_squared_change, second_moment_error, change_error }
    });
    let slots = program.dense_ops.iter().enumerate().map(|(slot, &op)| WideSlot {
        op,
        variance: mean(runs, |run| run.variances[slot]).0,
        kernel: mean(runs, |run| run.kernels[slot]).0,
        cross: mean(runs, |run| run.crosses[slot]).0,
    });
    Wide { nodes: nodes.collect(), slots: slots.collect(), evaluation }
}

fn mean<R>(runs: &[R], read: impl Fn(&R) -> f64) -> (f64, f64) {
    let count = runs.len() as f64;
    let mean = runs.iter().map(&read).sum::<f64>() / count;
    if runs.len() == 1 {
        return (mean, 0.0);
    }
    let spread = runs.iter().map(|run| (read(run) - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (spread / count).sqrt())
}
