//! Lowering in each convention: structure, gains, readouts, and what is refused.

use archscale_model::{
    Activation, Architecture, Convention, Edge, EdgeKind, Gain, InitRule, Lowering, Op, Program, Term, ops,
};
use num_rational::Ratio;

fn lower(text: &str, how: Lowering) -> Program {
    Architecture::parse(text).unwrap().graph().lower_with(&how).unwrap()
}

fn terms(list: &[Term]) -> String {
    list.iter().map(|term| format!("{}·{}", term.gain, term.source)).collect::<Vec<_>>().join("+")
}

/// The program in one line: operations numbered from 0, then the readout, then the reported operations.
fn spell(program: &Program) -> String {
    let mut parts: Vec<String> = program
        .ops()
        .iter()
        .map(|op| match op {
            Op::Input(ops::Input { mean_square }) => format!("in {mean_square}"),
            Op::Dense(ops::Dense { terms: list }) => format!("dense {}", terms(list)),
            Op::Act(ops::Act { activation: sigma, source }) => format!("{sigma} {source}"),
            Op::Sum(ops::Sum { terms: list }) => format!("sum {}", terms(list)),
            other => panic!("{other:?}"),
        })
        .collect();
    parts.push(format!("out {}", terms(program.readout())));
    parts.push(program.nodes().iter().map(|node| format!("{}:{}", node.id, node.op)).collect::<Vec<_>>().join(" "));
    parts.join(", ")
}

#[test]
fn the_three_conventions() {
    let target = Lowering::new(InitRule::Target);
    // Node 1 reads the stem by a linear edge; node 2 the stem by a skip and node 1 by a linear edge.
    let cases = [
        (
            Convention::Pre,
            "in 1/2, dense 2·0, relu 1, dense 2·2, relu 3, dense 1·4, sum 1·5+1·1, relu 6, out 2·7, 0:1 1:3 2:6",
        ),
        (
            Convention::Post,
            "in 1/2, dense 2·0, relu 1, dense 2·2, relu 3, dense 1·4, relu 5, sum 1·6+1·2, out 2·7, 0:2 1:4 2:7",
        ),
        (
            Convention::Preact,
            "in 1/2, dense 2·0, relu 1, dense 2·2, relu 3, dense 1·4, sum 1·5+1·2, relu 6, out 2·7, 0:1 1:3 2:6",
        ),
    ];
    for (convention, expected) in cases {
        assert_eq!(spell(&lower("cell:2_12", target.with_convention(convention))), expected);
    }
    // Two linear edges into one vertex: one dense of two terms in `pre`, two dense operations with an activation each in `post`.
    assert_eq!(
        spell(&lower("cell:2_22", target)),
        "in 1/2, dense 2·0, relu 1, dense 2·2, relu 3, dense 1·2+1·4, relu 5, out 2·6, 0:1 1:3 2:5"
    );
    let gelu = target.with_convention(Convention::Post).with_activation(Activation::GELU);
    assert_eq!(
        spell(&lower("cell:2_22", gelu)),
        "in 1/2, dense 2·0, gelu 1, dense 2·2, gelu 3, dense 1·2, gelu 5, dense 1·4, gelu 7, sum 1·6+1·8, out 2·9, 0:2 1:4 2:9"
    );
    // A lone skip is an operation of its own; in `post` a vertex of one linear edge is its activation.
    assert_eq!(
        spell(&lower("cell:1", target.with_convention(Convention::Post))),
        "in 1/2, dense 2·0, relu 1, sum 1·2, out 2·3, 0:2 1:3"
    );
}

#[test]
fn plain_graphs_in_the_post_convention() {
    let how = Lowering::new(InitRule::Target).with_convention(Convention::Post);
    assert_eq!(spell(&lower("chain:2", how)), "in 1/2, dense 2·0, relu 1, dense 2·2, relu 3, out 2·4, 1:2 2:4");
    assert_eq!(
        spell(&lower("complete:2", how)),
        "in 1/2, dense 2·0, relu 1, dense 1·0, relu 3, dense 1·2, relu 5, sum 1·4+1·6, out 2/3·0+2/3·2+2/3·7, 1:2 2:7"
    );
    assert_eq!(
        spell(&lower("edges:0-1,1-2p,1-3s,2-3,3-4", how)),
        "in 1/2, dense 2·0, relu 1, dense 2·2, dense 1·3, relu 4, sum 1·5+1·2, out 2·6, 1:2 2:3 3:6"
    );
}

#[test]
fn projections_skip_the_activation() {
    assert_eq!(
        spell(&lower("edges:0-1,1-2,1-3p,2-3,3-4", Lowering::new(InitRule::He))),
        "in 1/2, dense 2·0, relu 1, dense 2·2, relu 3, dense 2·1+2·4, relu 5, out 2·6, 1:1 2:3 3:5"
    );
}

#[test]
fn the_shorthand_is_the_pre_convention_with_relu() {
    for text in ["chain:3", "complete:4", "cell:2_12_112", "nas:3_13_210", "nasnet:3_13_210,N=2"] {
        let architecture = Architecture::parse(text).unwrap();
        for init in InitRule::BY_IN_DEGREE.into_iter().chain([InitRule::Published]) {
            assert_eq!(architecture.graph().lower(init).unwrap(), lower(text, Lowering::new(init)), "{text} {init}");
        }
    }
}

