//! Gains that keep E|x|²/n at 1: random graphs, every convention and activation, images.

use archscale_model::{Activation, ConvNetwork, Convention, InitRule, Network, PathSums};
use archscale_theory::{Evaluation, ReluDag, forward_moments, keep, second_moments, spatial_moments, wide_moments};

/// Numbers in 0..bound, the same in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A random edge list: every vertex has an edge from the one before it, and any pair of hidden vertices an edge of any kind.
fn random_network(hidden: u64, draws: &mut Draws) -> Network {
    let mut edges = Vec::new();
    for to in 1..=hidden + 1 {
        let ends = to == 1 || to == hidden + 1;
        edges.push(format!("{}-{to}{}", to - 1, if ends { "" } else { ["", "", "s", "p"][draws.below(4) as usize] }));
        for from in 0..to - 1 {
            let ends = from == 0 || to == hidden + 1;
            let mark = [None, None, Some(""), Some("s"), Some("s"), Some("p")][draws.below(6) as usize];
            edges.extend(mark.map(|mark| format!("{from}-{to}{}", if ends { "" } else { mark })));
        }
    }
    Network::parse(&format!("edges:{}", edges.join(","))).unwrap()
}

fn activations() -> Vec<Activation> {
    ["relu", "gelu", "tanh", "silu", "leaky:0.2", "erf", "linear"].map(|text| Activation::parse(text).unwrap()).to_vec()
}

#[test]
fn the_law_of_random_graphs_has_second_moment_one_everywhere() {
    let mut draws = Draws(7);
    let (mut exact, mut sampled, mut refused) = (0, 0, 0);
    for hidden in [2, 3, 4, 5, 6, 7] {
        for _ in 0..2 {
            let network = random_network(hidden, &mut draws);
            for convention in Convention::ALL {
                // Sums of activations of sums are sampled: few of them are enough.
                if convention == Convention::Preact && hidden > 4 {
                    continue;
                }
                for activation in activations() {
                    let case = format!("{network} {convention} {activation}");
                    let kept = match keep(&network, convention, activation) {
                        Ok(kept) => kept,
                        Err(error) => {
                            // |tanh| < 1: one edge alone cannot bring a second moment of 1.
                            let bounded = ["tanh", "erf"].contains(&activation.keyword());
                            assert!(bounded && convention == Convention::Post, "{case}: {error}");
                            assert!(error.to_string().contains("before vertex 1 in the convention post"), "{error}");
                            refused += 1;
                            continue;
                        }
                    };
                    let how = kept.lowering(InitRule::Keep).with_convention(convention).with_activation(activation);
                    let law = wide_moments(&kept.lower(&how).unwrap()).unwrap();
                    let is_sampled = matches!(law.evaluation, Evaluation::QuasiMonteCarlo { .. });
                    for at in &law.nodes {
                        let allowed = if is_sampled { 8.0 * at.second_moment_error + 1e-9 } else { 1e-9 };
                        let off = (at.second_moment - 1.0).abs();
                        assert!(off <= allowed && off < 2e-3, "{case} vertex {}: {}", at.id, at.second_moment);
                    }
                    if is_sampled { sampled += 1 } else { exact += 1 }
                }
            }
        }
    }
    assert_eq!((exact, sampled, refused), (168, 18, 24));
}

#[test]
fn on_linear_relu_dags_it_is_the_target_rule() {
    for text in ["chain:5", "complete:6", "cell:2_22_202", "stem:complete:3"] {
        let network = Network::parse(text).unwrap();
        let kept = keep(&network, Convention::Pre, Activation::RELU).unwrap();
        let how = kept.lowering(InitRule::Keep);
        let (program, target) = (kept.lower(&how).unwrap(), network.lower(&network.lowering(InitRule::Target)).unwrap());
        let dag = ReluDag::new(&program, "the test").unwrap();
        assert!(second_moments::<f64>(&dag).iter().all(|moment| (moment - 1.0).abs() < 1e-14), "{text}");
        for (ours, theirs) in program.readout().iter().zip(target.readout()) {
            let of = |gain| num_traits::ToPrimitive::to_f64(gain).unwrap();
            assert!((of(&ours.gain) / of(&theirs.gain) - 1.0_f64).abs() < 1e-14, "{text}");
        }
        let weight = |network: &Network, init| PathSums::new(network.graph(), init).weighted_sum_cubed();
        let ratio = (weight(&kept, InitRule::Keep) / weight(&network, InitRule::Target)).to_f64();
        // The readout of a cell follows one vertex, whatever the rule says of it.
        assert!(text.starts_with("cell") || (ratio - 1.0).abs() < 1e-14, "{text}: {ratio}");
    }
}

