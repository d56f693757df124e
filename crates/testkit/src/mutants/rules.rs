//! Alterations of the derivation: how a moment is averaged over its last vertex, and which moments make up A and B.

use std::collections::BTreeMap;

use archscale_theory::{
    Factor, FiniteMoments, Monomial, ReluDag, RuleTerm, Site, SiteEngine, Slot, integration_rule, second_moments,
};
use num_rational::BigRational;
use num_traits::{One, pow};

use super::{Mutant, Predictions};
use crate::suite::{Case, LAW};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "gate-per-site",
        what: "two gated sites on one neuron count as two fair coins, 1/4 for 1/2",
        predict: |case| by_rule(case, |monomial, n| by_blocks(monomial, |count, top| falling(n, count) * coins(count, top))),
    },
    Mutant {
        id: "no-gates",
        what: "gates left out: a deep linear network's averages, 1 for 1/2",
        predict: |case| {
            by_rule(case, |monomial, n| {
                by_blocks(monomial, |count, top| {
                    falling(n, count) * if top.ungated == 0 { pow(whole(2), count) } else { whole(1) }
                })
            })
        },
    },
    Mutant {
        id: "power-blocks",
        what: "β different neurons weighted n^β for n(n−1)…(n−β+1)",
        predict: |case| by_rule(case, |monomial, n| by_blocks(monomial, |count, _| pow(whole(n), count))),
    },
    Mutant {
        id: "one-neuron",
        what: "pairs of different neurons left out",
        predict: |case| {
            by_rule(case, |monomial, n| by_blocks(monomial, |count, _| if count == 1 { whole(n) } else { whole(0) }))
        },
    },
    Mutant {
        id: "all-neurons-different",
        what: "coinciding neurons left out: only the leading power of n",
        predict: |case| {
            by_rule(case, |monomial, n| {
                by_blocks(monomial, |count, top| if count == top.sites { pow(whole(n), count) } else { whole(0) })
            })
        },
    },
    Mutant {
        id: "no-wick-three",
        what: "E[z⁴] = (E[z²])² for 3 (E[z²])², and E[z⁶] likewise, on one neuron",
        predict: |case| {
            by_rule(case, |monomial, n| {
                let squares =
                    monomial.factors().iter().all(|factor| matches!(factor, Factor::Path(sites) if sites.len() == 1));
                by_blocks(monomial, |count, top| {
                    let matchings = match (squares && count == 1, top.sites) {
                        (true, 2) => 3,
                        (true, 3) => 15,
                        _ => 1,
                    };
                    falling(n, count) / whole(matchings)
                })
            })
        },
    },
    Mutant {
        id: "no-source",
        what: "the direct contribution of the weights into a vertex left out of its tangent kernel",
        predict: |case| {
            by_rule(case, |monomial, n| keep(monomial, n, |factors| !factors.iter().flat_map(|f| &f.1).any(is_source)))
        },
    },
    Mutant {
        id: "source-twice",
        what: "the direct contribution of the weights into a vertex counted twice",
        predict: |case| {
            by_rule(case, |monomial, n| {
                let mut terms = integration_rule(monomial, n);
                for term in &mut terms {
                    let sources = term.factors.iter().flat_map(|factor| &factor.1).filter(|slot| is_source(slot)).count();
                    term.coefficient *= pow(whole(2), sources);
                }
                terms
            })
        },
    },
    Mutant {
        id: "slots-swapped",
        what: "covariance sums (weighted C/n) and source sums (weighted 1) exchanged",
        predict: |case| {
            by_rule(case, |monomial, n| {
                let mut terms = integration_rule(monomial, n);
                for slot in terms.iter_mut().flat_map(|term| &mut term.factors).flat_map(|factor| &mut factor.1) {
                    *slot = match *slot {
                        Slot::Covariance => Slot::Source,
                        Slot::Source => Slot::Covariance,
                        kept => kept,
                    };
                }
                terms
            })
        },
    },
    Mutant {
        id: "diagonal-kernel",
        what: "the off-diagonal entries of the tangent kernel left out: no tr(M M) is passed on",
        predict: |case| {
            by_rule(case, |monomial, n| {
                keep(monomial, n, |factors| !factors.contains(&(true, vec![Slot::Covariance, Slot::Covariance])))
            })
        },
    },
    Mutant {
        id: "kernel-apart-from-activations",
        what: "the tangent kernel independent of the activations: no hᵀ M h is passed on",
        predict: |case| {
            by_rule(case, |monomial, n| {
                keep(monomial, n, |factors| !factors.contains(&(false, vec![Slot::Covariance, Slot::Covariance])))
            })
        },
    },
    Mutant {
        id: "output-apart-from-gradient",
        what: "A without 2r: the output independent of its own gradient, given the hidden weights",
        predict: |case| by_moments(case, false, 0),
    },
    Mutant { id: "cross-once", what: "A with r for 2r", predict: |case| by_moments(case, false, 1) },
    Mutant {
        id: "gated-end",
        what: "the change of the activation in place of the pre-activation's: the end of the kernel gated too",
        predict: |case| by_moments(case, true, 2),
    },
];

fn whole(value: u64) -> BigRational {
    BigRational::from_integer(value.into())
}

fn is_source(slot: &Slot) -> bool {
    *slot == Slot::Source
}

