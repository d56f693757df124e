use std::sync::Arc;

use archscale_model::Program;
use archscale_nets::rectified;
use archscale_nets::tensor::{add, host, sum_entries};
use archscale_nets::{Machine, Network, Networks, Weights};
use archscale_stats::Moments;
use candle_core::Tensor;

use crate::Settings;
use crate::SimError;
use crate::chunk::column_chunk;
use crate::load::{Load, checked};
use crate::run::{Progress, over_blocks};

/// Sums over the tangent kernel of one vertex, over networks.
///
/// K_ij = Σ_μ ∂_μ z_i ∂_μ z_j over the hidden weights μ, where z is the pre-activation of the vertex, and h = σ(z) with σ =
/// ReLU.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KernelSums {
    /// The vertex number of the user's input.
    pub id: usize,
    /// (|h|²)²/n².
    pub s: Moments,
    /// B: Σ_ij K_ij² / n³.
    pub b: Moments,
    /// B̃: (Σ_i K_ii)² / n³.
    pub b_tilde: Moments,
    /// C: |z|² Σ_i K_ii / n³.
    pub c: Moments,
    /// C̃: zᵀKz / n³.
    pub c_tilde: Moments,
    /// D: Σ_i K_ii² / n³.
    pub d: Moments,
    /// E: Σ_i z_i² K_ii / n³.
    pub e: Moments,
}

/// Simulates the sums over the tangent kernel of the vertex at position `node` of [`Program::nodes`].
///
/// The kernel is built column by column: the gradient of each z_j, then a tangent pass along it. The readout plays no part,
/// so the setting for it is ignored. A network that overflows contributes NaN.
///
/// # Errors
/// As [`simulate`](crate::simulate), a position without a vertex, and a program over images.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Settings, StreamKey, kernel_sums};
/// let program = Architecture::parse("chain:1")?.graph().lower(InitRule::Target)?;
/// let sums = kernel_sums(&program, 0, &Settings::new(2, 10, StreamKey::new("doc", "chain:1", 1)), &|_| ())?;
/// assert!((sums.d.mean() - 0.25).abs() < 1e-12); // K = (n/2) I, so Σ_i K_ii² / n³ = 1/4
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn kernel_sums(
    program: &Program,
    node: usize,
    settings: &Settings,
    progress: Progress<'_>,
) -> Result<KernelSums, SimError> {
    settings.check()?;
    let network = Arc::new(Network::new(program, settings.width, &settings.outside)?);
    let (id, op) = network.node(node).map(|node| (node.id, node.op))?;
    if let Some(grid) = program.readout_grid() {
        let mend = "use a program over vectors, or simulate, which reports every position";
        return Err(SimError::OverImages { what: "the kernel sums", grid: grid.to_string(), mend });
    }
    // n columns are read as with an integrated readout; a lazy matrix would have to draw all its entries for them.
    let method = if settings.method == Weights::Auto { Weights::Dense } else { settings.method };
    let settings = &Settings { method, ..settings.clone() };
    let bytes = checked(settings, &network, Load::Functions(settings.width))?;
    let machine = Machine::open(settings.device, settings.precision)?;
    let totals = over_blocks(settings, &network, bytes, progress, |replicate, spare| {
        let batch = settings.draw(&network, replicate, &machine, spare)?;
        let sums = of_block(&batch, op)?;
        batch.leave(spare);
        Ok(sums.iter().map(|values| Moments::from_slice(values)).collect())
    })?;
    let [s, b, b_tilde, c, c_tilde, d, e] = [0, 1, 2, 3, 4, 5, 6].map(|k| totals[k].clone());
    Ok(KernelSums { id, s, b, b_tilde, c, c_tilde, d, e })
}

/// s, B, B̃, C, C̃, D, E with an entry per network.
fn of_block(batch: &Networks, op: usize) -> Result<[Vec<f64>; 7], SimError> {
    let (networks, n) = (batch.networks(), batch.width());
    let z = batch.value(op);
    let zeros = || vec![0.0; networks];
    let (mut frobenius, mut trace, mut quadratic, mut diagonal, mut weighted) =
        (zeros(), zeros(), zeros(), zeros(), zeros());
    // By part of the columns; they are fetched after the last one, so that no pass waits for the device.
    let mut parts: Vec<[Tensor; 5]> = Vec::new();
    for start in (0..n).step_by(column_chunk(n)) {
        let count = column_chunk(n).min(n - start);
        let columns = batch.feature_seeds(start, count)?;
        let seeds = [(op, columns.clone())];
        let tangents = batch.tangents_until(&batch.gradients(&seeds)?, op + 1)?;
        let Some(kernel) = tangents.at(op) else { break };
        let z_part = z.narrow(1, start, count)?.contiguous()?;
        // K_jj for the columns j of this part, (R, count, 1).
        let diagonal_part = (kernel * columns)?.sum(1)?.reshape((networks, count, 1))?;
        parts.push([
            sum_entries(&kernel.sqr()?)?,
            sum_entries(&diagonal_part)?,
            sum_entries(&diagonal_part.sqr()?)?,
            sum_entries(&(z_part.sqr()? * &diagonal_part)?)?,
            sum_entries(&(kernel.matmul(&z_part)? * z)?)?,
        ]);
    }
    for part in &parts {
        let totals = [&mut frobenius, &mut trace, &mut diagonal, &mut weighted, &mut quadratic];
        for (total, part) in totals.into_iter().zip(part) {
            add(total, &host(part)?);
        }
    }
    let h = rectified(z)?;
    let (z_norm, h_norm) = (batch.square_norm(op)?, host(&sum_entries(&h.sqr()?)?)?);
    let square = (n * n) as f64;
    let over_cube = |values: Vec<f64>| -> Vec<f64> { values.into_iter().map(|x| x / (square * n as f64)).collect() };
    let mut sums = [
        h_norm.iter().map(|h| h * h / square).collect(),
        over_cube(frobenius),
        over_cube(trace.iter().map(|t| t * t).collect()),
        over_cube(trace.iter().zip(&z_norm).map(|(t, z)| t * z).collect()),
        over_cube(quadratic),
        over_cube(diagonal),
        over_cube(weighted),
    ];
    // Slopes would hide an overflow from the kernel.
    for (r, _) in z_norm.iter().enumerate().filter(|(_, norm)| !norm.is_finite()) {
        sums.iter_mut().for_each(|values| values[r] = f64::NAN);
    }
    Ok(sums)
}
