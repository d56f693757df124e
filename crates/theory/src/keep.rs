//! Gains of edges that keep the second moment of every vertex at 1.

mod fields;
mod preact;
mod root;

use archscale_model::{Activation, ConvNetwork, Convention, Edge, EdgeKind, EdgeMap, Gain, Graph, InitRule, Network};
use num_rational::BigRational;
use num_traits::One;

use crate::TheoryError;
use fields::{Fields, Profile, mean_of};
use preact::Preact;
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
/// **Errors.** [`TheoryError::Unusable`] outside the domain, and where no gain reaches E x² = 1 (tanh is bounded: one edge into a
/// vertex of `Post`); as [`crate::GaussianTable::moments`] and, in `Preact`, [`crate::wide_moments`].
///
/// **Evidence.** tests/keep.rs: the law of random graphs, conventions and activations under these gains, and over images; the
/// workspace's tests/scale.rs: a simulation.
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
    // What cannot be a program is refused there, by its own words.
    network.lower(&how)?;
    let images = match network {
        Network::Images(images) => Some(images.as_ref()),
        Network::Vectors(_) => None,
    };
    check_domain(network.graph(), images, convention, activation)?;
    let mut solver = Solver {
        graph: network.graph(),
        images,
        convention,
        fields: Fields::new(images, activation)?,
        vertices: Vec::new(),
        preact: None,
    };
    if convention == Convention::Preact && network.graph().has_skips() {
        solver.preact = Some(Preact::new(activation)?);
    }
    let gains = solver.solve()?;
    let mut next = gains.into_iter();
    Ok(network.with_gains(|_, _| next.next()))
}

/// The initialisation, in errors.
const WHAT: &str = "the initialisation keep";

fn check_domain(
    graph: &Graph,
    images: Option<&ConvNetwork>,
    convention: Convention,
    activation: Activation,
) -> Result<(), TheoryError> {
    let Some(images) = images else { return Ok(()) };
    let refuse = |found: String, mend| Err(TheoryError::Unusable { what: WHAT, found, mend });
    if !fields::is_homogeneous(activation) {
        return refuse(format!("{activation} over images"), "over images it is solved for relu, leaky and linear");
    }
    if convention == Convention::Preact && graph.has_skips() {
        return refuse("skips of activations over images".into(), "take the convention pre or post");
    }
    let pooled = graph.edges().find(|&(from, to, _)| matches!(images.edge_map(from, to), EdgeMap::Pool(_)));
    if let Some((from, to, _)) = pooled {
        let found = format!("the pooling {}→{}", graph.name(from), graph.name(to));
        return refuse(found, "what pooling keeps depends on the covariances between positions; take another cell");
    }
    Ok(())
}

/// What is known of a vertex that is done.
struct Vertex {
    /// E x² and E x of its vector.
    second: Profile,
    mean: Profile,
    /// E x² of what a linear edge reads: its activation, in `Post` its vector.
    read: Profile,
    /// Variance of the sum of what its trained edges bring, which is independent of every earlier vertex.
    own_variance: Profile,
    multiplier: f64,
}

struct Solver<'a> {
    graph: &'a Graph,
    images: Option<&'a ConvNetwork>,
    convention: Convention,
    fields: Fields,
    /// By index; the input first.
    vertices: Vec<Vertex>,
    preact: Option<Preact>,
}

