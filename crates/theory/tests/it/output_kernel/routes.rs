//! The cheap routes against the engine of the whole infinite-width law.
//!
//! False alarm of this file: at most 0 (its assertions are identities).

use archscale_model::{Activation, Convention, Graph, InitRule, Lowering, OpId, Program, random_graph};
use archscale_theory::{ReluDag, output_kernel, wide_moments_at};
use proptest::prelude::*;

use super::{assert_close, lowered};

/// R and N from the engine's second moments and kernels of what the output reads.
fn by_engine(program: &Program) -> (f64, f64) {
    let sources: Vec<OpId> = program.readout().iter().map(|term| term.source).collect();
    let law = wide_moments_at(program, &sources).unwrap();
    let readout: f64 = law.nodes.iter().map(|at| at.second_moment).sum();
    let hidden: f64 = law.nodes.iter().map(|at| at.second_moment * at.kernel).sum();
    (readout, hidden / (readout * readout))
}

/// The DAG that a seed draws.
fn graph(hidden: usize, edges: usize, seed: u64) -> Graph {
    // splitmix64
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    random_graph(hidden, edges, |bound| (next() % bound as u64) as usize).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_dags(
        (hidden, edges) in (1_usize..9).prop_flat_map(|hidden| (Just(hidden), 0..(hidden + 1) * (hidden + 2) / 2)),
        seed in any::<u64>(),
        init in proptest::sample::select(InitRule::BY_IN_DEGREE.to_vec()),
    ) {
        let graph = graph(hidden, edges, seed);
        let program = graph.lower(init).unwrap();
        prop_assert!(ReluDag::new(&program, "the output's tangent kernel").is_ok());
        let (readout, hidden) = by_engine(&program);
        assert_close(output_kernel(&program).unwrap(), readout, hidden, 1e-12, &graph.edge_text());
    }
}

#[test]
fn conventions_activations_and_skips() {
    let mut count = 0;
    for convention in Convention::ALL {
        for activation in [Activation::RELU, Activation::GELU, Activation::leaky(0.2).unwrap()] {
            for init in [InitRule::Target, InitRule::Source] {
                // Activations of sums of activations are sampled: one small cell of them will do.
                let texts: &[&str] = if convention == Convention::Preact {
                    &["cell:2_12"]
                } else {
                    &["cell:2_12_112", "cell:2_02_121_2112", "edges:0-1,1-2,1-3s,2-3,3-4,0-4", "complete:3"]
                };
                for text in texts {
                    let how = Lowering::new(init).with_convention(convention).with_activation(activation);
                    let program = lowered(text, &how);
                    let (readout, hidden) = by_engine(&program);
                    let place = format!("{text} {convention} {activation} {init}");
                    assert_close(output_kernel(&program).unwrap(), readout, hidden, 1e-12, &place);
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 2 * 3 * 2 * 4 + 3 * 2);
}
