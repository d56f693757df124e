use std::collections::{HashMap, HashSet};

use super::monomial::{Factor, MAX_SITES, Monomial, Site};
use super::rule::{RuleTerm, integration_rule};
use crate::{ReluDag, Scalar, TheoryError, Vertex};

/// Most monomials that one evaluation may hold (about 100 bytes each in floating point): some twenty seconds.
const STATE_LIMIT: usize = 5_000_000;

/// Most monomials on one set of three labels, on average: they differ in which sites are joined. Complete DAGs come near it.
const PER_SET: usize = 18;

/// Evaluates moments of the finite-width law by the general site rule, remembering every monomial met.
///
/// Labels: 3a is vertex a, 3a − 1 the sum over its in-edges of a source site, 3a − 2 that sum weighted by C/n; so the largest
/// label is always the next thing to resolve. The output is one more vertex whose weights have variance C/n².
///
/// **Source.** proofs/finite-width-law.md.
pub struct SiteEngine<'a, S> {
    dag: &'a ReluDag,
    width: u64,
    /// |h|² of the input.
    input_square: S,
    /// For each vertex and then the output: its in-edges as (label of the source, weight variance).
    parents: Vec<Vec<(u32, S)>>,
    rule: Rule<'a>,
    rules: HashMap<Pattern, Vec<(S, RuleTerm)>>,
    memo: HashMap<Monomial, S>,
}

/// Shape of a monomial, and which of its sites are at the top and gated: all that an integration rule depends on.
type Pattern = (u16, [u8; MAX_SITES]);

/// How to average a monomial over its last vertex, at a width.
type Rule<'a> = Box<dyn Fn(&Monomial, u64) -> Vec<RuleTerm> + 'a>;

fn vertex_label(v: usize) -> u32 {
    3 * v as u32
}

fn too_large() -> TheoryError {
    TheoryError::too_large(
        "A at finite width",
        STATE_LIMIT,
        "monomials",
        "ask for a smaller graph, for B alone, or for infinite width, where A is 0",
    )
}

impl<'a, S: Scalar> SiteEngine<'a, S> {
    /// An engine for a DAG at width n.
    ///
    /// # Errors
    /// Width zero.
    pub fn new(dag: &'a ReluDag, width: u64) -> Result<Self, TheoryError> {
        Self::with_rule(dag, width, integration_rule)
    }

    /// An engine that averages by a rule of the caller's: to see what a wrong step of the derivation would predict.
    ///
    /// # Errors
    /// Width zero.
    pub fn with_rule(
        dag: &'a ReluDag,
        width: u64,
        rule: impl Fn(&Monomial, u64) -> Vec<RuleTerm> + 'a,
    ) -> Result<Self, TheoryError> {
        if width == 0 {
            return Err(TheoryError::zero_width());
        }
        let n = S::from_integer(width);
        let scaled = |edges: &[crate::WeightedEdge], scale: &S| {
            edges
                .iter()
                .map(|edge| (vertex_label(edge.source), S::from_rational(&edge.gain) / scale.clone()))
                .collect::<Vec<_>>()
        };
        let mut parents: Vec<Vec<(u32, S)>> = (0..dag.vertices().len()).map(|v| scaled(dag.parents(v), &n)).collect();
        parents.push(scaled(dag.readout(), &(n.clone() * n.clone())));
        let input_square = match dag.vertices().first() {
            Some(Vertex::Input(mean_square)) => S::from_rational(mean_square) * n,
            _ => S::zero(),
        };
        Ok(Self { dag, width, input_square, parents, rule: Box::new(rule), rules: HashMap::new(), memo: HashMap::new() })
    }

    /// B per unit η² and label variance, at every reported vertex: (1/n) Σ_{b→out} C(b,out)/n² · E[m(a~, b)].
    ///
    /// # Errors
    /// More monomials than fit in memory.
    pub fn label_parts(&mut self) -> Result<Vec<S>, TheoryError> {
        let out = self.output_site();
        self.per_node(|own| vec![(1, vec![Factor::Cycle(vec![own, out])])])
    }

    /// A per unit η², at every reported vertex: (1/n) Σ_{b,d→out} E[S_b m(a~, d) + 2 r(b; a~; d)], weighted C/n² each.
    ///
    /// # Errors
    /// More monomials than fit in memory.
    pub fn output_parts(&mut self) -> Result<Vec<S>, TheoryError> {
        let out = self.output_site();
        if self.label_sets(STATE_LIMIT / PER_SET).is_none() {
            return Err(too_large());
        }
        self.per_node(|own| {
            vec![
                (1, vec![Factor::Path(vec![out]), Factor::Cycle(vec![own, out])]),
                (2, vec![Factor::Path(vec![out, own, out])]),
            ]
        })
    }

    /// How many sets of three labels A meets, which tells how much work it is; nothing beyond the limit.
    ///
    /// A step replaces the largest label: a sum by each of its parents, a vertex by sums of either kind, as many as its sites.
    fn label_sets(&self, limit: usize) -> Option<usize> {
        let out = self.output_site().label;
        let mut open: Vec<[u32; 3]> = self.dag.nodes().iter().map(|&v| [vertex_label(v), out, out]).collect();
        let mut seen: HashSet<[u32; 3]> = HashSet::new();
        while let Some(mut labels) = open.pop() {
            labels.sort_unstable_by(|a, b| b.cmp(a));
            if labels[0] == 0 || !seen.insert(labels) {
                continue;
            }
            if seen.len() > limit {
                return None;
            }
            let top = labels[0];
            if !top.is_multiple_of(3) {
                let parents = &self.parents[top.div_ceil(3) as usize];
                open.extend(parents.iter().map(|(label, _)| [*label, labels[1], labels[2]]));
                continue;
            }
            let sites = labels.iter().filter(|label| **label == top).count();
            for sources in 0..=sites {
                let fresh = |index: usize| match index {
                    _ if index >= sites => labels[index],
                    _ if index < sources => top - 1,
                    _ => top - 2,
                };
                open.push([fresh(0), fresh(1), fresh(2)]);
            }
        }
        Some(seen.len())
    }

