//! E x and E x² of every vertex from those before it, without a word of what a step changes.

use archscale_model::{ConvNetwork, Convention, Edge, EdgeKind, EdgeMap, Gain, Graph, Lowering, Network, Scaled};
use num_traits::{One, Zero};

use super::fields::{Fields, Profile, mean_of};
use super::preact::Preact;
use crate::TheoryError;
use crate::gaussian::is_homogeneous;

/// E|x|²/n of a reported vertex as n → ∞; over images its mean over positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VertexMoment {
    /// The vertex number that the user's input gave it.
    pub id: usize,
    /// E|x|²/n of z, in the convention `Post` of h.
    pub second_moment: Scaled,
}

/// The forward second moment of every reported vertex, in the limit of infinite width.
///
/// **Statement.** lim E|x|²/n of each vertex's own vector. A vertex is x = T + S: what its trained edges bring, one independent part
/// from each edge, and what its skips add. T is independent of every earlier vertex, so a sum of vertices is a linear form in the
/// independent T of all vertices behind it, and its second moment a sum over them. O(edges) without skips.
///
/// **Source.** Chen et al. 2024, equations 10 and 11, for linear edges with ReLU; with skips, other activations and images ours:
/// proofs/wide-law.md and proofs/cnn-kernel.md, the forward half.
///
/// **Domain.** Vectors: every convention and activation; with skips of activations (`Preact`) as [`crate::wide_moments`]. Images: ReLU,
/// leaky ReLU and the identity; no pooling, and in `Preact` no skips. Any size: no value leaves the range of [`Scaled`].
///
/// **Errors.** [`TheoryError::Refused`] outside the domain; as [`crate::GaussianTable::moments`].
///
/// **Evidence.** tests/it/keep.rs: the infinite-width and infinite-channel engines.
///
/// ```
/// use archscale_model::{InitRule, Network};
/// use archscale_theory::forward_moments;
/// // One residual block doubles the second moment.
/// let network = Network::parse("edges:0-1,1-2,1-3s,2-3,3-4")?;
/// let moments = forward_moments(&network, &network.lowering(InitRule::He))?;
/// assert_eq!(moments.last().map(|at| (at.id, at.second_moment.fit())), Some((3, Some(2.0))));
/// # Ok::<(), archscale_theory::TheoryError>(())
/// ```
pub fn forward_moments(network: &Network, how: &Lowering) -> Result<Vec<VertexMoment>, TheoryError> {
    let mut pass = Pass::new(network, how, "the forward second moment")?;
    let graph = network.graph();
    for v in graph.hidden() {
        let arriving = pass.arriving(v)?;
        let gains: Vec<Gain> = arriving.edges().map(|edge| how.gain(graph, v, edge)).collect();
        let multipliers: Vec<Gain> = arriving.skips.iter().map(|edge| graph.multiplier(*edge)).collect();
        pass.push(&arriving, &gains, &multipliers)?;
    }
    Ok(graph.hidden().map(|v| VertexMoment { id: graph.id(v), second_moment: mean_of(&pass.vertices[v].second) }).collect())
}

/// E x and E x² of a part of a vertex.
pub(super) struct Part {
    pub(super) mean: Profile,
    pub(super) second: Profile,
}

/// What is known of a vertex that is done.
pub(super) struct Vertex {
    pub(super) second: Profile,
    mean: Profile,
    /// E x² of what a linear edge reads: its activation, in `Post` its vector.
    pub(super) read: Profile,
    /// Variance of T.
    own_variance: Profile,
    /// Sources of its skips and their multipliers.
    skips: Vec<(usize, Scaled)>,
}

/// What arrives at a vertex.
pub(super) struct Arriving {
    trained: Vec<Trained>,
    pub(super) skips: Vec<Edge>,
}

struct Trained {
    edge: Edge,
    /// Whether an activation follows it.
    activated: bool,
    /// Variance of W x at gain 1.
    variance: Profile,
}

impl Arriving {
    /// The trained edges.
    pub(super) fn edges(&self) -> impl ExactSizeIterator<Item = Edge> {
        self.trained.iter().map(|from| from.edge)
    }

