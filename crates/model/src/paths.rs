use num_bigint::BigUint;
use num_traits::{One, Zero};

use crate::{Graph, InitRule, ModelError, Scaled};

/// Sums over all input–output paths, by dynamic programming over the edges.
///
/// **Statement.** With L_p the number of trained edges of path p that enter a hidden vertex (in a graph of linear edges alone, its
/// hidden vertices):
/// `power_sums[k]` = Σ_p L_p^k for k = 0..=3, exact integers; `weighted[k]` = Σ_p w_p L_p^k with w_p = Π_{e∈p} C_e/2, where the
/// product runs over the trained edges of p, the one into the output included, and a skip counts m², 1 unless it has a multiplier.
///
/// In a cell the edge from the input to the stem counts, so L_p = 1 + (trained edges of the cell on p), which is the depth that the
/// published code gives a path of a NAS-Bench-201 cell; its MLPs and CNNs take L_p + 2.
///
/// **Source.** Chen et al. 2024, equation 8; recursion in proofs/learning-rate-laws.md. Entering a vertex by a linear edge maps
/// Σ L^k to Σ (L+1)^k = Σ_j binom(k, j) Σ L^j, so one pass over the edges suffices and no path is ever listed.
///
/// ```
/// use archscale_model::{Architecture, InitRule, PathSums};
/// let sums = PathSums::new(Architecture::parse("complete:8")?.graph(), InitRule::Target);
/// assert_eq!(sums.count().to_string(), "256");
/// assert_eq!(sums.power_sum(3).to_string(), "22528");
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PathSums {
    power_sums: [BigUint; 4],
    weighted: [Scaled; 4],
    shortest: usize,
    longest: usize,
}

impl PathSums {
    /// Sums for the graph under an initialisation rule (which enters the weights w_p alone).
    #[must_use]
    pub fn new(graph: &Graph, init: InitRule) -> Self {
        let mut exact: Vec<[BigUint; 4]> = vec![[BigUint::one(), BigUint::zero(), BigUint::zero(), BigUint::zero()]];
        let mut weighted: Vec<[Scaled; 4]> = vec![[Scaled::one(), Scaled::zero(), Scaled::zero(), Scaled::zero()]];
        let mut extent: Vec<(usize, usize)> = vec![(0, 0)];
        for v in 1..graph.vertex_count() {
            let depth = usize::from(v != graph.output());
            // Accumulate linear and skip edges apart: only the former pass through this vertex's linear+ReLU layer.
            let mut sums: [[BigUint; 4]; 2] = Default::default();
            let mut weights = [[Scaled::zero(); 4]; 2];
            let (mut low, mut high) = (usize::MAX, 0);
            for edge in graph.parents(v) {
                let u = edge.source();
                let linear = edge.kind.is_trained();
                let (lane, step) = if linear { (0, depth) } else { (1, 0) };
                let factor = Scaled::from(graph.path_factor(init, v, *edge));
                for k in 0..4 {
                    sums[lane][k] += &exact[u][k];
                    weights[lane][k] += factor * weighted[u][k];
                }
                low = low.min(extent[u].0 + step);
                high = high.max(extent[u].1 + step);
            }
            let [mut linear, skip] = sums;
            let [mut linear_weight, skip_weight] = weights;
            if depth == 1 {
                shift_exact(&mut linear);
                shift_weighted(&mut linear_weight);
            }
            for k in 0..4 {
                linear[k] += &skip[k];
                linear_weight[k] += skip_weight[k];
            }
            exact.push(linear);
            weighted.push(linear_weight);
            extent.push((low, high));
        }
        let output = graph.output();
        let (shortest, longest) = extent[output];
        Self { power_sums: exact.swap_remove(output), weighted: weighted[output], shortest, longest }
    }

    /// Number of input–output paths.
    #[must_use]
    pub fn count(&self) -> &BigUint {
        &self.power_sums[0]
    }