#[test]
fn gains_by_hand() {
    // One residual block: half of the second moment each, so C·½ = ½ and m² = ½.
    let block = keep(&Network::parse("edges:0-1,1-2,2-3,1-3s,3-4").unwrap(), Convention::Pre, Activation::RELU).unwrap();
    let graph = block.graph();
    let own = |v: usize, at: usize| num_traits::ToPrimitive::to_f64(graph.own_gain(graph.parents(v)[at]).unwrap()).unwrap();
    for (gain, expected) in [(own(1, 0), 2.0), (own(2, 0), 2.0), (own(3, 1), 1.0), (own(4, 0), 2.0)] {
        assert!((gain / expected - 1.0_f64).abs() < 1e-15, "{gain}");
    }
    // Sources ascend: the skip from 1 comes first.
    assert!((own(3, 0) - 0.5_f64.sqrt()).abs() < 1e-15);
    assert_eq!(block.warnings(), ["every skip is multiplied by 0.707107"]);
    // After the activation: h₁ = √2 relu(g) has mean 1/√π and the trained part relu(g) mean 1/√(2π), hence a cross term 2m·√½/π.
    let post = keep(&Network::parse("edges:0-1,1-2,1-3s,2-3,3-4").unwrap(), Convention::Post, Activation::RELU).unwrap();
    let graph = post.graph();
    let m: f64 = num_traits::ToPrimitive::to_f64(graph.own_gain(graph.parents(3)[0]).unwrap()).unwrap();
    let pi = std::f64::consts::PI;
    assert!((m * m + 2.0 * m * 0.5_f64.sqrt() / pi + 0.5 - 1.0).abs() < 1e-14, "{m}");
    // Linear: E σ(z)² = E z², so C = 1.
    let chain = keep(&Network::parse("chain:3").unwrap(), Convention::Pre, Activation::LINEAR).unwrap();
    let gains: Vec<String> = chain
        .graph()
        .edges()
        .map(|(_, v, _)| chain.graph().own_gain(chain.graph().parents(v)[0]).unwrap().to_string())
        .collect();
    assert_eq!(gains, ["2", "1", "1", "1"]);
}

