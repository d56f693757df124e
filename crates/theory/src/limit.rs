use num_traits::{One, Zero};

use crate::forward::all_second_moments;
use crate::{ReluDag, Scalar, TheoryError};

/// The infinite-width law of a linear-ReLU DAG at one vertex.
///
/// **Statement.** Per unit η² and label variance, as n → ∞: B(a) → κ_a² P_a + X_a. On the way to the limit A(a) → 0.
///
/// **Source.** proofs/infinite-width-limit.md.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitMoments<S> {
    /// Forward second moment E|z|²/n, the same at every width.
    pub second_moment: S,
    /// κ = lim K_ii/n, the diagonal of the tangent kernel.
    pub kernel: S,
    /// lim B: mean squared change of the pre-activation after one step, per unit η² and label variance.
    pub change: S,
}

/// The infinite-width law at every reported vertex, by three passes over the edges.
///
/// **Statement.** With c_uv = C(u,v)/2, v the forward second moment and edges into the output counted as readouts:
///
/// - forward: κ_a = Σ_{u→a} (v_u/2 + c_ua κ_u);
/// - backward: P_a = Σ_{a→b} c_ab P_b, with P = 1 at the output: half the variance of n ∂f/∂h_a;
/// - forward: X_a = Σ_{u→a} c_ua (X_u + 2 P_u κ_u²), the motion that comes from other neurons.
///
/// B(a) = κ_a² P_a + X_a: a neuron moves along its own gradient with its own gate, and with its parents. The factor 2 in X is the gate
/// that a later vertex shares: E g⁴ = ½ there, not ¼.
///
/// **Source.** proofs/infinite-width-limit.md; the n → ∞ limit of [`crate::PairTables`].
///
/// **Domain.** Every [`ReluDag`], of any size and any gains; cost O(V + E).
///
/// # Errors
/// [`TheoryError::OutOfRange`] where a result is no double, if doubles are asked for; never for `Scaled` or rationals.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_theory::{ReluDag, limit_moments};
/// use num_rational::BigRational;
/// let program = Architecture::parse("chain:3")?.graph().lower(InitRule::Target)?;
/// let law = limit_moments::<BigRational>(&ReluDag::new(&program, "the limit")?)?;
/// // 3 (2·9 + 1) / 12
/// assert_eq!(law[2].change.to_string(), "19/4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn limit_moments<S: Scalar>(dag: &ReluDag) -> Result<Vec<LimitMoments<S>>, TheoryError> {
    let passes = Passes::<S::Carrier>::run(dag);
    dag.nodes()
        .iter()
        .enumerate()
        .map(|(node, &a)| {
            let place = || format!("vertex {} of {}", node + 1, dag.nodes().len());
            let (kernel, signal) = (passes.kernels[a].clone(), passes.signals[a].clone());
            let change = kernel.clone() * kernel.clone() * signal + passes.inherited[a].clone();
            Ok(LimitMoments {
                second_moment: S::carried(passes.moments[a].clone(), "the second moment", place)?,
                kernel: S::carried(kernel, "the tangent kernel", place)?,
                change: S::carried(change, "the mean squared change B", place)?,
            })
        })
        .collect()
}

/// Most multiplications of [`leaks`]: about two seconds.
const LEAK_LIMIT: usize = 500_000_000;

