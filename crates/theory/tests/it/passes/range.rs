//! Numbers of any size: multiplying gains by powers of two multiplies the law by the exact power, bit for bit.

use archscale_model::{Activation, Architecture, Convention, Gain, InitRule, Lowering, Network, Program, Scaled};
use archscale_theory::{
    LAWS, LawGap, LawInput, ReluDag, TheoryError, finite_label_parts, finite_moments, finite_output_parts, leaks,
    limit_moments, output_kernel_scaled, spatial_moments_scaled, wide_moments, wide_moments_scaled,
};
use num_bigint::BigInt;

use super::{Place, numbers, with_gains};

/// Powers of two from 10^-2000 to 10^2000: small ones, those at which single matrices still fit a double and products do not, and large ones.
const POWERS: [i32; 9] = [-6_644, -1_100, -200, -3, 1, 40, 200, 1_100, 6_644];

fn power(exponent: i32) -> Gain {
    let size = Gain::from_integer(BigInt::from(1) << exponent.unsigned_abs());
    if exponent < 0 { size.recip() } else { size }
}

/// All hidden gains times 2^`hidden`, the readout's times 2^`readout`.
fn scaled(program: &Program, hidden: i32, readout: i32) -> Program {
    let (hidden, readout) = (power(hidden), power(readout));
    with_gains(program, |place, gain| gain * if place == Place::Hidden { &hidden } else { &readout })
}

