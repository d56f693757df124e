use crate::forward::all_second_moments;
use crate::{ReluDag, Scalar, TheoryError, Vertex};

/// Most vertices that are accepted: τ is a square table.
const VERTEX_LIMIT: usize = 8_000;

/// The infinite-width law of a linear-ReLU DAG at one vertex.
///
/// **Statement.** Per unit η² and label variance, as n → ∞: B(a) → κ-part + cross part. On the way to the limit A(a) → 0.
///
/// **Source.** proofs/infinite-width-limit.md.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitMoments<S> {
    /// Forward second moment E|z|²/n, the same at every width.
    pub second_moment: S,
    /// κ = lim K_ii/n, the diagonal of the tangent kernel.
    pub kernel: S,
    /// T = lim Σ_{j≠i} E K_ij²/n at this vertex: motion leaked from other neurons through the random weights.
    pub cross: S,
    /// lim B: mean squared change of the pre-activation after one step, per unit η² and label variance.
    pub change: S,
}

/// The infinite-width law at every reported vertex.
///
/// **Statement.** With c_uv = C(u,v)/2 and v the forward second moment:
/// κ_a = Σ_{u→a} (v_u/2 + c_ua κ_u); τ_ab = Σ_{u→a} c_ua τ_ub for b before a; T_a = Σ_{u,w→a} c_ua c_wa τ_uw;
/// τ_aa = 2κ_a² + T_a; d_ab = τ_ab (b before a), d_aa = κ_a² + T_a, d_ab = Σ_{u→b} c_ub d_au (b after a);
/// B(a) = Σ_{b→out} c_b,out d_ab. The factor 2 in τ_aa is the gate that a later vertex shares: E g⁴ = ½ there, not ¼.
///
/// **Source.** proofs/infinite-width-limit.md; the n → ∞ limit of [`crate::PairTables`].
///
/// **Domain.** Every [`ReluDag`] of at most 8,000 vertices; cost O(V · E) time and O(V²) numbers.
///
/// # Errors
/// More than 8,000 vertices.
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
    let size = dag.vertices().len();
    if size > VERTEX_LIMIT {
        return Err(TheoryError::TooLarge {
            what: "the infinite-width law",
            limit: VERTEX_LIMIT,
            unit: "vertices",
            mend: "path sums (`paths`) have no such limit",
        });
    }
    let half = S::ratio(1, 2);
    let moments = all_second_moments::<S>(dag);
    // In-edges with c = C/2.
    let parents: Vec<Vec<(usize, S)>> = (0..size)
        .map(|v| dag.parents(v).iter().map(|edge| (edge.source, S::from_rational(&edge.gain) * half.clone())).collect())
        .collect();
    let kernel = all_kernels(dag, &moments);
    let mut cross: Vec<S> = vec![S::zero(); size];
    let mut tau: Vec<S> = vec![S::zero(); size * size];
    for a in 0..size {
        if matches!(dag.vertices()[a], Vertex::Input(_)) {
            continue;
        }
        for b in 0..a {
            let mut sum = S::zero();
            for (u, c) in &parents[a] {
                sum.add_product(c, &tau[u * size + b]);
            }
            tau[b * size + a] = sum.clone();
            tau[a * size + b] = sum;
        }
        // T_a = Σ_w c_wa τ_aw, since τ_aw already holds the sum over u.
        let mut sum = S::zero();
        for (w, c) in &parents[a] {
            sum.add_product(c, &tau[a * size + w]);
        }
        let square = kernel[a].clone() * kernel[a].clone();
        tau[a * size + a] = square.clone() + square + sum.clone();
        cross[a] = sum;
    }
    let readout: Vec<(usize, S)> =
        dag.readout().iter().map(|edge| (edge.source, S::from_rational(&edge.gain) * half.clone())).collect();
    Ok(dag
        .nodes()
        .iter()
        .map(|&a| {
            let own = kernel[a].clone() * kernel[a].clone() + cross[a].clone();
            let mut row: Vec<S> = tau[a * size..a * size + a].to_vec();
            row.push(own);
            for edges in &parents[a + 1..] {
                let mut sum = S::zero();
                for (u, c) in edges {
                    sum.add_product(c, &row[*u]);
                }
                row.push(sum);
            }
            let mut change = S::zero();
            for (b, c) in &readout {
                change.add_product(c, &row[*b]);
            }
            LimitMoments { second_moment: moments[a].clone(), kernel: kernel[a].clone(), cross: cross[a].clone(), change }
        })
        .collect())
}

/// κ of every vertex, by κ_a = Σ_{u→a} (v_u/2 + c_ua κ_u): one pass over the edges; zero at the input.
pub(crate) fn all_kernels<S: Scalar>(dag: &ReluDag, moments: &[S]) -> Vec<S> {
    let half = S::ratio(1, 2);
    let mut kernels: Vec<S> = Vec::with_capacity(moments.len());
    for v in 0..moments.len() {
        let mut kernel = S::zero();
        for edge in dag.parents(v) {
            kernel.add_product(&half, &moments[edge.source]);
            kernel.add_product(&(S::from_rational(&edge.gain) * half.clone()), &kernels[edge.source]);
        }
        kernels.push(kernel);
    }
    kernels
}