#[test]
fn gains_of_edges_own_go_before_every_rule() {
    let cell = Architecture::parse("cell:2_12").unwrap();
    // Trained edges by target, the skip one third.
    let own = |v: usize, edge: Edge| match edge.kind {
        EdgeKind::Skip => Some(Gain::new(1.into(), 3.into())),
        _ if v == 2 => None,
        _ => Some(Gain::from_integer((10 + v).into())),
    };
    let graph = cell.graph().with_gains(own);
    let how = Lowering::new(InitRule::Target).with_readout(Ratio::from_integer(7));
    assert_eq!(
        spell(&graph.lower_with(&how).unwrap()),
        "in 1/2, dense 11·0, relu 1, dense 2·2, relu 3, dense 13·4, sum 1·5+1/3·1, relu 6, out 14·7, 0:1 1:3 2:6"
    );
    assert_eq!(graph.multiplier_note().unwrap(), "every skip is multiplied by 0.333333");
    // In front of a stem, whose own edge follows the rule, they stay what they were.
    let stemmed = graph.with_stem().unwrap();
    assert_eq!(stemmed.own_gain(stemmed.parents(1)[0]), None);
    assert_eq!(stemmed.gain(InitRule::He, 2, stemmed.parents(2)[0]).to_string(), "11");
    // Of several multipliers the note names each skip, and none where all are 1.
    let two = Architecture::parse("edges:0-1,1-2,1-3s,2-3,2-4s,3-4,4-5").unwrap();
    let by_target = |v: usize, edge: Edge| (edge.kind == EdgeKind::Skip).then(|| Gain::new(v.into(), 4.into()));
    let note = two.graph().with_gains(by_target).multiplier_note().unwrap();
    assert_eq!(note, "skip 1→3 is multiplied by 0.750000");
    assert_eq!(two.graph().multiplier_note(), None);
    assert!(two.graph().lower(InitRule::Keep).unwrap_err().to_string().contains("keep"));
}

#[test]
fn readout_gains() {
    let gain = |init, readout: Option<Ratio<u32>>| {
        let how = Lowering::new(init);
        let how = readout.map_or(how, |gain| how.with_readout(gain));
        lower("cell:2_22", how).readout()[0].gain.to_string()
    };
    assert_eq!(gain(InitRule::Target, None), "2");
    assert_eq!(gain(InitRule::Source, None), "1");
    assert_eq!(gain(InitRule::He, None), "2");
    assert_eq!(gain(InitRule::Published, None), "4");
    assert_eq!(gain(InitRule::Source, Some(Ratio::new(2, 1))), "2");
    assert_eq!(gain(InitRule::Published, Some(Ratio::new(1, 3))), "1/3");
}

#[test]
fn published_gains() {
    // By vertex, the gains of its trained edges as the published code draws them.
    let gains = |text: &str| -> Vec<String> {
        let architecture = Architecture::parse(text).unwrap();
        let graph = architecture.graph();
        (1..graph.vertex_count())
            .map(|v| {
                let trained = graph.parents(v).iter().filter(|edge| edge.kind.is_trained());
                trained.map(|edge| graph.gain(InitRule::Published, v, *edge).to_string()).collect::<Vec<_>>().join(" ")
            })
            .collect()
    };
    // In-degrees of the nodes: 1, 1, 2, 3; each edge divides by that of its source, the readout by none.
    assert_eq!(gains("cell:2_22_222"), ["2", "2", "2 2", "2 2 1", "4"]);
    // Node 1 is reached by nothing and still counts in node 2.
    assert_eq!(gains("cell:0_22_002"), ["2", "2", "1", "4"]);
    // One cell, residual block, one cell, residual block, one cell: each cell's node 0 counts 1, a block's input 2.
    let cell = ["2", "2 2", "2 2 1"];
    let block = ["1", "1 2"];
    let mut expected = vec!["2"];
    expected.extend(cell.iter().chain(&block).chain(&cell).chain(&block).chain(&cell));
    expected.push("4");
    assert_eq!(gains("nasnet:3_33_333,N=1"), expected);
}

#[test]
fn skips_at_the_ends_are_refused() {
    for convention in Convention::ALL {
        let how = Lowering::new(InitRule::He).with_convention(convention);
        for (text, place) in [("edges:0-1,0-2s,1-2,2-3", "0-2"), ("edges:0-1,1-2s", "1-2"), ("edges:0-1p,1-2", "0-1")] {
            let message = Architecture::parse(text).unwrap().graph().lower_with(&how).unwrap_err().to_string();
            assert!(message.contains(place) && message.contains("use a linear edge"), "{message}");
        }
    }
}

#[test]
fn names_round_trip() {
    for convention in Convention::ALL {
        assert_eq!(convention.to_string().parse::<Convention>().unwrap(), convention);
    }
    for init in InitRule::BY_IN_DEGREE.into_iter().chain([InitRule::Published]) {
        assert_eq!(init.to_string().parse::<InitRule>().unwrap(), init);
    }
    let convention = "both".parse::<Convention>().unwrap_err().to_string();
    assert!(convention.contains("'both'") && convention.contains("pre, post, preact"), "{convention}");
    let init = "xavier".parse::<InitRule>().unwrap_err().to_string();
    assert!(init.contains("'xavier'") && init.contains("published"), "{init}");
}