    /// Σ_p L_p^k for k up to 3; the empty sum beyond.
    #[must_use]
    pub fn power_sum(&self, k: usize) -> BigUint {
        self.power_sums.get(k).cloned().unwrap_or_default()
    }

    /// Σ_p (L_p + shift)³, for depth conventions that count further layers.
    #[must_use]
    pub fn shifted_cubes(&self, shift: u32) -> BigUint {
        let [count, first, second, third] = &self.power_sums;
        third + second * (3 * shift) + first * (3 * shift * shift) + count * (shift * shift * shift)
    }

    /// Σ_p w_p, which is 1 under [`InitRule::Target`].
    #[must_use]
    pub fn total_weight(&self) -> Scaled {
        self.weighted[0]
    }

    /// Σ_p w_p L_p³.
    #[must_use]
    pub fn weighted_sum_cubed(&self) -> Scaled {
        self.weighted[3]
    }

    /// Smallest L_p.
    #[must_use]
    pub fn shortest(&self) -> usize {
        self.shortest
    }

    /// Largest L_p.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }
}

/// Σ L^k → Σ (L+1)^k for exact sums, highest power first so that lower ones are still unshifted.
fn shift_exact(sums: &mut [BigUint; 4]) {
    let [count, first, second, third] = sums;
    *third += &*second * 3u32 + &*first * 3u32 + &*count;
    *second += &*first * 2u32 + &*count;
    *first += &*count;
}

fn shift_weighted(sums: &mut [Scaled; 4]) {
    let [two, three] = [2.0, 3.0].map(Scaled::from);
    sums[3] += three * sums[2] + three * sums[1] + sums[0];
    sums[2] += two * sums[1] + sums[0];
    sums[1] += sums[0];
}

impl PathSums {
    /// ln Σ_p (L_p + shift)³, finite for any graph; −∞ when every path has depth 0 and the shift is 0.
    #[must_use]
    pub fn ln_shifted_cubes(&self, shift: u32) -> f64 {
        Scaled::from(&self.shifted_cubes(shift)).ln()
    }
}

/// Number of input–output paths of each depth L.
///
/// ```
/// use archscale_model::{Architecture, DepthHistogram};
/// let histogram = DepthHistogram::new(Architecture::parse("complete:3")?.graph())?;
/// let counts: Vec<String> = histogram.counts().iter().map(ToString::to_string).collect();
/// assert_eq!(counts, ["1", "3", "3", "1"]);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepthHistogram {
    counts: Vec<BigUint>,
}

impl DepthHistogram {
    /// Most additions (edges × longest depth) that a histogram may cost.
    pub const WORK_LIMIT: usize = 50_000_000;

    /// Counts the paths of each depth; entry L of [`DepthHistogram::counts`] is the number with L_p = L.
    ///
    /// # Errors
    /// When edges × longest depth exceeds [`DepthHistogram::WORK_LIMIT`]; the power sums have no such limit.
    pub fn new(graph: &Graph) -> Result<Self, ModelError> {
        let longest = PathSums::new(graph, InitRule::He).longest();
        let work = graph.edge_count().saturating_mul(longest.max(1));
        crate::graph::check_size("the depth histogram's work (edges × longest path)", work, Self::WORK_LIMIT)?;
        let mut tables: Vec<Vec<BigUint>> = vec![vec![BigUint::one()]];
        for v in 1..graph.vertex_count() {
            let depth = usize::from(v != graph.output());
            let mut table: Vec<BigUint> = Vec::new();
            for edge in graph.parents(v) {
                let step = if edge.kind.is_trained() { depth } else { 0 };
                let source = &tables[edge.source()];
                if table.len() < source.len() + step {
                    table.resize(source.len() + step, BigUint::zero());
                }
                for (length, paths) in source.iter().enumerate() {
                    table[length + step] += paths;
                }
            }
            tables.push(table);
        }
        Ok(Self { counts: tables.pop().unwrap_or_default() })
    }

    /// Number of paths by depth.
    #[must_use]
    pub fn counts(&self) -> &[BigUint] {
        &self.counts
    }
}
