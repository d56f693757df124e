use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::monomial::{Factor, Monomial};

/// What stands at a site after one vertex has been averaged over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// A site of an earlier vertex, untouched: its position in the monomial that was given.
    Kept(usize),
    /// Σ_u C(u,a)/n · (a gated site at u), over the parents u of the averaged vertex.
    Covariance,
    /// Σ_u (a gated site at u), over the parents u: the direct contribution of the weights into the averaged vertex.
    Source,
}

/// One term of an integration rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTerm {
    /// Its coefficient.
    pub coefficient: BigRational,
    /// Factors as (is a cycle, slots along it).
    pub factors: Vec<(bool, Vec<Slot>)>,
}

/// Averages a monomial over the Gaussian rows and gates of its last vertex.
///
/// **Statement.** Let m sites of the monomial stand at the largest label. Its expectation given all earlier vertices is the sum,
/// 1. over the set partitions of the m sites into β blocks (equal neuron index within a block), weighted n(n−1)…(n−β+1) and ½
///    for each block with a gated site;
/// 2. over the subsets of the kernel factors with both ends in one block that are replaced by a [`Slot::Source`] site;
/// 3. over the perfect matchings of each block's remaining half-edges, every pair becoming a [`Slot::Covariance`] site.
///
/// **Source.** proofs/finite-width-law.md. Every coefficient is non-negative for n ≥ 1, so nothing cancels in floating point.
#[must_use]
pub fn integration_rule(monomial: &Monomial, width: u64) -> Vec<RuleTerm> {
    let top = monomial.top();
    let degree = monomial.degree();
    let at_top: Vec<usize> = (0..degree).filter(|&position| monomial.site(position).label == top).collect();
    let mate = half_edges(monomial);
    let mut terms: BTreeMap<Vec<(bool, Vec<Slot>)>, BigRational> = BTreeMap::new();
    for blocks in partitions(&at_top) {
        let mut weight = BigRational::one();
        for (index, block) in blocks.iter().enumerate() {
            weight *= BigRational::from_integer(BigInt::from(width) - BigInt::from(index));
            if block.iter().any(|&site| monomial.site(site).gated) {
                weight /= BigRational::from_integer(2.into());
            }
        }
        if weight.is_zero() {
            continue;
        }
        // One list of outcomes a block: its new covariance sites (pairs of half-edges) and its number of source sites.
        let mut combined = vec![(Vec::new(), 0_usize)];
        for block in &blocks {
            let outcomes = block_outcomes(block, &mate);
            combined = combined
                .iter()
                .flat_map(|(pairs, sources)| {
                    outcomes
                        .iter()
                        .map(move |(more, extra)| (pairs.iter().chain(more).copied().collect::<Vec<_>>(), sources + extra))
                })
                .collect();
        }
        for (pairs, sources) in combined {
            let factors = rebuild(degree, &at_top, &mate, &pairs, sources);
            *terms.entry(factors).or_insert_with(BigRational::zero) += weight.clone();
        }
    }
    terms.into_iter().map(|(factors, coefficient)| RuleTerm { coefficient, factors }).collect()
}

/// For each half-edge (two a site), the half-edge at the other end of its kernel factor; none where it carries h.
fn half_edges(monomial: &Monomial) -> Vec<Option<usize>> {
    let mut mate = vec![None; 2 * monomial.degree()];
    let mut at = 0;
    for (cycle, length) in monomial.factor_shapes() {
        // The second half-edge of each site joins the first one of the next.
        for step in 0..if cycle { length } else { length - 1 } {
            let (left, right) = (2 * (at + step) + 1, 2 * (at + (step + 1) % length));
            mate[left] = Some(right);
            mate[right] = Some(left);
        }
        at += length;
    }
    mate
}

/// All set partitions of a list.
fn partitions(items: &[usize]) -> Vec<Vec<Vec<usize>>> {
    let Some((&first, rest)) = items.split_first() else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for smaller in partitions(rest) {
        for block in 0..smaller.len() {
            let mut joined = smaller.clone();
            joined[block].push(first);
            all.push(joined);
        }
        let mut alone = smaller;
        alone.push(vec![first]);
        all.push(alone);
    }
    all
}