/// T = lim Σ_{j≠i} E K_ij²/n at every reported vertex: motion leaked from other neurons if the readout were there.
///
/// **Statement.** With F(j,a) = Σ over walks from j to a of Π c: T_a = 2 Σ_{j before a} κ_j² F(j,a)².
///
/// **Source.** proofs/infinite-width-limit.md: two walkers back from a, of whom the later always moves, stand together at j if and only
/// if both walks pass j.
///
/// **Domain.** Every [`ReluDag`] of at most 5·10⁸ vertices times edges: walks from every vertex are counted apart, O(V · E).
///
/// # Errors
/// [`TheoryError::TooLarge`]; [`TheoryError::OutOfRange`] as [`limit_moments`].
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_theory::{ReluDag, leaks};
/// let program = Architecture::parse("chain:3")?.graph().lower(InitRule::Target)?;
/// // 2 Σ_j (j/2)² over the vertices before.
/// assert_eq!(leaks::<f64>(&ReluDag::new(&program, "T")?)?, [0.0, 0.5, 2.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn leaks<S: Scalar>(dag: &ReluDag) -> Result<Vec<S>, TheoryError> {
    let size = dag.vertices().len();
    let edges: usize = (0..size).map(|v| dag.parents(v).len()).sum();
    if size.saturating_mul(edges) > LEAK_LIMIT {
        return Err(TheoryError::too_large(
            "T, which counts the walks from every vertex,",
            LEAK_LIMIT,
            "vertices times edges",
            "exact-B has no such limit",
        ));
    }
    let halved = dag.half_gains::<S::Carrier>();
    let kernels = all_kernels(dag, &all_second_moments(dag), &halved);
    let mut totals = vec![S::Carrier::zero(); size];
    let mut walks = vec![S::Carrier::zero(); size];
    for source in 0..size {
        let own = S::Carrier::from_integer(2) * kernels[source].clone() * kernels[source].clone();
        if own.is_zero() {
            continue;
        }
        walks[source] = S::Carrier::one();
        for target in source + 1..size {
            let mut sum = S::Carrier::zero();
            for (u, c) in halved[target].iter().filter(|(u, _)| *u >= source) {
                sum.add_product(c, &walks[*u]);
            }
            totals[target].add_product(&own, &(sum.clone() * sum.clone()));
            walks[target] = sum;
        }
    }
    let carried = |(node, &a): (usize, &usize)| {
        S::carried(totals[a].clone(), "T", || format!("vertex {} of {}", node + 1, dag.nodes().len()))
    };
    dag.nodes().iter().enumerate().map(carried).collect()
}

/// The three passes, at every vertex, inputs included.
struct Passes<S> {
    moments: Vec<S>,
    kernels: Vec<S>,
    /// P.
    signals: Vec<S>,
    /// X.
    inherited: Vec<S>,
}

impl<S: Scalar> Passes<S> {
    fn run(dag: &ReluDag) -> Self {
        let size = dag.vertices().len();
        let halved = dag.half_gains::<S>();
        let moments = all_second_moments::<S>(dag);
        let kernels = all_kernels(dag, &moments, &halved);
        let half = S::ratio(1, 2);
        let mut signals = vec![S::zero(); size];
        for edge in dag.readout() {
            signals[edge.source].add_product(&half, &S::from_rational(&edge.gain));
        }
        for v in (0..size).rev() {
            let arriving = signals[v].clone();
            for (u, c) in &halved[v] {
                signals[*u].add_product(c, &arriving);
            }
        }
        let mut inherited: Vec<S> = Vec::with_capacity(size);
        for edges in &halved {
            let mut sum = S::zero();
            for (u, c) in edges {
                let twice = signals[*u].clone() + signals[*u].clone();
                let moved = inherited[*u].clone() + twice * kernels[*u].clone() * kernels[*u].clone();
                sum.add_product(c, &moved);
            }
            inherited.push(sum);
        }
        Self { moments, kernels, signals, inherited }
    }
}

/// κ of every vertex, by κ_a = Σ_{u→a} (v_u/2 + c_ua κ_u): one pass over the edges; zero at the input.
pub(crate) fn all_kernels<S: Scalar>(dag: &ReluDag, moments: &[S], halved: &[Vec<(usize, S)>]) -> Vec<S> {
    let half = S::ratio(1, 2);
    let mut kernels: Vec<S> = Vec::with_capacity(dag.vertices().len());
    for edges in halved {
        let mut kernel = S::zero();
        for (u, c) in edges {
            kernel.add_product(&half, &moments[*u]);
            kernel.add_product(c, &kernels[*u]);
        }
        kernels.push(kernel);
    }
    kernels
}
