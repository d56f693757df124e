//! Alterations of the result: factors, exponents, limits in place of exact values, and the formulas that the papers print.

use archscale_model::{Graph, PathSums};
use archscale_theory::{FiniteMoments, KernelSums, RecursionForm, ReluDag, limit_moments, second_moments};
use num_traits::ToPrimitive;

use super::{Mutant, Predictions};
use crate::TestkitError;
use crate::suite::{Case, LAW};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant { id: "moment-2-percent-high", what: "second moment × 1.02", predict: |case| scaled(case, [1.02, 1.0, 1.0]) },
    Mutant { id: "moment-2-percent-low", what: "second moment × 0.98", predict: |case| scaled(case, [0.98, 1.0, 1.0]) },
    Mutant { id: "a-2-percent-high", what: "A × 1.02", predict: |case| scaled(case, [1.0, 1.02, 1.0]) },
    Mutant { id: "a-2-percent-low", what: "A × 0.98", predict: |case| scaled(case, [1.0, 0.98, 1.0]) },
    Mutant { id: "b-2-percent-high", what: "B × 1.02", predict: |case| scaled(case, [1.0, 1.0, 1.02]) },
    Mutant { id: "b-2-percent-low", what: "B × 0.98", predict: |case| scaled(case, [1.0, 1.0, 0.98]) },
    Mutant {
        id: "a-over-n",
        what: "A of order n⁻² for n⁻¹",
        predict: |case| scaled(case, [1.0, 1.0 / case.width as f64, 1.0]),
    },
    Mutant { id: "a-times-n", what: "A of order 1 for n⁻¹", predict: |case| scaled(case, [1.0, case.width as f64, 1.0]) },
    Mutant {
        id: "b-over-n",
        what: "B of order n⁻¹ for 1",
        predict: |case| scaled(case, [1.0, 1.0, 1.0 / case.width as f64]),
    },
    Mutant {
        id: "a-product",
        what: "A = E[f²] B: output and gradient independent",
        predict: |case| {
            let dag = ReluDag::new(&case.program()?, LAW)?;
            let moments = second_moments::<f64>(&dag);
            // Of a hidden vertex E[S]/n = v/2; the readout's variance is C/n².
            let square: f64 = case
                .graph
                .parents(case.graph.output())
                .iter()
                .map(|edge| half_gain(case, edge.source(), case.graph.output()) * moment_of(&moments, edge.source()))
                .sum::<f64>()
                / case.width as f64;
            mapped(case, |law| law.output_part = square * law.label_part)
        },
    },
    Mutant {
        id: "a-leading-order",
        what: "A = B/n, its leading order in 1/n",
        predict: |case| mapped(case, |law| law.output_part = law.label_part / case.width as f64),
    },
    Mutant {
        id: "a-without-depth",
        what: "on chains, A(ℓ) as if ℓ were the last layer: without (1 + 5/n)^(L − ℓ)",
        predict: |case| by_growth(case, |law, growth| law.output_part /= growth),
    },
    Mutant {
        id: "b-with-depth",
        what: "on chains, B(ℓ) dependent on the total depth, as A is: times (1 + 5/n)^(L − ℓ)",
        predict: |case| by_growth(case, |law, growth| law.label_part *= growth),
    },
    Mutant {
        id: "source-preserves",
        what: "second moment 1 at every vertex, as claimed of C = 2 / d_in of the source",
        predict: |case| mapped(case, |law| law.second_moment = 1.0),
    },
    Mutant {
        id: "b-limit",
        what: "the infinite-width B at finite width",
        predict: |case| with_label_parts(case, &limits(case)?),
    },
    Mutant {
        id: "b-kernel-only",
        what: "B = κ² times the readout's weight: the change that leaks from other neurons left out",
        predict: |case| {
            let law = limit_moments::<f64>(&ReluDag::new(&case.program()?, LAW)?)?;
            let parts: Vec<f64> = law.iter().map(|at| at.kernel * at.kernel).collect();
            with_label_parts(case, &parts)
        },
    },
    Mutant {
        id: "b-naive-limit",
        what: "the infinite-width B with a gate that two vertices share taken as two (the trap of reused vertices)",
        predict: |case| with_label_parts(case, &naive_limit(case)?),
    },
    Mutant {
        id: "b-path-cubes",
        what: "B = Σ_p L_p³/6 over the input–output paths",
        predict: |case| {
            let cubes = PathSums::new(&case.graph, case.init).power_sum(3).to_f64().unwrap_or(f64::INFINITY);
            with_label_parts(case, &vec![cubes / 6.0; case.graph.hidden_count()])
        },
    },
    Mutant {
        id: "recursion-printed",
        what: "on chains, B by the recursion as printed in appendix C",
        predict: |case| by_recursion(case, RecursionForm::Printed),
    },
    Mutant {
        id: "recursion-printed-kernel",
        what: "on chains, B by the printed recursion with its source terms repaired",
        predict: |case| by_recursion(case, RecursionForm::PrintedKernel),
    },
    Mutant {
        id: "recursion-without-diagonal",
        what: "on chains, B by the recursion without its diagonal term D",
        predict: |case| by_recursion(case, RecursionForm::WithoutDiagonal),
    },
];

/// The right law with second moment, A and B multiplied.
fn scaled(case: &Case, [moment, a, b]: [f64; 3]) -> Predictions {
    mapped(case, |law| {
        law.second_moment *= moment;
        law.output_part *= a;
        law.label_part *= b;
    })
}