impl Solver<'_> {
    /// The gain or multiplier of every edge, in the order of [`Graph::edges`].
    fn solve(&mut self) -> Result<Vec<Gain>, TheoryError> {
        let input = self.fields.input.clone();
        let none = vec![0.0; input.len()];
        self.vertices.push(Vertex {
            second: input.clone(),
            mean: none.clone(),
            read: input,
            own_variance: none,
            multiplier: 1.0,
        });
        let mut gains = Vec::with_capacity(self.graph.edge_count());
        for v in self.graph.hidden() {
            let (gain, multiplier) = self.vertex(v)?;
            let of = |edge: &Edge| if edge.kind.is_trained() { gain.clone() } else { multiplier.clone() };
            gains.extend(self.graph.parents(v).iter().map(of));
        }
        let output = self.graph.output();
        let reads = self.graph.parents(output).iter().map(|edge| mean_of(&self.vertices[edge.source()].read)).sum::<f64>();
        let readout = self.exact(output, 1.0 / reads)?;
        gains.extend(self.graph.parents(output).iter().map(|_| readout.clone()));
        Ok(gains)
    }

    /// Solves C and m of one vertex, and adds it to those that are done.
    fn vertex(&mut self, v: usize) -> Result<(Gain, Gain), TheoryError> {
        let edges = self.graph.parents(v);
        let (trained, skips): (Vec<Edge>, Vec<Edge>) = edges.iter().partition(|edge| edge.kind.is_trained());
        let share = trained.len() as f64 / edges.len() as f64;
        let incoming = self.incoming(v, &trained)?;
        let gain = if trained.is_empty() { 1.0 } else { self.trained_gain(v, &incoming, share)? };
        let gain = self.exact(v, gain)?;
        let (mean, second) = self.trained_part(&incoming, float(&gain))?;
        let (skip_mean, skip_second) = self.skipped(&skips)?;
        // m² E S² + 2 m E T E S + E T² = 1; E T² is below 1 where there are skips, so one root is positive.
        let cross = mean.iter().zip(&skip_mean).map(|(a, b)| a * b).sum::<f64>() / mean.len() as f64;
        let (square, missing) = (mean_of(&skip_second), 1.0 - mean_of(&second));
        let multiplier = if skips.is_empty() { 1.0 } else { missing / (cross + (cross * cross + square * missing).sqrt()) };
        let exact = self.exact(v, multiplier)?;
        let multiplier = float(&exact);
        let at = |p: usize| second[p] + multiplier * (2.0 * mean[p] * skip_mean[p] + multiplier * skip_second[p]);
        let whole: Profile = (0..second.len()).map(at).collect();
        let read = match &mut self.preact {
            Some(preact) => preact.add(&trained, &skips, &gain, &exact, &mut self.fields, &whole)?,
            None if self.convention == Convention::Post => whole.clone(),
            None => whole.iter().map(|&q| Ok(self.fields.moments(q)?.1)).collect::<Result<_, TheoryError>>()?,
        };
        self.vertices.push(Vertex {
            read,
            own_variance: second.iter().zip(&mean).map(|(square, mean)| square - mean * mean).collect(),
            mean: mean.iter().zip(&skip_mean).map(|(own, skipped)| own + multiplier * skipped).collect(),
            second: whole,
            multiplier,
        });
        Ok((gain, exact))
    }

    /// Of each trained edge, whether an activation follows it, and the variance of what it brings at gain 1.
    fn incoming(&mut self, v: usize, trained: &[Edge]) -> Result<Vec<(bool, Profile)>, TheoryError> {
        let post = self.convention == Convention::Post;
        let mut found = Vec::with_capacity(trained.len());
        for edge in trained {
            let u = edge.source();
            let linear = edge.kind == EdgeKind::Linear;
            let read = if linear { &self.vertices[u].read } else { &self.vertices[u].second };
            let kernel = self.images.map(|images| match images.edge_map(u, v) {
                EdgeMap::Kernel(kernel) | EdgeMap::Pool(kernel) => kernel,
            });
            found.push((post && linear, self.fields.over_taps(kernel, read)?));
        }
        Ok(found)
    }

    /// C at which E T² is `share`.
    fn trained_gain(&mut self, v: usize, incoming: &[(bool, Profile)], share: f64) -> Result<f64, TheoryError> {
        let total: f64 = incoming.iter().map(|(_, variance)| mean_of(variance)).sum();
        if self.fields.homogeneous || incoming.iter().all(|(activated, _)| !activated) {
            // E T² is proportional to C.
            return Ok(share / mean_of(&self.trained_part(incoming, 1.0)?.1));
        }
        let start = share / total;
        root(start, |gain| Ok(mean_of(&self.trained_part(incoming, gain)?.1) / share - 1.0))?.ok_or_else(|| {
            TheoryError::Unusable {
                what: WHAT,
                found: format!("{} before vertex {} in the convention post", self.fields.activation, self.graph.name(v)),
                mend: "no weights bring its second moment to 1, as with a bounded activation; take the convention pre",
            }
        })
    }

    /// E T and E T² of the trained part at gain C; what different edges bring is independent.
    fn trained_part(&mut self, incoming: &[(bool, Profile)], gain: f64) -> Result<(Profile, Profile), TheoryError> {
        let size = self.fields.input.len();
        let (mut mean, mut second) = (vec![0.0; size], vec![0.0; size]);
        for p in 0..size {
            let mut squares = 0.0;
            for (activated, variance) in incoming {
                let q = gain * variance[p];
                let (own_mean, own_second) = if *activated { self.fields.moments(q)? } else { (0.0, q) };
                mean[p] += own_mean;
                squares += own_mean * own_mean;
                second[p] += own_second;
            }
            second[p] += mean[p] * mean[p] - squares;
        }
        Ok((mean, second))
    }

    /// E S and E S² of the sum of what the skips read.
    fn skipped(&mut self, skips: &[Edge]) -> Result<(Profile, Profile), TheoryError> {
        let size = self.fields.input.len();
        let mut sources = skips.iter().map(|edge| edge.source());
        if let (Some(preact), false) = (&self.preact, skips.is_empty()) {
            let second = match skips {
                [only] => self.vertices[only.source()].read[0],
                _ => preact.second_moment_of_sum(sources)?,
            };
            return Ok((vec![0.0], vec![second]));
        }
        let mean = |p: usize| skips.iter().map(|edge| self.vertices[edge.source()].mean[p]).sum();
        let mean: Profile = (0..size).map(mean).collect();
        let second = match (sources.next(), skips.len()) {
            (None, _) => vec![0.0; size],
            (Some(only), 1) => self.vertices[only].second.clone(),
            _ => self.second_moment_of_sum(skips, &mean),
        };
        Ok((mean, second))
    }

    /// E S² by writing S as a linear form in the independent trained parts of all vertices behind it.
    fn second_moment_of_sum(&self, skips: &[Edge], mean: &[f64]) -> Profile {
        let mut second: Profile = mean.iter().map(|mean| mean * mean).collect();
        let last = skips.iter().map(|edge| edge.source()).max().unwrap_or(0);
        let mut form = vec![0.0; last + 1];
        for edge in skips {
            form[edge.source()] += 1.0;
        }
        for w in (1..=last).rev() {
            let coefficient = form[w];
            if coefficient == 0.0 {
                continue;
            }
            let vertex = &self.vertices[w];
            for (sum, variance) in second.iter_mut().zip(&vertex.own_variance) {
                *sum += coefficient * coefficient * variance;
            }
            for edge in self.graph.parents(w).iter().filter(|edge| edge.kind == EdgeKind::Skip) {
                form[edge.source()] += coefficient * vertex.multiplier;
            }
        }
        second
    }

    fn exact(&self, v: usize, value: f64) -> Result<Gain, TheoryError> {
        if value == 1.0 {
            return Ok(Gain::one());
        }
        BigRational::from_float(value).ok_or_else(|| TheoryError::Unusable {
            what: WHAT,
            found: format!("vertex {}, which reads nothing that is not zero", self.graph.name(v)),
            mend: "connect it to the input by an edge that carries something",
        })
    }
}

fn float(gain: &Gain) -> f64 {
    crate::wide::gain(gain)
}
