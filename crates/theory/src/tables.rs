use crate::{ReluDag, Scalar, TheoryError, Vertex, WeightedEdge};

/// Most vertices that are accepted: the tables hold the square of this many entries.
const VERTEX_LIMIT: usize = 4_000;

/// The five two-vertex moments of the finite-width law, by explicit recursion.
///
/// **Statement.** With h = ReLU(z), gates D, S_a = |h_a|², M_ab = D_a K(a,b) D_b the gated tangent kernel and t_a = tr M_aa:
/// SS = E[S_a S_b], St = E[S_a t_b], tt = E[t_a t_b], m = E[tr M_ab M_ba], q = E[h_aᵀ M_ab h_b]. Exact at every width n ≥ 1.
/// Shapes: V × V, row a, column b.
///
/// **Source.** proofs/finite-width-law.md. [`crate::SiteEngine`] is an independent route to the same numbers: it derives its
/// rules from Wick's formula instead of reading them from here.
///
/// **Domain.** Every [`ReluDag`] of at most 4,000 vertices. Cost O(V² · in-degree + V · in-degree²).
#[derive(Debug, Clone)]
pub struct PairTables<S> {
    size: usize,
    width: S,
    ss: Vec<S>,
    st: Vec<S>,
    tt: Vec<S>,
    m: Vec<S>,
    q: Vec<S>,
}

/// An in-edge with the variance s = C/n of its weights.
struct ScaledEdge<S> {
    source: usize,
    variance: S,
}

/// Double sums over the in-edges of one vertex; x weights a vertex by s, y by 1.
struct ParentSums<S> {
    xx: S,
    xy: S,
    xa: S,
    qq: S,
    mm: S,
    /// YY + 2 YA + AA.
    trace: S,
}

impl<S: Scalar> ParentSums<S> {
    /// E[K_ii²] = YY + 2 YA + AA + 2 MM.
    fn kernel_square(&self) -> S {
        self.trace.clone() + self.mm.clone() + self.mm.clone()
    }
}

impl<S: Scalar> PairTables<S> {
    /// Fills the tables for a DAG at width n.
    ///
    /// # Errors
    /// Width zero, or more than 4,000 vertices.
    pub fn new(dag: &ReluDag, width: u64) -> Result<Self, TheoryError> {
        if width == 0 {
            return Err(TheoryError::zero_width());
        }
        let size = dag.vertices().len();
        if size > VERTEX_LIMIT {
            return Err(TheoryError::too_large(
                "the finite-width law",
                VERTEX_LIMIT,
                "vertices",
                "path sums (`paths`) have no such limit",
            ));
        }
        let zeros = || vec![S::zero(); size * size];
        let n = S::from_integer(width);
        let mut tables = Self { size, width: n, ss: zeros(), st: zeros(), tt: zeros(), m: zeros(), q: zeros() };
        for (a, vertex) in dag.vertices().iter().enumerate() {
            match vertex {
                Vertex::Input(mean_square) => {
                    let square = S::from_rational(mean_square) * tables.width.clone();
                    let at = tables.at(a, a);
                    tables.ss[at] = square.clone() * square;
                }
                Vertex::Hidden(edges) => {
                    let edges = tables.scaled(edges);
                    for b in 0..a {
                        tables.fill_pair(a, b, &edges);
                    }
                    tables.fill_diagonal(a, &edges);
                }
            }
        }
        Ok(tables)
    }

    fn scaled(&self, edges: &[WeightedEdge]) -> Vec<ScaledEdge<S>> {
        edges
            .iter()
            .map(|edge| ScaledEdge { source: edge.source, variance: S::from_rational(&edge.gain) / self.width.clone() })
            .collect()
    }

    fn at(&self, a: usize, b: usize) -> usize {
        a * self.size + b
    }

    /// E[S_a S_b].
    #[must_use]
    pub fn ss(&self, a: usize, b: usize) -> &S {
        &self.ss[self.at(a, b)]
    }

    /// E[S_a t_b].
    #[must_use]
    pub fn st(&self, a: usize, b: usize) -> &S {
        &self.st[self.at(a, b)]
    }

    /// E[t_a t_b].
    #[must_use]
    pub fn tt(&self, a: usize, b: usize) -> &S {
        &self.tt[self.at(a, b)]
    }

    /// E[tr(M_ab M_ba)].
    #[must_use]
    pub fn m(&self, a: usize, b: usize) -> &S {
        &self.m[self.at(a, b)]
    }

    /// E[h_aᵀ M_ab h_b].
    #[must_use]
    pub fn q(&self, a: usize, b: usize) -> &S {
        &self.q[self.at(a, b)]
    }