/// A network in which every path to a vertex has one length, with its depth at every vertex: layers of one to three vertices.
fn layered(seed: u64) -> (String, Vec<i32>) {
    let mut below = numbers(seed);
    let layers = 2 + below(5);
    let (mut edges, mut depths, mut before, mut next) = (Vec::new(), Vec::new(), vec![0], 1);
    for layer in 1..=layers {
        let here: Vec<usize> = (next..next + 1 + below(3)).collect();
        next += here.len();
        for &vertex in &here {
            depths.push(layer as i32);
            edges.push(format!("{}-{vertex}", before[below(before.len())]));
        }
        // Every vertex of the layer before feeds one more.
        for &source in &before {
            let edge = format!("{source}-{}", here[below(here.len())]);
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        before = here;
    }
    edges.extend(before.iter().map(|vertex| format!("{vertex}-{next}")));
    (format!("edges:{}", edges.join(",")), depths)
}

/// Holds every value of the second list to 2^power times that of the first, bit for bit.
fn exactly(plain: &[Scaled], far: &[Scaled], powers: impl Fn(usize) -> i32, place: &str) {
    assert_eq!(plain.len(), far.len());
    for (index, (plain, far)) in plain.iter().zip(far).enumerate() {
        assert!(*plain > Scaled::from(0.0), "{place}: vertex {index} does not move");
        assert_eq!(*far, *plain * Scaled::power_of_two(powers(index)), "{place} at vertex {index}");
    }
}

/// E(Δz)² of every vertex as n → ∞, by whichever engine covers the program.
fn changes(program: &Program) -> Vec<Scaled> {
    if program.readout_grid().is_some() {
        return spatial_moments_scaled(program).unwrap().nodes.iter().map(|at| at.mean_squared_change).collect();
    }
    wide_moments_scaled(program).unwrap().nodes.iter().map(|at| at.mean_squared_change).collect()
}

#[test]
fn gains_of_layered_networks_scale_b_by_the_exact_power() {
    let mut cases = 0;
    for seed in 0..12 {
        let (text, depths) = layered(seed);
        let longest = depths.iter().copied().max().unwrap();
        let program = Architecture::parse(&text).unwrap().graph().lower(InitRule::Source).unwrap();
        let dag = |program: &Program| ReluDag::new(program, "the exact law").unwrap();
        let limit = |program: &Program| -> Vec<Scaled> {
            limit_moments(&dag(program)).unwrap().into_iter().map(|at| at.change).collect()
        };
        let finite = |program: &Program| finite_label_parts::<Scaled>(&dag(program), 3).unwrap();
        let (wide, at_limit, at_three) = (changes(&program), limit(&program), finite(&program));
        for k in POWERS {
            let far = scaled(&program, k, k);
            // κ grows as the matrices before, squared; the signal as the matrices after and the readout.
            let powers = |index: usize| k * (depths[index] - 1 + longest);
            exactly(&wide, &changes(&far), powers, &format!("{text}, wide, 2^{k}"));
            exactly(&at_limit, &limit(&far), powers, &format!("{text}, limit, 2^{k}"));
            exactly(&at_three, &finite(&far), powers, &format!("{text}, width 3, 2^{k}"));
            cases += 1;
        }
    }
    assert_eq!(cases, 12 * POWERS.len());
}

#[test]
fn a_and_t_scale_by_the_exact_power() {
    for (text, depth) in [("chain:3", 3), ("edges:0-1,0-2,1-3,1-4,2-4,3-5,4-5", 2)] {
        let program = Architecture::parse(text).unwrap().graph().lower(InitRule::Source).unwrap();
        let dag = |program: &Program| ReluDag::new(program, "the exact law").unwrap();
        let parts = |program: &Program| finite_output_parts::<Scaled>(&dag(program), 4).unwrap();
        for k in POWERS {
            let far = scaled(&program, k, k);
            let depths: Vec<i32> = if text == "chain:3" { vec![1, 2, 3] } else { vec![1, 1, 2, 2] };
            // As B, times f², which all matrices of a path make.
            let powers = |index: usize| k * (depths[index] - 1 + depth + depth + 1);
            exactly(&parts(&program), &parts(&far), powers, &format!("A of {text}, 2^{k}"));
            let leaked = |program: &Program| leaks::<Scaled>(&dag(program)).unwrap();
            let moved = |list: Vec<Scaled>| list.into_iter().filter(|t| *t > Scaled::from(0.0)).collect::<Vec<_>>();
            let (plain, other) = (moved(leaked(&program)), moved(leaked(&far)));
            let later: Vec<i32> = depths.iter().copied().filter(|depth| *depth > 1).collect();
            exactly(&plain, &other, |index| 2 * k * (later[index] - 1), &format!("T of {text}, 2^{k}"));
        }
    }
}

#[test]
fn readouts_of_any_network_scale_b_by_their_power() {
    let how = |convention| Lowering::new(InitRule::Target).with_convention(convention);
    let mut cases = 0;
    for text in ["cell:2_12_112", "edges:0-1,1-2,1-3s,2-3,3-4", "nas:3_24_440,pool=skip", "conv:size=4,net=cell:2_12"] {
        let network = Network::parse(text).unwrap();
        let conventions: &[Convention] =
            if text.starts_with("conv") { &[Convention::Pre] } else { &[Convention::Pre, Convention::Post] };
        for &convention in conventions {
            for activation in [Activation::RELU, Activation::leaky(0.3).unwrap(), Activation::GELU] {
                if text.starts_with("conv") && activation != Activation::RELU {
                    continue;
                }
                let program = network.lower(&how(convention).with_activation(activation)).unwrap();
                let plain = changes(&program);
                for k in POWERS {
                    let place = format!("{text} {convention} {activation}, 2^{k}");
                    exactly(&plain, &changes(&scaled(&program, 0, k)), |_| k, &place);
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 100, "{cases}");
}

#[test]
fn images_scale_by_the_exact_power_on_every_route() {
    for text in [
        "conv:depth=3,size=4",
        "conv:depth=3,size=8,padding=circular,input=iid",
        "conv:depth=2,dims=2,size=3,readout=flatten",
    ] {
        let program = Network::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap();
        let plain = changes(&program);
        let kernel = output_kernel_scaled(&program).unwrap();
        let depth = plain.len() as i32;
        for k in POWERS {
            let far = scaled(&program, k, k);
            exactly(&plain, &changes(&far), |index| k * (index as i32 + depth), &format!("{text}, 2^{k}"));
            let there = output_kernel_scaled(&far).unwrap();
            exactly(&[kernel.readout], &[there.readout], |_| k * depth, &format!("R of {text}, 2^{k}"));
        }
    }
    // Pooling: the table over pairs of positions.
    let program = Network::parse("conv:size=3,net=nas:2_14_423").unwrap().lower(&Lowering::new(InitRule::Target)).unwrap();
    let plain = changes(&program);
    for k in [-1_100, 40, 6_644] {
        exactly(&plain, &changes(&scaled(&program, 0, k)), |_| k, &format!("pooling, 2^{k}"));
    }
}

#[test]
fn deep_and_dense_networks_have_every_rate() {
    for (text, init) in [
        ("complete:600", InitRule::He),
        ("complete:600", InitRule::Source),
        ("chain:3000", InitRule::He),
        ("chain:100000", InitRule::Target),
    ] {
        let network = Network::parse(text).unwrap();
        let input = LawInput::of(&network, &network.lowering(init), None).unwrap();
        for law in LAWS {
            match (law.rate)(&input) {
                Ok(rate) => assert!(rate > Scaled::from(0.0) && rate.ln().is_finite(), "{text} {init} {}: {rate}", law.id),
                // A path without a hidden vertex sets no bound; T of so many vertices is refused.
                Err(LawGap::Unbounded(_)) => {
                    assert!(law.id == "shortest-path" && text == "complete:600", "{text} {}", law.id);
                }
                Err(gap) => assert!(law.id == "exact-T" && text == "chain:100000", "{text} {init} {}: {gap}", law.id),
            }
        }
    }
    // The growth of 300 to 500 vertices, two hundred at a time, carried on by half as much.
    let ln_rate = |size: usize| {
        let network = Network::parse(&format!("complete:{size}")).unwrap();
        let input = LawInput::of(&network, &network.lowering(InitRule::He), None).unwrap();
        let law = LAWS.iter().find(|law| law.id == "exact-B").unwrap();
        (law.rate)(&input).unwrap().ln()
    };
    let (near, far) = (ln_rate(300), ln_rate(500));
    let expected = far + 0.5 * (far - near);
    assert!((ln_rate(600) - expected).abs() < 0.01 * expected.abs(), "{} for {expected}", ln_rate(600));
    assert!(ln_rate(600) / std::f64::consts::LN_10 < -93.0);
}

#[test]
fn a_thousand_residual_blocks_grow_as_the_power_of_three_halves() {
    let blocks = 1_000;
    let mut edges = vec!["0-1".to_string()];
    for block in 0..blocks {
        let v = 1 + 2 * block;
        edges.push(format!("{v}-{},{}-{},{v}-{}s", v + 1, v + 1, v + 2, v + 2));
    }
    let last = 1 + 2 * blocks;
    edges.push(format!("{last}-{}", last + 1));
    let program =
        Architecture::parse(&format!("edges:{}", edges.join(","))).unwrap().graph().lower(InitRule::Target).unwrap();
    let law = wide_moments_scaled(&program).unwrap();
    let moment = law.nodes.last().unwrap().second_moment;
    let expected = f64::from(blocks) * 1.5_f64.log10();
    assert!((moment.log10() - expected).abs() < 1e-9, "{moment}, 10^{expected}");
    assert!(law.nodes.iter().all(|node| node.mean_squared_change > Scaled::from(0.0)));
    // In doubles the same law is refused where one is none, and the vertex is named.
    let far = scaled(&Architecture::parse("chain:500").unwrap().graph().lower(InitRule::He).unwrap(), 3, 3);
    let error = wide_moments(&far).unwrap_err();
    assert!(matches!(&error, TheoryError::OutOfRange(refusal) if refusal.place.contains(" at vertex")), "{error}");
}

#[test]
fn doubles_are_refused_where_the_law_has_none() {
    let program = Architecture::parse("chain:2").unwrap().graph().lower(InitRule::He).unwrap();
    let far = scaled(&program, 600, 600);
    let dag = ReluDag::new(&far, "the exact law").unwrap();
    assert!(matches!(limit_moments::<f64>(&dag), Err(TheoryError::OutOfRange { .. })));
    assert!(matches!(finite_moments::<f64>(&dag, 8), Err(TheoryError::OutOfRange { .. })));
    assert!(finite_moments::<Scaled>(&dag, 8).is_ok());
    assert!(limit_moments::<f64>(&ReluDag::new(&program, "the exact law").unwrap()).is_ok());
}

#[test]
fn activations_without_homogeneity_are_refused_beyond_what_can_be_integrated() {
    let how = Lowering::new(InitRule::He).with_activation(Activation::GELU);
    let program = Network::parse("edges:0-1,1-2,2-3,1-3s,3-4").unwrap().lower(&how).unwrap();
    assert!(wide_moments(&program).is_ok());
    let error = wide_moments_scaled(&scaled(&program, 600, 0)).unwrap_err();
    assert!(matches!(error, TheoryError::Inaccurate { .. }), "{error}");
    assert!(error.to_string().contains("1e140"), "{error}");
}