/// The right law, altered vertex by vertex.
fn mapped(case: &Case, alter: impl Fn(&mut FiniteMoments<f64>)) -> Predictions {
    let mut law = case.law()?;
    law.iter_mut().for_each(alter);
    Ok(law)
}

/// The right law of a chain, altered layer by layer by (1 + 5/n)^(L − ℓ), the growth of E S² from layer ℓ to the last; the
/// right law on other graphs.
fn by_growth(case: &Case, alter: impl Fn(&mut FiniteMoments<f64>, f64)) -> Predictions {
    let mut law = case.law()?;
    if is_chain(&case.graph) {
        let growth = 1.0 + 5.0 / case.width as f64;
        for (above, law) in (0..).zip(law.iter_mut().rev()) {
            alter(law, growth.powi(above));
        }
    }
    Ok(law)
}

fn with_label_parts(case: &Case, parts: &[f64]) -> Predictions {
    let mut law = case.law()?;
    for (law, &part) in law.iter_mut().zip(parts) {
        law.label_part = part;
    }
    Ok(law)
}

fn half_gain(case: &Case, from: usize, to: usize) -> f64 {
    case.init.half_gain(case.graph.in_degree(from), case.graph.in_degree(to))
}

/// E|z|²/n by position in the graph; the input counts as 1.
fn moment_of(hidden: &[f64], v: usize) -> f64 {
    if v == 0 { 1.0 } else { hidden[v - 1] }
}

fn is_chain(graph: &Graph) -> bool {
    graph.edge_count() == graph.hidden_count() + 1
}

fn limits(case: &Case) -> Result<Vec<f64>, TestkitError> {
    Ok(limit_moments::<f64>(&ReluDag::new(&case.program()?, LAW)?)?.iter().map(|at| at.change).collect())
}

/// The infinite-width B of every hidden vertex with K_ij(a, b), b before a, taken as independent of the gate of neuron j at
/// b.
///
/// That kernel entry holds the term W_ij g_j n κ_b, so the same gate multiplies it twice and E g⁴ = ½ applies, where
/// independence gives ¼: κ² + T for 2κ² + T wherever vertex b is used again. Right on chains, where none is.
///
/// # Errors
/// Graphs with skip edges.
pub fn naive_limit(case: &Case) -> Result<Vec<f64>, TestkitError> {
    let graph = &case.graph;
    let law = limit_moments::<f64>(&ReluDag::new(&case.program()?, LAW)?)?;
    let parents = |a: usize| graph.parents(a).iter().map(move |edge| (edge.source(), half_gain(case, edge.source(), a)));
    let size = graph.output();
    // Entry [a][b] is lim E[g_j(b) K_ij(a, b)²] · 2/n under the wrong independence; `own` what the kernel of a itself passes
    // on.
    let mut change = vec![vec![0.0; size]; size];
    let mut own = vec![0.0; size];
    for a in graph.hidden() {
        let row: Vec<f64> = (0..a).map(|b| parents(a).map(|(u, c)| c * change[u][b]).sum()).collect();
        for (b, value) in row.into_iter().enumerate() {
            (change[a][b], change[b][a]) = (value, value);
        }
        let passed = |u: usize, w: usize| if u == w { own[u] } else { change[u][w] };
        let cross: f64 = parents(a).map(|(u, c)| parents(a).map(|(w, d)| c * d * passed(u, w)).sum::<f64>()).sum();
        let square = law[a - 1].kernel * law[a - 1].kernel;
        own[a] = 2.0 * square + cross;
        change[a][a] = square + cross;
    }
    Ok(graph.hidden().map(|a| parents(graph.output()).map(|(b, c)| c * change[a][b]).sum()).collect())
}

/// B from a form of the chain's recursion, ½ E‖K‖²/n³ times the readout's gain 2; the right law on other graphs.
fn by_recursion(case: &Case, form: RecursionForm) -> Predictions {
    if !is_chain(&case.graph) {
        return case.law();
    }
    let layers = KernelSums::<f64>::iterate(form, case.width, case.graph.hidden_count())?;
    let parts: Vec<f64> = layers.iter().map(|layer| layer.b).collect();
    with_label_parts(case, &parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use archscale_model::{Architecture, InitRule};

    fn case(name: &str, init: InitRule, width: u64) -> Case {
        Case { name: name.into(), graph: Architecture::parse(name).unwrap().graph().clone(), init, width }
    }

    #[test]
    fn the_naive_limit_is_the_trap() {
        let last = |init| *naive_limit(&case("complete:4", init, 1)).unwrap().last().unwrap();
        assert!((last(InitRule::Target) - 2.3542).abs() < 5e-5);
        assert!((last(InitRule::He) - 183.5).abs() < 5e-2);
        let chain = case("chain:4", InitRule::He, 1);
        assert_eq!(naive_limit(&chain).unwrap(), limits(&chain).unwrap());
    }

    #[test]
    fn the_corrected_recursion_is_the_law_on_chains() {
        let case = case("chain:4", InitRule::He, 5);
        for (found, right) in by_recursion(&case, RecursionForm::Corrected).unwrap().iter().zip(case.law().unwrap()) {
            assert!((found.label_part / right.label_part - 1.0).abs() < 1e-12);
        }
    }
}