#[test]
fn forward_moments_are_those_of_the_engines_under_every_rule() {
    let mut draws = Draws(11);
    let mut compared = 0;
    for hidden in [2, 4, 7] {
        let network = random_network(hidden, &mut draws);
        for convention in [Convention::Pre, Convention::Post] {
            for activation in activations() {
                for init in InitRule::BY_IN_DEGREE {
                    let how = network.lowering(init).with_convention(convention).with_activation(activation);
                    let law = wide_moments(&network.lower(&how).unwrap()).unwrap();
                    for (ours, at) in forward_moments(&network, &how).unwrap().iter().zip(&law.nodes) {
                        let ratio = ours.second_moment.fit().unwrap() / at.second_moment;
                        assert!(
                            ours.id == at.id && (ratio - 1.0).abs() < 1e-9,
                            "{network} {convention} {activation} {init}: {ratio}"
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 2 * 7 * 3 * (2 + 4 + 7));
    let images =
        Network::parse("conv:kernel=3,dims=2,size=4,padding=zero,net=edges:0-1,1-2,2-3,1-3s,3-4,1-4s,3-5s,4-5,5-6").unwrap();
    for init in InitRule::BY_IN_DEGREE {
        let how = images.lowering(init);
        let law = spatial_moments(&images.lower(&how).unwrap()).unwrap();
        for (ours, at) in forward_moments(&images, &how).unwrap().iter().zip(&law.nodes) {
            assert!((ours.second_moment.fit().unwrap() / at.second_moment - 1.0).abs() < 1e-12, "{init}: {at:?}");
        }
    }
}

#[test]
fn forward_moments_do_not_run_out_of_range() {
    let network = Network::parse("complete:1500").unwrap();
    let moments = forward_moments(&network, &network.lowering(InitRule::He)).unwrap();
    // z(v+1) reads what z(v) read and σ(z(v)) besides: E z² doubles at every vertex.
    let last = moments.last().unwrap().second_moment;
    assert!((last.log10() - 1499.0 * 2.0_f64.log10()).abs() < 1e-9 && last.fit().is_none(), "{last}");
    // GELU with C = 2 near zero: σ(z) = z/2, so E z² halves.
    let chain = Network::parse("chain:4000").unwrap();
    let moments = forward_moments(&chain, &chain.lowering(InitRule::He).with_activation(Activation::GELU)).unwrap();
    let [early, late] = [2000, 3999].map(|v| moments[v].second_moment.log10());
    assert!(((late - early) / 1999.0 + 2.0_f64.log10()).abs() < 1e-6, "{early} {late}");
}

#[test]
fn over_images_the_mean_over_positions_is_one() {
    for text in [
        "conv:depth=3,kernel=3,size=6",
        "conv:depth=3,kernel=5,size=6,padding=zero",
        "conv:kernel=3,dims=2,size=4,padding=zero,net=edges:0-1,1-2,2-3,1-3s,3-4,1-4s,3-5s,4-5,5-6",
        "conv:kernel=3,dims=2,size=4,padding=zero,channels=16,net=nas:1_10_102",
    ] {
        let network = Network::parse(text).unwrap();
        for activation in [Activation::RELU, Activation::LINEAR] {
            let kept = keep(&network, Convention::Pre, activation).unwrap();
            let program = kept.lower(&kept.lowering(InitRule::Keep).with_activation(activation)).unwrap();
            for at in spatial_moments(&program).unwrap().nodes {
                assert!(
                    (at.second_moment - 1.0).abs() < 1e-9,
                    "{text} {activation}, vertex {}: {}",
                    at.id,
                    at.second_moment
                );
            }
        }
    }
    // The convention post has no law over several edges into a vertex, but over one.
    let chain = Network::parse("conv:depth=3,kernel=3,size=5,padding=zero").unwrap();
    let kept = keep(&chain, Convention::Post, Activation::RELU).unwrap();
    let program = kept.lower(&kept.lowering(InitRule::Keep).with_convention(Convention::Post)).unwrap();
    assert!(spatial_moments(&program).unwrap().nodes.iter().all(|at| (at.second_moment - 1.0).abs() < 1e-9));
}

#[test]
fn a_thousand_residual_blocks_take_one_pass() {
    let blocks: Vec<String> =
        (0..1000).map(|k| 2 * k + 1).map(|v| format!("{v}-{},{}-{},{v}-{}s", v + 1, v + 1, v + 2, v + 2)).collect();
    let network = Network::parse(&format!("edges:0-1,{},2001-2002", blocks.join(","))).unwrap();
    for (convention, activation) in [(Convention::Pre, Activation::GELU), (Convention::Post, Activation::SILU)] {
        let kept = keep(&network, convention, activation).unwrap();
        assert!(kept.graph().edges().count() == 3002 && !kept.warnings().is_empty());
    }
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let refused = |text: &str, convention, activation| {
        keep(&Network::parse(text).unwrap(), convention, activation).unwrap_err().to_string()
    };
    let images = "conv:kernel=3,size=5,net=edges:0-1,1-2,1-3s,2-3,3-4";
    for (error, part) in [
        (refused("conv:depth=2", Convention::Pre, Activation::GELU), "gelu over images"),
        (refused(images, Convention::Preact, Activation::RELU), "pre or post"),
        (refused("conv:kernel=3,dims=2,size=4,net=nas:3_24_440", Convention::Pre, Activation::RELU), "pooling"),
        (refused("chain:2", Convention::Post, Activation::TANH), "bounded"),
        (refused("edges:0-1,0-2s,1-2,2-3", Convention::Pre, Activation::RELU), "edge 0-2"),
    ] {
        assert!(error.contains(part), "{error}");
    }
    // A graph without gains of its own has no program under the name.
    let plain = ConvNetwork::parse("conv:depth=2").unwrap();
    let how = plain.architecture().lowering(InitRule::Keep);
    assert!(plain.lower(&how).unwrap_err().to_string().contains("keep"));
}