/// n(n−1)…(n−β+1).
fn falling(n: u64, count: usize) -> BigRational {
    (0..count as u64).map(|k| whole(n) - whole(k)).product()
}

/// Sites of a monomial at its largest label.
struct Top {
    sites: usize,
    ungated: usize,
}

/// 2^(blocks − sites): turns one coin a block into one coin a site. Left alone beside an ungated site.
fn coins(blocks: usize, top: &Top) -> BigRational {
    if top.ungated > 0 { BigRational::one() } else { pow(whole(2), top.sites - blocks).recip() }
}

/// The law with an altered rule for averaging over a vertex.
fn by_rule(case: &Case, rule: fn(&Monomial, u64) -> Vec<RuleTerm>) -> Predictions {
    let dag = ReluDag::new(&case.program()?, LAW)?;
    let mut engine = SiteEngine::<f64>::with_rule(&dag, case.width, rule)?;
    let (output_parts, label_parts) = (engine.output_parts()?, engine.label_parts()?);
    let parts = second_moments(&dag).into_iter().zip(output_parts).zip(label_parts);
    Ok(parts
        .map(|((second_moment, output_part), label_part)| FiniteMoments { second_moment, output_part, label_part })
        .collect())
}

/// The right rule, without the terms that `wanted` refuses.
fn keep(monomial: &Monomial, n: u64, wanted: impl Fn(&[(bool, Vec<Slot>)]) -> bool) -> Vec<RuleTerm> {
    integration_rule(monomial, n).into_iter().filter(|term| wanted(&term.factors)).collect()
}

/// The right rule with the weight of β different neurons, n(n−1)…(n−β+1), replaced.
///
/// The rule is c₁ n + c₂ n(n−1) + c₃ n(n−1)(n−2), so its values at n = 1, 2, 3 give c₁, c₂, c₃.
fn by_blocks(monomial: &Monomial, weight: impl Fn(usize, &Top) -> BigRational) -> Vec<RuleTerm> {
    let at_top: Vec<Site> =
        (0..monomial.degree()).map(|at| monomial.site(at)).filter(|site| site.label == monomial.top()).collect();
    let top = Top { sites: at_top.len(), ungated: at_top.iter().filter(|site| !site.gated).count() };
    let mut values: BTreeMap<Vec<(bool, Vec<Slot>)>, [BigRational; 3]> = BTreeMap::new();
    for n in 1..=3 {
        for term in integration_rule(monomial, n) {
            values.entry(term.factors).or_insert_with(|| std::array::from_fn(|_| whole(0)))[n as usize - 1] =
                term.coefficient;
        }
    }
    let terms = values.into_iter().map(|(factors, [at1, at2, at3])| {
        let first = at1;
        let second = at2 / whole(2) - &first;
        let third = at3 / whole(6) - &first / whole(2) - &second;
        // No more blocks than sites.
        let blocks = [first, second, third].into_iter().zip(1..).take(top.sites);
        RuleTerm { coefficient: blocks.map(|(c, count)| c * weight(count, &top)).sum(), factors }
    });
    terms.collect()
}

/// The law from its moments, A = Σ E[S_b m(a~, d) + k r(b; a~; d)], with the kernel's end a~ gated or not and k as given.
fn by_moments(case: &Case, gated: bool, cross: u32) -> Predictions {
    let dag = ReluDag::new(&case.program()?, LAW)?;
    let mut engine = SiteEngine::<f64>::new(&dag, case.width)?;
    // The output is one more vertex; three labels a vertex, the weighted sum over its parents two below its own.
    let output = Site { label: 3 * dag.vertices().len() as u32 - 2, gated: true };
    let n = case.width as f64;
    let mut laws = Vec::new();
    for (&v, second_moment) in dag.nodes().iter().zip(second_moments(&dag)) {
        let own = Site { label: 3 * v as u32, gated };
        let kernel = Factor::Cycle(vec![own, output]);
        let together = engine.moment(Monomial::new(vec![Factor::Path(vec![output]), kernel.clone()]))?;
        let crossed = engine.moment(Monomial::new(vec![Factor::Path(vec![output, own, output])]))?;
        let label_part = engine.moment(Monomial::new(vec![kernel]))? / n;
        laws.push(FiniteMoments { second_moment, output_part: (together + f64::from(cross) * crossed) / n, label_part });
    }
    Ok(laws)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::cases;

    /// The machinery of the mutants, without an alteration, is the right law: so it is the alteration that is wrong.
    #[test]
    fn unaltered_rules_are_the_law() {
        let close = |found: Vec<FiniteMoments<f64>>, right: &[FiniteMoments<f64>]| {
            for (found, right) in found.iter().zip(right) {
                assert!((found.output_part / right.output_part - 1.0).abs() < 1e-12);
                assert!((found.label_part / right.label_part - 1.0).abs() < 1e-12);
            }
        };
        for case in cases(&[1, 2, 5], &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap() {
            let right = case.law().unwrap();
            close(by_rule(&case, integration_rule).unwrap(), &right);
            close(by_rule(&case, |monomial, n| by_blocks(monomial, |count, _| falling(n, count))).unwrap(), &right);
            close(by_rule(&case, |monomial, n| keep(monomial, n, |_| true)).unwrap(), &right);
            close(by_moments(&case, false, 2).unwrap(), &right);
        }
    }
}