type Pairs = Vec<(usize, usize)>;

/// Steps 2 and 3 for one block.
fn block_outcomes(block: &[usize], mate: &[Option<usize>]) -> Vec<(Pairs, usize)> {
    let half: Vec<usize> = block.iter().flat_map(|&site| [2 * site, 2 * site + 1]).collect();
    let inner: Pairs = half
        .iter()
        .filter_map(|&left| mate[left].filter(|right| left < *right && half.contains(right)).map(|right| (left, right)))
        .collect();
    let mut outcomes = Vec::new();
    for subset in 0..1_usize << inner.len() {
        let replaced: Vec<usize> = inner
            .iter()
            .enumerate()
            .filter(|(edge, _)| subset >> edge & 1 == 1)
            .flat_map(|(_, &(left, right))| [left, right])
            .collect();
        let remaining: Vec<usize> = half.iter().copied().filter(|end| !replaced.contains(end)).collect();
        for pairs in matchings(&remaining) {
            outcomes.push((pairs, replaced.len() / 2));
        }
    }
    outcomes
}

/// All perfect matchings of an even list.
fn matchings(items: &[usize]) -> Vec<Pairs> {
    let Some((&first, rest)) = items.split_first() else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for partner in 0..rest.len() {
        let mut others = rest.to_vec();
        let second = others.remove(partner);
        for mut pairs in matchings(&others) {
            pairs.push((first, second));
            all.push(pairs);
        }
    }
    all
}

/// Reads off the factors once each pair of half-edges has become a covariance site; the kernel factors stay as they were.
fn rebuild(
    degree: usize,
    at_top: &[usize],
    mate: &[Option<usize>],
    pairs: &Pairs,
    sources: usize,
) -> Vec<(bool, Vec<Slot>)> {
    // Sites of the new monomial, each with its two half-edges.
    let kept = (0..degree).filter(|site| !at_top.contains(site)).map(|site| (Slot::Kept(site), 2 * site, 2 * site + 1));
    let fresh = pairs.iter().map(|&(left, right)| (Slot::Covariance, left, right));
    let sites: Vec<(Slot, usize, usize)> = kept.chain(fresh).collect();
    let owner = |end: usize| sites.iter().position(|&(_, left, right)| left == end || right == end);
    let mut factors = vec![(false, vec![Slot::Source]); sources];
    let mut seen = vec![false; sites.len()];
    // Paths first, from an end that carries h; what is left are cycles.
    for cycle in [false, true] {
        for start in 0..sites.len() {
            let (_, left, right) = sites[start];
            let entry = if cycle || mate[left].is_none() {
                left
            } else if mate[right].is_none() {
                right
            } else {
                continue;
            };
            if seen[start] {
                continue;
            }
            let mut slots = Vec::new();
            let (mut site, mut entered) = (start, entry);
            loop {
                seen[site] = true;
                let (slot, left, right) = sites[site];
                slots.push(slot);
                let exit = if entered == left { right } else { left };
                let Some(next_end) = mate[exit] else { break };
                let Some(next) = owner(next_end) else { break };
                if next == start && cycle {
                    break;
                }
                (site, entered) = (next, next_end);
            }
            let mut reversed = slots.clone();
            reversed.reverse();
            factors.push((cycle, slots.min(reversed)));
        }
    }
    factors.sort();
    factors
}

impl RuleTerm {
    /// The term with its slots filled in: earlier sites from the monomial that was averaged, the rest as given.
    #[must_use]
    pub fn apply(&self, monomial: &Monomial, covariance: super::Site, source: super::Site) -> Monomial {
        let fill = |slot: &Slot| match slot {
            Slot::Kept(position) => monomial.site(*position),
            Slot::Covariance => covariance,
            Slot::Source => source,
        };
        let factors = self.factors.iter().map(|(cycle, slots)| {
            let sites = slots.iter().map(fill).collect();
            if *cycle { Factor::Cycle(sites) } else { Factor::Path(sites) }
        });
        Monomial::new(factors.collect())
    }
}
