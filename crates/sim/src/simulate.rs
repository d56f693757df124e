use std::sync::Arc;

use archscale_model::Program;
use archscale_stats::Moments;
use candle_core::Tensor;

use crate::batch::{Batch, add, host, sum_entries};
use crate::network::Network;
use crate::random::labels;
use crate::run::{Progress, over_blocks};
use crate::settings::{Readout, Settings, block_bytes, column_chunk};
use crate::{SimError, TensorId};

/// What was simulated and its estimates.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Simulation {
    /// Width n.
    pub width: usize,
    /// Number of networks.
    pub samples: u64,
    /// How the readout entered.
    pub readout: Readout,
    /// One entry per reported vertex, in topological order.
    pub nodes: Vec<NodeEstimate>,
}

/// Estimates at one reported vertex v, over networks; each network contributes the mean over its n neurons.
///
/// G_i(v) = Σ_μ ∂_μ z_i(v) ∂_μ f, over the hidden weights μ, so that one gradient step of learning rate η on ½(f − y)² changes
/// z_i(v) by −η(f − y) G_i(v) to first order. Everything is per unit η.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NodeEstimate {
    /// The vertex number of the user's input.
    pub id: usize,
    /// |z(v)|²/n.
    pub second_moment: Moments,
    /// A: f² G_i², the part of the squared change due to the output.
    pub a: Moments,
    /// B: y² G_i² = G_i² with labels y = ±1, the part due to the label.
    pub b: Moments,
    /// ((f − y) G_i)²; with an integrated readout its conditional mean, A + B.
    pub squared_change: Moments,
}

/// Simulates the first gradient step of independent networks.
///
/// **Statement.** For each network: hidden weights N(0, C/n), readout entries N(0, C/n²), label ±1; forward pass, gradient of f
/// at every operation, tangent pass along that gradient. With [`Readout::Integrated`] the readout is not drawn. Let h be
/// the features that it reads (all readout terms joined), Σ its diagonal covariance, and k_i the vector of
/// Σ_μ ∂_μ z_i ∂_μ h_j, carried as columns through the gradient and tangent passes. Then G_i = k_i·w and f = h·w, and for Gaussian w
///
/// E_w G_i² = k_iᵀΣk_i,  E_w f² G_i² = (hᵀΣh)(k_iᵀΣk_i) + 2 (hᵀΣk_i)²,
///
/// the fourth moment of two jointly Gaussian variables: an exact conditional expectation given the hidden weights, which reduces
/// the variance and uses nothing of the theory under test.
///
/// **A network that overflows** (a value or the output is not finite) contributes NaN to every estimate that it enters.
///
/// `progress` is called with the number of networks just finished, from any thread. Results are the same, bit for bit, for any
/// number of threads.
///
/// # Errors
/// Settings out of their domain, too little memory, a device that cannot be used, an operation without a rule.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Settings, StreamKey, simulate};
/// let program = Architecture::parse("chain:1")?.graph().lower(InitRule::Target)?;
/// let settings = Settings::new(4, 1000, StreamKey::new("doc", "chain:1", 1));
/// let simulation = simulate(&program, &settings, &|_| ())?;
/// assert_eq!(simulation.nodes[0].b.count(), 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn simulate(program: &Program, settings: &Settings, progress: Progress<'_>) -> Result<Simulation, SimError> {
    settings.check()?;
    let network = Arc::new(Network::new(program)?);
    let columns = match settings.readout {
        Readout::Sampled => 1,
        Readout::Integrated => column_chunk(settings.width),
    };
    let bytes = block_bytes(settings, &network, 1, columns)?;
    let device = settings.device.open(settings.precision)?;
    let totals = over_blocks(settings, bytes, progress, |replicate| {
        let batch = Batch::of(&network, settings, replicate, &device)?;
        let nodes = match settings.readout {
            Readout::Sampled => sampled(&network, &batch, settings, replicate)?,
            Readout::Integrated => integrated(&network, &batch)?,
        };
        Ok(nodes.iter().flat_map(Values::moments).collect())
    })?;
    let nodes = network.nodes.iter().zip(totals.chunks_exact(4)).map(|(node, moments)| {
        let [second_moment, a, b, squared_change] = [0, 1, 2, 3].map(|k| moments[k].clone());
        NodeEstimate { id: node.id, second_moment, a, b, squared_change }
    });
    Ok(Simulation { width: settings.width, samples: settings.samples, readout: settings.readout, nodes: nodes.collect() })
}

