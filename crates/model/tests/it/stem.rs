//! A stem is one more trained layer: path sums, gains and operations are those of the longer network.
//!
//! False alarm of this file: at most 0 (nothing random is asserted).

use archscale_model::{Convention, Gain, InitRule, Lowering, ModelError, Network, Op, PathSums, Program, ops};

const RULES: [InitRule; 4] = [InitRule::Target, InitRule::Source, InitRule::He, InitRule::Published];

fn stemmed(text: &str) -> Network {
    Network::parse(text).unwrap().with_stem().unwrap()
}

fn sums(network: &Network, init: InitRule) -> PathSums {
    PathSums::new(network.graph(), init)
}

fn powers(network: &Network) -> [u64; 4] {
    let sums = sums(network, InitRule::Target);
    std::array::from_fn(|k| sums.power_sum(k).to_string().parse().unwrap())
}

/// Kernel sides, or poolings as 0 and their side, of every operation over positions.
fn kernels(program: &Program) -> Vec<Vec<usize>> {
    let of = |op: &Op| match op {
        Op::Conv(ops::Conv { terms, .. }) => Some(terms.iter().map(|term| term.kernel).collect()),
        Op::Pool(ops::Pool { kernel, .. }) => Some(vec![0, *kernel]),
        _ => None,
    };
    program.ops().iter().filter_map(of).collect()
}

#[test]
fn a_chain_with_a_stem_is_the_longer_chain() {
    for depth in [1, 2, 7] {
        let (short, long) = (format!("chain:{depth}"), format!("chain:{}", depth + 1));
        let (stemmed, longer) = (stemmed(&short), Network::parse(&long).unwrap());
        for init in RULES {
            assert_eq!(sums(&stemmed, init), sums(&longer, init), "{short} {init}");
            for convention in Convention::ALL {
                let how = Lowering::new(init).with_convention(convention);
                assert_eq!(
                    stemmed.lower(&how).unwrap().ops(),
                    longer.lower(&how).unwrap().ops(),
                    "{short} {init} {convention}"
                );
            }
        }
        let (images, longer) = (format!("conv:depth={depth},kernel=5"), format!("conv:depth={},kernel=5", depth + 1));
        let how = Lowering::new(InitRule::Target);
        let program = Network::parse(&images).unwrap().with_stem().unwrap().lower(&how).unwrap();
        assert_eq!(program.ops(), Network::parse(&longer).unwrap().lower(&how).unwrap().ops());
    }
}

/// complete:2 has paths of L = 0, 1, 1, 2; with a stem 1, 2, 2, 3.
#[test]
fn path_sums_by_hand() {
    assert_eq!(powers(&Network::parse("complete:2").unwrap()), [4, 4, 6, 10]);
    assert_eq!(powers(&stemmed("complete:2")), [4, 8, 18, 44]);
    // A skip adds no depth: paths 0-1-2-3-4 of L = 3 and 0-1-3-4 of L = 1 become 4 and 2.
    let skip = "edges:0-1,1-2,2-3,1-3s,3-4";
    assert_eq!(powers(&Network::parse(skip).unwrap()), [2, 4, 10, 28]);
    assert_eq!(powers(&stemmed(skip)), [2, 6, 20, 72]);
    assert_eq!(stemmed(skip).graph().edge_text(), "edges:0-1,1-2,2-3,2-4s,3-4,4-5");
}

/// Every path is one longer and no weight changes, so Σ w (L+1)³ = Σ w (L³ + 3 L² + 3 L + 1).
#[test]
fn weights_of_paths_stay() {
    let texts =
        ["complete:4", "edges:0-1,1-2,2-3,1-3s,3-4", "cell:2_12", "nas:3_23_402,pool=skip", "edges:0-3,3-7,0-7,0-4,7-9"];
    for text in texts {
        let (network, stem) = (Network::parse(text).unwrap(), stemmed(text));
        for init in RULES {
            let (before, after) = (sums(&network, init), sums(&stem, init));
            let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b.abs(), "{text} {init}: {a} and {b}");
            close(after.total_weight().to_f64(), before.total_weight().to_f64());
            let exact = |k| before.power_sum(k).clone();
            assert_eq!(after.power_sum(3), exact(3) + exact(2) * 3_u32 + exact(1) * 3_u32 + exact(0), "{text}");
            assert_eq!((after.shortest(), after.longest()), (before.shortest() + 1, before.longest() + 1));
            // All in-degrees, also those that count nodes that nothing reaches, are what they were.
            let (old, new) = (network.graph(), stem.graph());
            for v in 1..old.vertex_count() {
                let gains = |graph: &archscale_model::Graph, v: usize| -> Vec<Gain> {
                    graph.parents(v).iter().map(|edge| graph.gain(init, v, *edge)).collect()
                };
                assert_eq!(gains(new, v + 1), gains(old, v), "{text} {init} {v}");
            }
            assert_eq!(new.gain(init, 1, new.parents(1)[0]), Gain::from_integer(2.into()));
            assert_eq!(stem.lowering(init).readout, network.lowering(init).readout, "{text}");
        }
    }
}

