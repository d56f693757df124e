//! Gains of edges that keep the second moment of every vertex at 1.

mod fields;
mod pass;
mod preact;
mod root;

use archscale_model::{Activation, Convention, Edge, Gain, InitRule, Network, Scaled};
use num_rational::BigRational;
use num_traits::One;

use crate::TheoryError;
use fields::mean_of;
use pass::{Arriving, Pass};
pub use pass::{VertexMoment, forward_moments};
use root::root;

/// The network whose edges have the gains of their own that keep the second moment of every vertex at 1.
///
/// **Statement.** Of the k trained edges and s skips into a vertex each gets the same share of its second moment. The trained edges
/// have one gain C, such that the sum T of what they bring has E T² = k/(k + s); the skips have one multiplier m > 0, such that the
/// vertex x = T + m·S has E x² = 1, S the sum of what they read. In the conventions `Pre` and `Preact`, where E T = 0,
/// C = (k/(k + s))/Σ_e E x_e² and m² = (s/(k + s))/E S²; in `Post` C and m solve the same two equations, where T and S have means.
/// Edges into the output have C = 1/Σ_e E x_e². With ReLU, linear edges and no skips this is [`InitRule::Target`].
///
/// What is kept is lim E|x|²/n of the reported vector: the pre-activation z in `Pre` and `Preact`, h in `Post`; over images its mean
/// over positions. Gains are the nearest doubles, taken as exact: E x² is 1 within 1e-9 in `Pre` and `Post`, and in `Preact` where no
/// activation is sampled; elsewhere within the error that [`crate::wide_moments`] states.
///
/// **Source.** Ours: the independence of slots of proofs/wide-law.md, over images that of proofs/cnn-kernel.md.
///
/// **Domain.** Vectors: every convention and activation. Images: ReLU, leaky ReLU and the identity, which commute with positive
/// factors; no pooling, and in `Preact` no skips.
///
/// **Errors.** [`TheoryError::Refused`] outside the domain, and where no gain reaches E x² = 1 (tanh is bounded: one edge into a
/// vertex of `Post`); as [`crate::GaussianTable::moments`] and, in `Preact`, [`crate::wide_moments`].
///
/// **Evidence.** tests/it/keep.rs: the law of random graphs, conventions and activations under these gains, and over images; the
/// workspace's tests/it/scale.rs: a simulation.
///
/// ```
/// use archscale_model::{Activation, Convention, InitRule, Network};
/// use archscale_theory::{keep, wide_moments};
/// // Two residual blocks: under target gains E|z|²/n is 1, 1, 2 …
/// let network = Network::parse("edges:0-1,1-2,2-3,1-3s,3-4,4-5,3-5s,5-6")?;
/// let kept = keep(&network, Convention::Pre, Activation::RELU)?;
/// let program = kept.lower(&kept.lowering(InitRule::Keep))?;
/// assert!(wide_moments(&program)?.nodes.iter().all(|at| (at.second_moment - 1.0).abs() < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn keep(network: &Network, convention: Convention, activation: Activation) -> Result<Network, TheoryError> {
    let how = network.lowering(InitRule::Target).with_convention(convention).with_activation(activation);
    let graph = network.graph();
    let mut pass = Pass::new(network, &how, WHAT)?;
    let mut gains = Vec::with_capacity(graph.edge_count());
    for v in graph.hidden() {
        let arriving = pass.arriving(v)?;
        let name = graph.name(v);
        let (gain, multiplier) = solve(&mut pass, &arriving, &name)?;
        let of = |edge: &Edge| if edge.kind.is_trained() { gain.clone() } else { multiplier.clone() };
        gains.extend(graph.parents(v).iter().map(of));
        pass.push(&arriving, &vec![gain.clone(); arriving.edges().len()], &vec![multiplier; arriving.skips.len()])?;
    }
    let into_output = graph.parents(graph.output());
    let reads: Scaled = into_output.iter().map(|edge| mean_of(&pass.vertices[edge.source()].read)).sum();
    let readout = exact((Scaled::one() / reads).to_f64(), "the output")?;
    gains.extend(into_output.iter().map(|_| readout.clone()));
    let mut next = gains.into_iter();
    Ok(network.with_gains(|_, _| next.next()))
}

/// The initialisation, in errors.
const WHAT: &str = "the initialisation keep";

/// C and m of one vertex.
fn solve(pass: &mut Pass, arriving: &Arriving, name: &str) -> Result<(Gain, Gain), TheoryError> {
    let (trained, skips) = (arriving.edges().len(), arriving.skips.len());
    let share = trained as f64 / (trained + skips) as f64;
    let second_at = |pass: &mut Pass, gain: f64| -> Result<f64, TheoryError> {
        Ok(mean_of(&pass.trained(arriving, &vec![gain.into(); trained])?.second).to_f64())
    };
    let gain = if trained == 0 {
        1.0
    } else if pass.fields.homogeneous || !arriving.is_activated() {
        // E T² is proportional to C.
        share / second_at(pass, 1.0)?
    } else {
        let activation = pass.fields.activation;
        root(share / arriving.total().to_f64(), |gain| Ok(second_at(pass, gain)? / share - 1.0))?.ok_or_else(|| {
            TheoryError::undefined(
                WHAT,
                format!("{activation} before vertex {name} in the convention post"),
                "no weights bring its second moment to 1, as with a bounded activation; take the convention pre",
            )
        })?
    };
    let gain = exact(gain, &format!("vertex {name}"))?;
    if skips == 0 {
        return Ok((gain, Gain::one()));
    }
    // m² E S² + 2 m E T E S + E T² = 1; with skips E T² is below 1, so one root is positive.
    let own = pass.trained(arriving, &vec![Scaled::from(&gain); trained])?;
    let skipped = pass.skipped(&arriving.skips, &vec![Gain::one(); skips])?;
    let products: Vec<Scaled> = own.mean.iter().zip(&skipped.mean).map(|(&own, &skipped)| own * skipped).collect();
    let [cross, square, missing] =
        [mean_of(&products), mean_of(&skipped.second), Scaled::one() - mean_of(&own.second)].map(Scaled::to_f64);
    let multiplier = missing / (cross + (cross * cross + square * missing).sqrt());
    Ok((gain, exact(multiplier, &format!("vertex {name}"))?))
}

fn exact(value: f64, place: &str) -> Result<Gain, TheoryError> {
    BigRational::from_float(value).ok_or_else(|| {
        TheoryError::undefined(
            WHAT,
            format!("{place}, which reads nothing that is not zero"),
            "connect it to the input by an edge that carries something",
        )
    })
}