    /// The weighted sum over the output's in-edges of a gated site.
    fn output_site(&self) -> Site {
        Site { label: vertex_label(self.dag.vertices().len()) - 2, gated: true }
    }

    fn per_node(&mut self, terms: impl Fn(Site) -> Vec<(u64, Vec<Factor>)>) -> Result<Vec<S>, TheoryError> {
        let n = S::from_integer(self.width);
        let nodes = self.dag.nodes().to_vec();
        nodes
            .into_iter()
            .map(|v| {
                let own = Site { label: vertex_label(v), gated: false };
                let mut total = S::zero();
                for (count, factors) in terms(own) {
                    let value = self.moment(Monomial::new(factors))?;
                    total.add_product(&S::from_integer(count), &value);
                }
                Ok(total / n.clone())
            })
            .collect()
    }

    /// The expectation of one monomial.
    ///
    /// # Errors
    /// More monomials than fit in memory.
    pub fn moment(&mut self, monomial: Monomial) -> Result<S, TheoryError> {
        // An explicit stack: labels are many, and recursion would be as deep.
        let mut stack = vec![(monomial, None)];
        while let Some((current, expansion)) = stack.pop() {
            if self.memo.contains_key(&current) {
                continue;
            }
            let expansion = expansion.unwrap_or_else(|| self.expand(&current));
            let missing: Vec<Monomial> =
                expansion.iter().map(|(_, next)| *next).filter(|next| self.value(next).is_none()).collect();
            if missing.is_empty() {
                let mut sum = S::zero();
                for (coefficient, next) in &expansion {
                    if let Some(value) = self.value(next) {
                        sum.add_product(coefficient, &value);
                    }
                }
                self.memo.insert(current, sum);
                if self.memo.len() > STATE_LIMIT {
                    return Err(too_large());
                }
            } else {
                stack.push((current, Some(expansion)));
                stack.extend(missing.into_iter().map(|next| (next, None)));
            }
        }
        Ok(self.value(&monomial).unwrap_or_else(S::zero))
    }

    /// What is known at once: the input's S is a constant and its tangent kernel zero; else the memo.
    fn value(&self, monomial: &Monomial) -> Option<S> {
        if monomial.top() > 0 {
            return self.memo.get(monomial).cloned();
        }
        let mut product = S::one();
        for (cycle, length) in monomial.factor_shapes() {
            if cycle || length > 1 {
                return Some(S::zero());
            }
            product *= self.input_square.clone();
        }
        Some(product)
    }

    /// Resolves the largest label by one step: a parent sum is spread over its parents, a vertex averaged over.
    fn expand(&mut self, monomial: &Monomial) -> Vec<(S, Monomial)> {
        let top = monomial.top();
        let vertex = top.div_ceil(3);
        if !top.is_multiple_of(3) {
            let position = (0..monomial.degree()).find(|&position| monomial.site(position).label == top).unwrap_or(0);
            let weighted = top % 3 == 1;
            return self.parents[vertex as usize]
                .iter()
                .map(|(label, variance)| {
                    let site = Site { label: *label, gated: true };
                    let next = monomial.map_sites(|at, old| if at == position { site } else { old });
                    (if weighted { variance.clone() } else { S::one() }, next)
                })
                .collect();
        }
        let (width, average) = (self.width, &self.rule);
        let rule = self.rules.entry(monomial.pattern()).or_insert_with(|| {
            average(monomial, width).into_iter().map(|term| (S::from_rational(&term.coefficient), term)).collect()
        });
        let covariance = Site { label: top - 2, gated: true };
        let source = Site { label: top - 1, gated: true };
        rule.iter().map(|(coefficient, term)| (coefficient.clone(), term.apply(monomial, covariance, source))).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use archscale_model::{Architecture, InitRule};

    use super::*;

    #[test]
    fn the_work_is_estimated_before_it_is_done() {
        let mut fullest = 0.0_f64;
        for text in [
            "chain:40",
            "complete:6",
            "complete:12",
            "complete:20",
            "complete:30",
            "edges:0-1,0-2,1-3,2-3,1-4,3-4,4-5",
            "edges:0-1,1-2,0-3,2-4,3-4,4-5,1-5",
        ] {
            let program = Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap();
            let dag = ReluDag::new(&program, "A").unwrap();
            let mut engine = SiteEngine::<f64>::new(&dag, 8).unwrap();
            let sets = engine.label_sets(usize::MAX).unwrap();
            engine.output_parts().unwrap();
            let held = engine.memo.len();
            assert!(held <= PER_SET * sets && held >= sets, "{text}: {held} monomials on {sets} sets");
            fullest = fullest.max(held as f64 / sets as f64);
            assert_eq!(engine.label_sets(sets - 1), None);
            assert_eq!(engine.label_sets(sets), Some(sets));
        }
        assert!(fullest > 0.75 * PER_SET as f64, "{fullest}");
    }
}
