//! The tangent kernel of the output of a network whose readouts have grown.

use archscale_model::{Program, Scaled};
use num_traits::Zero;

use crate::forward::all_second_moments;
use crate::limit::all_kernels;
use crate::spatial::spatial_readings;
use crate::wide::wide_readings;
use crate::{ReluDag, Scalar, TheoryError};

/// The diagonal of the output's tangent kernel over n, as n → ∞, split by the weights that make it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutputKernel<S = f64> {
    /// R = Σ_e r_e: the part of the readouts.
    pub readout: S,
    /// N = Σ_e (r_e/R²) k_e: the part of the weights below, when the readouts have grown along what they read.
    pub hidden: S,
}

impl<S: Scalar> OutputKernel<S> {
    /// R + N.
    #[must_use]
    pub fn total(&self) -> S {
        self.readout.clone() + self.hidden.clone()
    }
}

impl OutputKernel<Scaled> {
    /// R and N of the edges into the output.
    fn of(readings: &[Reading]) -> Self {
        let readout: Scaled = readings.iter().map(|read| read.second_moment).sum();
        // By shares r_e/R, as the formula is meant; readouts of zero vectors grow along nothing.
        let part = |read: &Reading| (read.second_moment / readout) * (read.kernel / readout);
        let hidden = if readout.is_zero() { Scaled::zero() } else { readings.iter().map(part).sum() };
        Self { readout, hidden }
    }
}

/// What one edge into the output reads: a vector x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    /// r = lim E|x|²/n.
    pub(crate) second_moment: Scaled,
    /// k = lim E K_ii/n, the diagonal of its tangent kernel.
    pub(crate) kernel: Scaled,
}

/// The tangent kernel of the output once the readouts have grown.
///
/// **Statement.** For every edge e into the output let r_e = lim E|x_e|²/n be the second moment of the vector x_e that it reads and
/// k_e the diagonal of that vector's tangent kernel over n, both at initialisation; then R = Σ_e r_e and N = Σ_e (r_e/R²) k_e. R + N is
/// lim E|∇f|²/n of f = Σ_e w_e·x_e over all trained weights, readouts included, where w_e is independent of x_e with entries of mean
/// square r_e/(R² n). In the pre-activation convention with ReLU r_e = v_u/2 and k_e = κ_u/2, by one pass over the edges; for the fixed
/// input r_e is its mean square and k_e = 0. Exact as n → ∞; that trained readouts look like this is a hypothesis.
///
/// Over images x_e is what the readout takes from the positions: r_e = ⟨M, E x xᵀ⟩ and k_e = ⟨M, K⟩ with its pattern M
/// ([`archscale_model::PositionReadout::matrix`]); an image of few channels adds nothing in the limit.
///
/// **Source.** proofs/learning-rate-laws.md, section 6, ours.
///
/// **Domain.** Linear-ReLU DAGs of any size; vectors as in [`crate::wide_moments`]; images as in [`crate::spatial_moments`], with
/// pooling at any size that it accepts without.
///
/// **Errors.** As [`crate::wide_moments`] or [`crate::spatial_moments`]; [`TheoryError::OutOfRange`].
///
/// **Evidence.** tests/output_kernel/: values by hand, the engine of the whole infinite-width law, direct expectations;
/// tests/it/output_kernel.rs of the workspace: gradients of random networks.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_theory::output_kernel;
/// let program = Architecture::parse("chain:3")?.graph().lower(InitRule::Target)?;
/// let kernel = output_kernel(&program)?;
/// // (1 + L)/2: one half for each trained layer, the readout included.
/// assert_eq!((kernel.readout, kernel.hidden), (0.5, 1.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn output_kernel(program: &Program) -> Result<OutputKernel, TheoryError> {
    let OutputKernel { readout, hidden } = output_kernel_scaled(program)?;
    let double = |value, what| f64::carried(value, what, || "the output".into());
    Ok(OutputKernel { readout: double(readout, "R")?, hidden: double(hidden, "N")? })
}

/// As [`output_kernel`], in numbers of any size.
///
/// # Errors
/// As [`output_kernel`], but for [`TheoryError::OutOfRange`].
pub fn output_kernel_scaled(program: &Program) -> Result<OutputKernel<Scaled>, TheoryError> {
    if program.readout_grid().is_some() {
        return Ok(OutputKernel::of(&spatial_readings(program)?));
    }
    if let Ok(dag) = ReluDag::new(program, "the output's tangent kernel") {
        return Ok(OutputKernel::of(&dag_readings(&dag)));
    }
    Ok(OutputKernel::of(&wide_readings(program)?))
}

fn dag_readings(dag: &ReluDag) -> Vec<Reading> {
    let moments = all_second_moments::<Scaled>(dag);
    let kernels = all_kernels(dag, &moments, &dag.half_gains());
    let half = Scaled::from(0.5);
    // The input counts as a vertex of second moment 2m and of kernel 0, so halves are right there too.
    let read = |source: usize| Reading { second_moment: half * moments[source], kernel: half * kernels[source] };
    dag.readout().iter().map(|edge| read(edge.source)).collect()
}
