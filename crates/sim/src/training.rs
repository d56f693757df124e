use std::sync::Arc;

use archscale_model::Program;
use archscale_nets::tensor::{host, sum_entries};
use archscale_nets::{Machine, Network, Networks, TensorId, Weights, labels};
use archscale_stats::Moments;
use candle_core::Tensor;

use archscale_text::Refusal;

use crate::load::{Load, checked};
use crate::run::{Progress, over_blocks};
use crate::settings::Settings;
use crate::{Readout, SimError};

/// A network counts as diverged when its loss is this many times the larger of its first value and ½.
pub const DIVERGENCE: f64 = 1e6;

/// Several true gradient steps on one input, over networks.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Training {
    /// The learning rate η.
    pub eta: f64,
    /// How the weights were represented.
    pub method: Weights,
    /// (f − y)² before the first step, over all networks.
    pub initial_residual: Moments,
    /// After each step, from the first.
    pub steps: Vec<TrainingStep>,
}

/// Where networks are after `step` gradient steps. Networks that have diverged by then are counted, and are left out of the
/// means.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrainingStep {
    /// t ≥ 1.
    pub step: usize,
    /// Networks that have diverged at this step or before: something is not finite, or the loss has grown by [`DIVERGENCE`].
    pub diverged: u64,
    /// (f_t − y)².
    pub squared_residual: Moments,
    /// One entry per reported vertex, in topological order.
    pub nodes: Vec<Drift>,
}

/// How far a reported vertex has moved; each network contributes the mean over its neurons (and positions).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Drift {
    /// The vertex number of the user's input.
    pub id: usize,
    /// |z_t − z_0|²/n.
    pub from_start: Moments,
    /// |z_t − z_{t−1}|²/n.
    pub from_previous: Moments,
}

/// Takes `steps` gradient steps W ← W − η (f − y) ∂_W f of all hidden weights on ½(f − y)², one input and one label ±1 per
/// network, and follows how far each vertex moves. The readout is drawn and stays.
///
/// The networks are those of [`gradient_step`](crate::gradient_step) with the same settings, whose first step is the first
/// here. The weights' changes are kept as outer products by lazy weights: t steps at width n cost O(n t²) per matrix and no
/// n². A network that diverges is stopped where it is.
///
/// # Errors
/// As [`simulate`](crate::simulate); an η that is zero or not finite; no step.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Weights, Settings, StreamKey, training_steps};
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let settings = Settings { method: Weights::Lazy, ..Settings::new(1000, 4, StreamKey::new("doc", "chain:2", 1)) };
/// let training = training_steps(&program, &settings, 0.1, 5, &|_| ())?;
/// assert_eq!((training.steps.len(), training.steps[4].diverged), (5, 0));
/// assert!(training.steps[4].squared_residual.mean() < training.initial_residual.mean());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn training_steps(
    program: &Program,
    settings: &Settings,
    eta: f64,
    steps: usize,
    progress: Progress<'_>,
) -> Result<Training, SimError> {
    settings.check()?;
    if !eta.is_finite() || eta == 0.0 {
        let mend = "take a finite learning rate other than 0";
        return Err(SimError::Setting(Refusal::new("eta", eta, mend)));
    }
    if steps == 0 {
        return Err(SimError::Setting(Refusal::new("steps", "0", "take at least one step")));
    }
    let network = Arc::new(Network::new(program, settings.width, &settings.outside)?);
    let settings = &Settings { readout: Readout::Sampled, ..settings.clone() }.chosen(&network, Load::Steps(steps));
    let bytes = checked(settings, &network, Load::Steps(steps))?;
    let machine = Machine::open(settings.device, settings.precision)?;
    let totals = over_blocks(settings, &network, bytes, progress, |replicate, spare| {
        let batch = settings.draw(&network, replicate, &machine, spare)?;
        let moments = of_block(&network, &batch, settings, replicate, eta, steps)?;
        batch.leave(spare);
        Ok(moments)
    })?;
    let mut totals = totals.into_iter();
    let mut next = || totals.next().unwrap_or_default();
    let initial_residual = next();
    let of_step = |step: usize| {
        let diverged = next();
        TrainingStep {
            step,
            // A mean of zeros and ones.
            diverged: (diverged.mean() * diverged.count() as f64).round() as u64,
            squared_residual: next(),
            nodes: network
                .nodes()
                .iter()
                .map(|node| Drift { id: node.id, from_start: next(), from_previous: next() })
                .collect(),
        }
    };
    let steps = (1..=steps).map(of_step).collect();
    Ok(Training { eta, method: settings.method, initial_residual, steps })
}

/// The first residual; then for every step whether a network has diverged, its residual, and two quantities per vertex.
fn of_block(
    network: &Network,
    start: &Networks,
    settings: &Settings,
    replicate: u64,
    eta: f64,
    steps: usize,
) -> Result<Vec<Moments>, SimError> {
    let networks = start.networks();
    let neurons = (start.width() * start.positions()) as f64;
    let readout = start.draw_readout(&settings.key, replicate)?;
    let y = labels(&mut settings.key.rng(replicate, TensorId::Label), networks);
    let seeds: Vec<(usize, Tensor)> = network.readout().map(|(_, source)| source).zip(readout.iter().cloned()).collect();
    let residual = |batch: &Networks| -> Result<Vec<f64>, SimError> {
        Ok(batch.output(&readout)?.iter().zip(&y).map(|(f, y)| f - y).collect())
    };
    let mut residuals = residual(start)?;
    let first: Vec<f64> = residuals.iter().map(|residual| residual * residual).collect();
    let mut moments = vec![Moments::from_slice(&first)];
    let mut diverged = vec![false; networks];
    let mut moved: Option<Networks> = None;
    for _ in 0..steps {
        let before = moved.as_ref().unwrap_or(start);
        let factor = |(residual, &diverged): (&f64, &bool)| if diverged { 0.0 } else { -eta * residual };
        let factors: Vec<f64> = residuals.iter().zip(&diverged).map(factor).collect();
        let after = before.moved(&factors, &before.weight_gradients(&before.gradients(&seeds)?)?)?;
        residuals = residual(&after)?;
        let mut drifts = Vec::with_capacity(2 * network.nodes().len());
        for node in network.nodes() {
            for from in [start, before] {
                drifts.push(host(&sum_entries(&(after.value(node.op) - from.value(node.op))?.sqr()?)?)?);
            }
        }
        for r in 0..networks {
            // A comparison that is false of NaN.
            let bounded = residuals[r] * residuals[r] <= DIVERGENCE * first[r].max(1.0);
            diverged[r] |= !bounded || drifts.iter().any(|drift| !drift[r].is_finite());
        }
        let flags: Vec<f64> = diverged.iter().map(|&diverged| f64::from(u8::from(diverged))).collect();
        moments.push(Moments::from_slice(&flags));
        let kept = |values: &mut dyn Iterator<Item = f64>| -> Moments {
            let kept: Vec<f64> = values.zip(&diverged).filter(|(_, diverged)| !**diverged).map(|(value, _)| value).collect();
            Moments::from_slice(&kept)
        };
        moments.push(kept(&mut residuals.iter().map(|residual| residual * residual)));
        for drift in &drifts {
            moments.push(kept(&mut drift.iter().map(|sum| sum / neurons)));
        }
        moved = Some(after);
    }
    Ok(moments)
}
