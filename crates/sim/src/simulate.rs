use std::sync::Arc;

use archscale_model::Program;
use archscale_nets::{Machine, Network, Weights};
use archscale_stats::Moments;

use crate::load::{Load, checked};
use crate::readout::{Values, integrated, projected, sampled};
use crate::run::{Progress, over_blocks};
use crate::settings::Settings;
use crate::{Readout, SimError};

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
    /// How the weights were represented: dense or lazy, also if the choice was left to the program.
    pub method: Weights,
    /// One entry per reported vertex, in topological order.
    pub nodes: Vec<NodeEstimate>,
}

/// Estimates at one reported vertex v, over networks; each network contributes the mean over its n neurons, and over the
/// positions of an image.
///
/// G_i(v) = Σ_μ ∂_μ z_i(v) ∂_μ f, over the hidden weights μ, so that one gradient step of learning rate η on ½(f − y)²
/// changes z_i(v) by −η(f − y) G_i(v) to first order. Everything is per unit η.
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
    /// ((f − y) G_i)²; its mean over the label, A + B, unless a dense simulation samples the readout, which draws the label
    /// too.
    pub squared_change: Moments,
    /// The same at every position of an image, over networks, each contributing the mean over its n channels; empty in a
    /// program over vectors.
    pub per_position: Vec<PositionEstimate>,
}

/// Estimates at one position p of a reported vertex over an image, as in [`NodeEstimate`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PositionEstimate {
    /// |z(v, p)|²/n.
    pub second_moment: Moments,
    /// A: f² G_i(p)².
    pub a: Moments,
    /// B: G_i(p)².
    pub b: Moments,
    /// ((f − y) G_i(p))².
    pub squared_change: Moments,
}

/// Simulates the first gradient step of independent networks.
///
/// **Statement.** For each network: hidden weights N(0, C/n), readout entries N(0, C/n²), label ±1; forward pass, gradient
/// of f at every operation, tangent pass along that gradient. With [`Readout::Integrated`] the readout is not drawn. Let h
/// be the features that it reads (all readout terms joined), Σ its diagonal covariance, and k_i the vector of
/// Σ_μ ∂_μ z_i ∂_μ h_j, carried as columns through the gradient and tangent passes. Then G_i = k_i·w and f = h·w, and for
/// Gaussian w
///
/// E_w G_i² = k_iᵀΣk_i,  E_w f² G_i² = (hᵀΣh)(k_iᵀΣk_i) + 2 (hᵀΣk_i)²,
///
/// the fourth moment of two jointly Gaussian variables: an exact conditional expectation given the hidden weights, which
/// reduces the variance and uses nothing of the theory under test.
///
/// With [`Readout::Projected`] write the joint readout as w = Σ^½ ω and η = Σ^½ h, so that f = η·ω and ω = ω_η η/|η| + ω_⊥.
/// The two parts are independent, and G_i = ω_η u_i + v_i with u and v the tangents along the gradients of the functions
/// whose readout is Σ^½ η/|η| and Σ^½ ω_⊥. Only ω_⊥ is drawn; ω_η ~ N(0, 1) is integrated out, and so is the length of ω_⊥,
/// which is independent of its direction: v is rescaled from the drawn |ω_⊥|² to its mean, the dimension Tn − 1 (T readout
/// terms; Tn where η = 0). Then
///
/// E G_i² = u_i² + v_i²,  E f² G_i² = |η|² (3 u_i² + v_i²),
///
/// again exact conditional expectations. In both cases the label is averaged over: E(f − y)² G_i² = f² G_i² + G_i².
///
/// **Over an image** z_i and G_i have a position too, and so do the estimates at the vertices. The features h are what the
/// readout reads: means over positions for the average, h_j(p)/√m at every position to flatten (n·m of them), h_j at one
/// position for that.
///
/// **A network that overflows** (a value or the output is not finite) contributes NaN to every estimate that it enters.
///
/// `progress` is called with the number of networks just finished, from any thread. Results are the same, bit for bit, for
/// any number of threads.
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
    let network = Arc::new(Network::new(program, settings.width, &settings.outside)?);
    let settings = &settings.chosen(&network, Load::Estimates);
    let bytes = checked(settings, &network, Load::Estimates)?;
    let machine = Machine::open(settings.device, settings.precision)?;
    let totals = over_blocks(settings, &network, bytes, progress, |replicate, spare| {
        let batch = settings.draw(&network, replicate, &machine, spare)?;
        let nodes = match settings.readout {
            Readout::Sampled => sampled(&network, &batch, settings, replicate)?,
            Readout::Projected => projected(&network, &batch, settings, replicate)?,
            Readout::Integrated => integrated(&network, &batch)?,
        };
        batch.leave(spare);
        Ok(nodes.iter().flat_map(Values::moments).collect())
    })?;
    let per_node = 4 * (1 + network.grid_positions().unwrap_or(0));
    let nodes = network.nodes().iter().zip(totals.chunks_exact(per_node)).map(|(node, moments)| {
        let four = |moments: &[Moments]| [0, 1, 2, 3].map(|k| moments[k].clone());
        let (all, by_position) = moments.split_at(4);
        let [second_moment, a, b, squared_change] = four(all);
        let per_position = by_position.chunks_exact(4).map(|moments| {
            let [second_moment, a, b, squared_change] = four(moments);
            PositionEstimate { second_moment, a, b, squared_change }
        });
        NodeEstimate { id: node.id, second_moment, a, b, squared_change, per_position: per_position.collect() }
    });
    let Settings { width, samples, readout, method, .. } = *settings;
    Ok(Simulation { width, samples, readout, method, nodes: nodes.collect() })
}