/// One block's values at one vertex, an entry per network.
struct Values {
    second_moment: Vec<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
    squared_change: Vec<f64>,
}

impl Values {
    fn moments(&self) -> [Moments; 4] {
        [&self.second_moment, &self.a, &self.b, &self.squared_change].map(|values| Moments::from_slice(values))
    }

    /// Marks the networks in which the vertex or the output overflowed: slopes and gradients there would pass for finite.
    fn poison(mut self, output: &[f64]) -> Self {
        for (r, f) in output.iter().enumerate() {
            if !f.is_finite() || !self.second_moment[r].is_finite() {
                for values in [&mut self.a, &mut self.b, &mut self.squared_change] {
                    values[r] = f64::NAN;
                }
            }
        }
        self
    }
}

fn second_moment(batch: &Batch, op: usize) -> Result<Vec<f64>, SimError> {
    let n = batch.width() as f64;
    Ok(batch.square_norm(op)?.into_iter().map(|norm| norm / n).collect())
}

fn sampled(network: &Network, batch: &Batch, settings: &Settings, replicate: u64) -> Result<Vec<Values>, SimError> {
    let readout = batch.draw_readout(settings, replicate)?;
    let f = batch.output(&readout)?;
    let y = labels(&mut settings.key.rng(replicate, TensorId::Label), batch.networks());
    let seeds: Vec<(usize, Tensor)> = network.readout_sources.iter().copied().zip(readout).collect();
    let tangents = batch.tangents(&batch.gradients(&seeds)?)?;
    let n = batch.width() as f64;
    let of_node = |op: usize| {
        let mut b = match tangents.at(op) {
            Some(change) => host(&sum_entries(&change.sqr()?)?)?,
            None => vec![0.0; batch.networks()],
        };
        b.iter_mut().for_each(|sum| *sum /= n);
        let a = b.iter().zip(&f).map(|(b, f)| f * f * b).collect();
        let squared_change = b.iter().zip(f.iter().zip(&y)).map(|(b, (f, y))| (f - y) * (f - y) * b).collect();
        Ok(Values { second_moment: second_moment(batch, op)?, a, b, squared_change }.poison(&f))
    };
    network.nodes.iter().map(|node| of_node(node.op)).collect()
}

fn integrated(network: &Network, batch: &Batch) -> Result<Vec<Values>, SimError> {
    let (networks, n) = (batch.networks(), batch.width());
    let terms =
        || network.readout_gains.iter().map(|gain| gain / (n * n) as f64).zip(network.readout_sources.iter().copied());
    // hᵀΣh, and at each node Σ_i k_iᵀΣk_i and the vector of hᵀΣk_i.
    let mut output_variance = vec![0.0; networks];
    let mut squares = vec![vec![0.0; networks]; network.nodes.len()];
    let mut cross: Vec<Option<Tensor>> = vec![None; network.nodes.len()];
    for (variance, source) in terms() {
        let norm: Vec<f64> = batch.square_norm(source)?.into_iter().map(|norm| variance * norm).collect();
        add(&mut output_variance, &norm);
        for start in (0..n).step_by(column_chunk(n)) {
            let count = column_chunk(n).min(n - start);
            let seeds = [(source, batch.unit_columns(start, count)?)];
            let tangents = batch.tangents(&batch.gradients(&seeds)?)?;
            let features = (batch.value(source).narrow(1, start, count)? * variance)?;
            for (k, node) in network.nodes.iter().enumerate() {
                let Some(kernel) = tangents.at(node.op) else { continue };
                let norm: Vec<f64> = host(&sum_entries(&kernel.sqr()?)?)?.into_iter().map(|norm| variance * norm).collect();
                add(&mut squares[k], &norm);
                cross[k] = Some(crate::layer::plus(cross[k].take(), kernel.matmul(&features.contiguous()?)?)?);
            }
        }
    }
    let of_node = |k: usize| {
        let cross_squares = match &cross[k] {
            Some(cross) => host(&sum_entries(&cross.sqr()?)?)?,
            None => vec![0.0; networks],
        };
        let b: Vec<f64> = squares[k].iter().map(|sum| sum / n as f64).collect();
        let a: Vec<f64> = (0..networks).map(|r| output_variance[r] * b[r] + 2.0 * cross_squares[r] / n as f64).collect();
        let squared_change = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let second_moment = second_moment(batch, network.nodes[k].op)?;
        Ok(Values { second_moment, a, b, squared_change }.poison(&output_variance))
    };
    (0..network.nodes.len()).map(of_node).collect()
}
