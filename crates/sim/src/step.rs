use std::sync::Arc;

use archscale_model::Program;
use archscale_nets::tensor::{host, sum_entries};
use archscale_nets::{Machine, Network, Networks, TensorId, labels};
use archscale_stats::Moments;
use candle_core::Tensor;

use archscale_text::Refusal;

use crate::load::{Load, checked};
use crate::run::{Progress, over_blocks};
use crate::settings::Settings;
use crate::{Readout, SimError};

/// A true gradient step beside its tangent, over networks.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GradientStep {
    /// The learning rate η that was taken.
    pub eta: f64,
    /// One entry per reported vertex, in topological order.
    pub nodes: Vec<StepEstimate>,
    /// Kinks crossed during the step (a ReLU gate opened or closed), summed over neurons, per network.
    ///
    /// Away from such kinks the difference quotient tends to the tangent at rate η. A step crosses one with probability of
    /// order η, and then the quotient is off by an amount that does not shrink: averaged over all networks the square of the
    /// distance is of order η, not η². A run with a mean of 0 here shows the rate of smooth paths.
    pub jumps: Moments,
}

/// Estimates of a true step at one reported vertex; each network contributes the mean over its n neurons, and over the
/// positions of an image.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StepEstimate {
    /// The vertex number of the user's input.
    pub id: usize,
    /// ((z_i after − z_i before)/η)².
    pub squared_quotient: Moments,
    /// ((f − y) G_i)², what the tangent pass predicts for it.
    pub squared_tangent: Moments,
    /// ((z_i after − z_i before)/η + (f − y) G_i)², the squared distance between quotient and tangent.
    pub squared_distance: Moments,
}

impl StepEstimate {
    /// Root mean square distance between quotient and tangent, relative to the root mean square tangent.
    #[must_use]
    pub fn relative_distance(&self) -> f64 {
        (self.squared_distance.mean() / self.squared_tangent.mean()).sqrt()
    }
}

/// Takes one gradient step W ← W − η (f − y) ∂_W f of the hidden weights on ½(f − y)² and runs the networks forward again.
///
/// The readout is sampled, whatever the settings say, and the networks are those of [`simulate`](crate::simulate) with the
/// same settings. `settings.precision` should be double: the quotient divides a small difference by η.
///
/// # Errors
/// As [`simulate`](crate::simulate), and an η that is zero or not finite.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Settings, StreamKey, gradient_step};
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let step = gradient_step(&program, &Settings::new(4, 10, StreamKey::new("doc", "chain:2", 1)), 1e-6, &|_| ())?;
/// assert!(step.nodes[1].relative_distance() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gradient_step(
    program: &Program,
    settings: &Settings,
    eta: f64,
    progress: Progress<'_>,
) -> Result<GradientStep, SimError> {
    settings.check()?;
    if !eta.is_finite() || eta == 0.0 {
        let mend = "take a small finite learning rate other than 0";
        return Err(SimError::Setting(Refusal::new("eta", eta, mend)));
    }
    let network = Arc::new(Network::new(program, settings.width, &settings.outside)?);
    let settings = &Settings { readout: Readout::Sampled, ..settings.clone() }.chosen(&network, Load::Steps(1));
    let bytes = checked(settings, &network, Load::Steps(1))?;
    let machine = Machine::open(settings.device, settings.precision)?;
    let totals = over_blocks(settings, &network, bytes, progress, |replicate, spare| {
        let batch = settings.draw(&network, replicate, &machine, spare)?;
        let moments = of_block(&network, &batch, settings, replicate, eta)?;
        batch.leave(spare);
        Ok(moments)
    })?;
    let (jumps, nodes) = totals.split_first().map_or((Moments::new(), &[][..]), |(first, rest)| (first.clone(), rest));
    let nodes = network.nodes().iter().zip(nodes.chunks_exact(3)).map(|(node, moments)| {
        let [squared_quotient, squared_tangent, squared_distance] = [0, 1, 2].map(|k| moments[k].clone());
        StepEstimate { id: node.id, squared_quotient, squared_tangent, squared_distance }
    });
    Ok(GradientStep { eta, nodes: nodes.collect(), jumps })
}

/// The jumps, then three quantities per vertex.
fn of_block(
    network: &Network,
    batch: &Networks,
    settings: &Settings,
    replicate: u64,
    eta: f64,
) -> Result<Vec<Moments>, SimError> {
    let (networks, size) = (batch.networks(), (batch.width() * batch.positions()) as f64);
    let readout = batch.draw_readout(&settings.key, replicate)?;
    let f = batch.output(&readout)?;
    let y = labels(&mut settings.key.rng(replicate, TensorId::Label), networks);
    let residual: Vec<f64> = f.iter().zip(&y).map(|(f, y)| f - y).collect();
    let seeds: Vec<(usize, Tensor)> = network.readout().map(|(_, source)| source).zip(readout).collect();
    let gradients = batch.gradients(&seeds)?;
    let factors: Vec<f64> = residual.iter().map(|residual| -eta * residual).collect();
    let moved = batch.moved(&factors, &batch.weight_gradients(&gradients)?)?;
    let tangents = batch.tangents(&gradients)?;
    let residual = Tensor::new(residual.as_slice(), batch.value(0).device())?
        .to_dtype(settings.precision.dtype())?
        .reshape((networks, 1, 1))?;
    let mut moments = vec![Moments::from_slice(&batch.jumps(&moved)?)];
    for node in network.nodes() {
        let quotient = ((moved.value(node.op) - batch.value(node.op))? * (1.0 / eta))?;
        let change = match tangents.at(node.op) {
            Some(tangent) => tangent.broadcast_mul(&residual)?.neg()?,
            None => quotient.zeros_like()?,
        };
        let distance = (&quotient - &change)?;
        for x in [quotient, change, distance] {
            let mut values = host(&sum_entries(&x.sqr()?)?)?;
            for (value, f) in values.iter_mut().zip(&f) {
                // Slopes would hide an overflow from the change.
                *value = if f.is_finite() { *value / size } else { f64::NAN };
            }
            moments.push(Moments::from_slice(&values));
        }
    }
    Ok(moments)
}