#[test]
fn vertices_move_up_by_one() {
    let network = stemmed("edges:0-3,3-7,0-7,0-4,7-9");
    let ids: Vec<usize> = (0..network.graph().vertex_count()).map(|v| network.graph().id(v)).collect();
    assert_eq!((ids, network.graph().dropped()), (vec![0, 1, 4, 8, 10], [5].as_slice()));
    let warnings = network.warnings();
    assert!(warnings[0].starts_with("vertex 4 is") && warnings[1].contains("counts them without it"), "{warnings:?}");
    // Node 1 of the cell is reached by nothing, and its edge to node 2 counts in the in-degree.
    let (cell, plain) = (stemmed("cell:0_22"), Network::parse("cell:0_22").unwrap());
    assert_eq!((plain.graph().in_degree(2), cell.graph().in_degree(3)), (2, 2));
    assert_eq!(cell.graph().hidden().map(|v| cell.graph().id(v)).collect::<Vec<_>>(), [0, 1, 3]);
    assert_eq!((cell.graph().name(0).as_str(), cell.graph().name(4).as_str()), ("input", "output"));
}

/// Kernel 3 between node 0 and node 1, pooling and kernel 1 and so on stay where they were; the stem has the kernel of the network.
#[test]
fn a_cell_of_images_keeps_its_operations() {
    let text = "conv:kernel=3,net=nas:3_24_402";
    let (network, stem) = (Network::parse(text).unwrap(), stemmed(text));
    let how = network.lowering(InitRule::Target);
    let before = kernels(&network.lower(&how).unwrap());
    let after = kernels(&stem.lower(&how).unwrap());
    assert!(before.contains(&vec![0, 3]) && before.iter().flatten().any(|&kernel| kernel == 1), "{before:?}");
    assert_eq!(after, [vec![vec![3]], before].concat());
    assert_eq!((stem.taps(0, 1).unwrap(), stem.taps(1, 2).unwrap()), (3, 3));
    // Node 0 to node 2 of the cell is a convolution of kernel 1.
    assert_eq!((network.taps(1, 3).unwrap(), stem.taps(2, 4).unwrap()), (1, 1));
}

#[test]
fn texts_can_be_read_again() {
    let texts = [
        "chain:3",
        "cell:2_12",
        "nas:3_24_402,pool=skip",
        "edges:0-3,3-7,0-7,0-4,7-9",
        "conv:depth=2,kernel=5,dims=2,padding=zero",
        "conv:net=nas:3_24_402",
        "conv:kernel=1,net=complete:3",
    ];
    for text in texts {
        let stem = stemmed(text);
        assert_eq!(Network::parse(&stem.text()).unwrap(), stem, "{text}");
        assert_ne!(stem, Network::parse(text).unwrap());
        let second = [stem.with_stem(), Network::parse(&format!("stem:{}", stem.text()))];
        if text.starts_with("conv") {
            assert!(matches!(second[1], Err(ModelError::Malformed { .. })), "{text}");
        }
        assert!(second.iter().all(Result::is_err), "{text}");
        assert!(second[0].as_ref().unwrap_err().to_string().contains("a second stem"), "{text}");
    }
    // No depth of nesting is followed.
    assert!(Network::parse(&"stem:".repeat(100_000)).unwrap_err().to_string().contains("a second stem"));
    assert!(Network::parse("stem:").unwrap_err().to_string().contains("empty"));
    assert!(Network::parse("conv:net=stem:stem:chain:2").is_err());
}

#[test]
fn one_network_written_in_two_ways_has_one_edge_text() {
    let same = [
        ("chain:2", "edges:0-1,1-2,2-3"),
        ("conv:depth=2", "conv:size=8,net=edges:0-1,1-2,2-3"),
        ("stem:chain:2", "chain:3"),
    ];
    for (one, other) in same {
        let text = |text: &str| Network::parse(text).unwrap().edge_text();
        assert_eq!(text(one), text(other));
        assert_eq!(Network::parse(&text(one)).unwrap().edge_text(), text(one));
    }
    let texts = ["conv:depth=2", "conv:depth=2,kernel=5", "conv:net=nas:3_24_402", "conv:net=nas:3_34_402", "chain:2"];
    let distinct: std::collections::BTreeSet<String> =
        texts.iter().map(|text| Network::parse(text).unwrap().edge_text()).collect();
    assert_eq!(distinct.len(), texts.len());
}