    /// Moments of a with an earlier vertex b: only one site at a, whose gate is a fair coin.
    fn fill_pair(&mut self, a: usize, b: usize, edges: &[ScaledEdge<S>]) {
        let half = self.width.clone() * S::ratio(1, 2);
        let [mut ss, mut sa_tb, mut sb_ta, mut tt, mut m, mut q] = std::array::from_fn(|_| S::zero());
        for edge in edges {
            let (u, s) = (edge.source, &edge.variance);
            ss.add_product(s, self.ss(u, b));
            sa_tb.add_product(s, self.st(u, b));
            sb_ta += self.ss(b, u).clone();
            sb_ta.add_product(s, self.st(b, u));
            tt += self.st(u, b).clone();
            tt.add_product(s, self.tt(u, b));
            m.add_product(s, self.m(u, b));
            q.add_product(s, self.q(u, b));
        }
        let (ab, ba) = (self.at(a, b), self.at(b, a));
        self.st[ab] = half.clone() * sa_tb;
        self.st[ba] = half.clone() * sb_ta;
        for (table, value) in [(&mut self.ss, ss), (&mut self.tt, tt), (&mut self.m, m), (&mut self.q, q)] {
            let value = half.clone() * value;
            table[ab] = value.clone();
            table[ba] = value;
        }
    }

    fn parent_sums(&self, edges: &[ScaledEdge<S>]) -> ParentSums<S> {
        let [mut xx, mut xy, mut xa, mut qq, mut mm, mut trace] = std::array::from_fn(|_| S::zero());
        let two = S::from_integer(2);
        for first in edges {
            for second in edges {
                let (u, w) = (first.source, second.source);
                let product = first.variance.clone() * second.variance.clone();
                xx.add_product(&product, self.ss(u, w));
                xy.add_product(&first.variance, self.ss(u, w));
                xa.add_product(&product, self.st(u, w));
                qq.add_product(&product, self.q(u, w));
                mm.add_product(&product, self.m(u, w));
                trace += self.ss(u, w).clone();
                trace.add_product(&(two.clone() * second.variance.clone()), self.st(u, w));
                trace.add_product(&product, self.tt(u, w));
            }
        }
        ParentSums { xx, xy, xa, qq, mm, trace }
    }

    /// Moments of a with itself: two sites at a, on equal or different neurons.
    fn fill_diagonal(&mut self, a: usize, edges: &[ScaledEdge<S>]) {
        let sums = self.parent_sums(edges);
        let n = self.width.clone();
        let pairs = n.clone() * (n.clone() - S::one()) * S::ratio(1, 4);
        let half = n.clone() * S::ratio(1, 2);
        let mixed = sums.xy.clone() + sums.xa.clone();
        let diagonal = S::ratio(1, 2) * (mixed.clone() + sums.qq.clone() + sums.qq.clone());
        let kernel = half.clone() * sums.kernel_square();
        let at = self.at(a, a);
        self.ss[at] = (S::from_integer(3) * half + pairs.clone()) * sums.xx.clone();
        self.st[at] = n.clone() * diagonal.clone() + pairs.clone() * mixed;
        self.tt[at] = kernel.clone() + pairs.clone() * sums.trace.clone();
        self.m[at] = kernel + pairs.clone() * sums.mm.clone();
        self.q[at] = n * diagonal + pairs * sums.qq;
    }

    /// U[a, b] = Σ_ij E[g_j(b) K_ij(a,b)²] for one vertex a and every b, i ungated at a and j gated at b.
    fn ungated_row(&self, dag: &ReluDag, a: usize) -> Vec<S> {
        let n = self.width.clone();
        let half = n.clone() * S::ratio(1, 2);
        let mut row = Vec::with_capacity(self.size);
        for b in 0..self.size {
            let value = match b.cmp(&a) {
                std::cmp::Ordering::Less => self.m(a, b).clone() + self.m(a, b).clone(),
                std::cmp::Ordering::Equal => {
                    let sums = self.parent_sums(&self.scaled(dag.parents(a)));
                    half.clone() * sums.kernel_square() + half.clone() * (n.clone() - S::one()) * sums.mm
                }
                std::cmp::Ordering::Greater => {
                    let mut sum = S::zero();
                    for edge in self.scaled(dag.parents(b)) {
                        sum.add_product(&edge.variance, &row[edge.source]);
                    }
                    half.clone() * sum
                }
            };
            row.push(value);
        }
        row
    }

    /// B(a) per unit η² and label variance, for every reported vertex.
    ///
    /// **Statement.** B(a) = Σ_{b→out} (C(b,out)/n²) U(a,b) / n, the part of E[(Δz)²] that comes from the label's square.
    #[must_use]
    pub fn label_parts(&self, dag: &ReluDag) -> Vec<S> {
        let cube = self.width.clone() * self.width.clone() * self.width.clone();
        dag.nodes()
            .iter()
            .map(|&a| {
                let row = self.ungated_row(dag, a);
                let mut sum = S::zero();
                for edge in dag.readout() {
                    sum.add_product(&S::from_rational(&edge.gain), &row[edge.source]);
                }
                sum / cube.clone()
            })
            .collect()
    }
}