    /// Σ_e E x_e² at gain 1.
    pub(super) fn total(&self) -> Scaled {
        self.trained.iter().map(|from| mean_of(&from.variance)).sum()
    }

    pub(super) fn is_activated(&self) -> bool {
        self.trained.iter().any(|from| from.activated)
    }
}

/// The vertices that are done, and what the next ones ask of them.
pub(super) struct Pass<'a> {
    graph: &'a Graph,
    images: Option<&'a ConvNetwork>,
    convention: Convention,
    pub(super) fields: Fields,
    /// By index; the input first.
    pub(super) vertices: Vec<Vertex>,
    preact: Option<Preact>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(network: &'a Network, how: &Lowering, what: &'static str) -> Result<Self, TheoryError> {
        let images = match network {
            Network::Images(images) => Some(images.as_ref()),
            Network::Vectors(_) => None,
        };
        let graph = network.graph();
        // What cannot be a program is refused there, by its own words.
        network.lower(how)?;
        check_domain(graph, images, how, what)?;
        let fields = Fields::new(images, how.activation)?;
        let sampled = how.convention == Convention::Preact && graph.has_skips();
        let preact = if sampled { Some(Preact::new(how.activation)?) } else { None };
        let (input, none) = (fields.input.clone(), fields.nothing());
        let first = Vertex { second: input.clone(), mean: none.clone(), read: input, own_variance: none, skips: Vec::new() };
        Ok(Self { graph, images, convention: how.convention, fields, vertices: vec![first], preact })
    }

    pub(super) fn arriving(&mut self, v: usize) -> Result<Arriving, TheoryError> {
        let (trained, skips): (Vec<Edge>, Vec<Edge>) = self.graph.parents(v).iter().partition(|edge| edge.kind.is_trained());
        let mut found = Vec::with_capacity(trained.len());
        for edge in trained {
            let u = edge.source();
            let linear = edge.kind == EdgeKind::Linear;
            let read = if linear { &self.vertices[u].read } else { &self.vertices[u].second };
            let kernel = self.images.map(|images| match images.edge_map(u, v) {
                EdgeMap::Kernel(kernel) | EdgeMap::Pool(kernel) => kernel,
            });
            let variance = self.fields.over_taps(kernel, read)?;
            found.push(Trained { edge, activated: self.convention == Convention::Post && linear, variance });
        }
        Ok(Arriving { trained: found, skips })
    }

    /// T under these gains; what different edges bring is independent.
    pub(super) fn trained(&mut self, arriving: &Arriving, gains: &[Scaled]) -> Result<Part, TheoryError> {
        let Part { mut mean, mut second } = Part { mean: self.fields.nothing(), second: self.fields.nothing() };
        for p in 0..mean.len() {
            let mut squares = Scaled::zero();
            for (from, gain) in arriving.trained.iter().zip(gains) {
                let q = *gain * from.variance[p];
                let (own_mean, own_second) = if from.activated { self.fields.moments(q)? } else { (Scaled::zero(), q) };
                mean[p] += own_mean;
                squares += own_mean * own_mean;
                second[p] += own_second;
            }
            second[p] += mean[p] * mean[p] - squares;
        }
        Ok(Part { mean, second })
    }

    /// S under these multipliers.
    pub(super) fn skipped(&self, skips: &[Edge], multipliers: &[Gain]) -> Result<Part, TheoryError> {
        let terms: Vec<(usize, Scaled)> =
            skips.iter().zip(multipliers).map(|(edge, by)| (edge.source(), Scaled::from(by))).collect();
        if let (Some(preact), false) = (&self.preact, skips.is_empty()) {
            let second = match terms[..] {
                [(only, by)] => by * by * self.vertices[only].read[0],
                _ => preact.second_moment_of_sum(
                    multipliers.iter().cloned().zip(skips.iter().map(|edge| edge.source())).collect(),
                )?,
            };
            return Ok(Part { mean: self.fields.nothing(), second: vec![second] });
        }
        let mean = |p: usize| terms.iter().map(|&(u, by)| by * self.vertices[u].mean[p]).sum();
        let mean: Profile = (0..self.fields.input.len()).map(mean).collect();
        let second = match terms[..] {
            [] => self.fields.nothing(),
            [(only, by)] => self.vertices[only].second.iter().map(|&second| by * by * second).collect(),
            _ => self.second_moment_of_sum(&terms, &mean),
        };
        Ok(Part { mean, second })
    }

    /// E S² by writing S as a linear form in the T of all vertices behind it.
    fn second_moment_of_sum(&self, terms: &[(usize, Scaled)], mean: &[Scaled]) -> Profile {
        let mut second: Profile = mean.iter().map(|&mean| mean * mean).collect();
        let last = terms.iter().map(|&(u, _)| u).max().unwrap_or(0);
        let mut form = vec![Scaled::zero(); last + 1];
        for &(u, by) in terms {
            form[u] += by;
        }
        for w in (1..=last).rev() {
            let coefficient = form[w];
            if coefficient.is_zero() {
                continue;
            }
            for (sum, variance) in second.iter_mut().zip(&self.vertices[w].own_variance) {
                *sum += coefficient * coefficient * *variance;
            }
            for &(u, by) in &self.vertices[w].skips {
                form[u] += coefficient * by;
            }
        }
        second
    }

    /// Adds the next vertex.
    pub(super) fn push(&mut self, arriving: &Arriving, gains: &[Gain], multipliers: &[Gain]) -> Result<(), TheoryError> {
        let trained = self.trained(arriving, &gains.iter().map(Scaled::from).collect::<Vec<_>>())?;
        let skipped = self.skipped(&arriving.skips, multipliers)?;
        let two = Scaled::from(2.0);
        let at = |p: usize| trained.second[p] + two * trained.mean[p] * skipped.mean[p] + skipped.second[p];
        let second: Profile = (0..trained.second.len()).map(at).collect();
        if let Some(preact) = &mut self.preact {
            let edges: Vec<(Edge, Gain)> = arriving.edges().zip(gains.iter().cloned()).collect();
            preact.add(&edges, &arriving.skips.iter().copied().zip(multipliers.iter().cloned()).collect::<Vec<_>>())?;
        }
        let read = match &self.preact {
            Some(preact) if !arriving.skips.is_empty() => {
                vec![preact.second_moment_of_sum(vec![(Gain::one(), self.vertices.len())])?]
            }
            _ if self.convention == Convention::Post => second.clone(),
            // z is Gaussian.
            _ => second.iter().map(|&q| Ok(self.fields.moments(q)?.1)).collect::<Result<_, TheoryError>>()?,
        };
        let skips = arriving.skips.iter().zip(multipliers).map(|(edge, by)| (edge.source(), Scaled::from(by)));
        self.vertices.push(Vertex {
            second,
            read,
            own_variance: trained.second.iter().zip(&trained.mean).map(|(&square, &mean)| square - mean * mean).collect(),
            mean: trained.mean.iter().zip(&skipped.mean).map(|(&own, &skipped)| own + skipped).collect(),
            skips: skips.collect(),
        });
        Ok(())
    }
}

fn check_domain(graph: &Graph, images: Option<&ConvNetwork>, how: &Lowering, what: &'static str) -> Result<(), TheoryError> {
    let Some(images) = images else { return Ok(()) };
    let refuse = |found: String, mend| Err(TheoryError::undefined(what, found, mend));
    if !is_homogeneous(how.activation) {
        return refuse(format!("{} over images", how.activation), "over images it is known for relu, leaky and linear");
    }
    if how.convention == Convention::Preact && graph.has_skips() {
        return refuse("skips of activations over images".into(), "take the convention pre or post");
    }
    let pooled = graph.edges().find(|&(from, to, _)| matches!(images.edge_map(from, to), EdgeMap::Pool(_)));
    if let Some((from, to, _)) = pooled {
        let found = format!("the pooling {}→{}", graph.name(from), graph.name(to));
        return refuse(found, "what pooling keeps depends on the covariances between positions; take another cell");
    }
    Ok(())
}
