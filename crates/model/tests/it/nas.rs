//! NAS-Bench-201: both spellings, options, refusals, whole networks, and the published code's path depths.

use archscale_model::{Architecture, DepthHistogram, EdgeKind, InitRule, PathSums, Pooling, SearchSpace};
use num_bigint::BigUint;

const SPACE: SearchSpace = SearchSpace::NAS_BENCH_201;

#[test]
fn both_spellings() {
    let long = "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|";
    let code = SPACE.parse(long).unwrap();
    assert_eq!((code.to_string(), code.long_spelling().unwrap()), ("3_21_003".into(), long.into()));
    let (short, other) =
        (Architecture::parse("nas:3_21_003").unwrap(), Architecture::parse(&format!("nas:{long}")).unwrap());
    assert_eq!(short.graph(), other.graph());
    assert_eq!((short.keyword(), short.graph().hidden_count(), short.graph().edge_count()), ("nas", 4, 6));
    let warnings = short.graph().warnings().join("; ");
    assert!(warnings.contains("convolutions") && warnings.contains("batch normalisation"), "{warnings}");
    assert!(!warnings.contains("pooling"), "{warnings}");
    // Digits 2 and 3 are the same edge of the graph, and the graph is that of the cell code with both as 2.
    let cell = Architecture::parse("cell:2_21_002").unwrap();
    assert_eq!(cell.graph().edges().collect::<Vec<_>>(), short.graph().edges().collect::<Vec<_>>());
    assert_eq!(SearchSpace::cells(3).unwrap().parse("2_21_002").unwrap().long_spelling(), None);
}

#[test]
fn average_pooling_is_refused_or_counted_as_a_skip() {
    let message = Architecture::parse("nas:3_24_440").unwrap_err().to_string();
    for part in ["average pooling", "group 2 of '3_24_440'", "node 1", ",pool=skip"] {
        assert!(message.contains(part), "{message}");
    }
    let counted = Architecture::parse("nas:3_24_440,pool=skip").unwrap();
    assert!(counted.graph().warnings().iter().any(|note| note.contains("average pooling counts as a skip")));
    let skips = Architecture::parse("nas:3_21_110").unwrap();
    assert_eq!(counted.graph().edges().collect::<Vec<_>>(), skips.graph().edges().collect::<Vec<_>>());
    assert_eq!(SPACE.parse("3_24_440").unwrap().architecture(), "nas:3_24_440,pool=skip");
}

#[test]
fn rejected_texts_name_place_and_mend() {
    let cases: &[(&str, &[&str])] = &[
        ("nas:", &["empty", "nas:3_24_440"]),
        ("nas:3_25_330", &["group 2", "'5'", "4 (avg_pool_3x3)"]),
        ("nas:3_3_330", &["group 2", "1 digit", "holds 2"]),
        ("nas:3_33", &["2 groups", "four nodes", "three groups"]),
        ("nas:3_33_333_3333", &["4 groups", "three groups"]),
        ("nas:0_03_033", &["node 3", "stem", "group 3"]),
        ("nas:3_33_333,pool=max", &["unknown option 'pool=max'", "pool=skip"]),
        ("nas:3_33_333,N=5", &["unknown option 'N=5'"]),
        ("nas:3_33_333,pool=skip,pool=skip", &["'pool' twice", "at most once"]),
        ("nas:3_33_333,", &["unknown option ''"]),
        ("nas:|nor_conv_3x3~0|+|none~0|none~1|", &["2 groups"]),
        ("nas:|nor_conv_3x3~0|+nor_conv_3x3~0|none~1|+|none~0|none~1|none~2|", &["group 2", "bars"]),
        ("nas:|nor_conv_3x3~0|+|nor_conv_3x3~0|+|none~0|none~1|none~2|", &["group 2", "1 operation", "holds 2"]),
        ("nas:|nor_conv_5x5~0|+|none~0|none~1|+|none~0|none~1|none~2|", &["group 1", "'nor_conv_5x5'", "nor_conv_3x3"]),
        ("nas:|nor_conv_3x3~1|+|none~0|none~1|+|none~0|none~1|none~2|", &["group 1", "node 0 is due", "nor_conv_3x3~0"]),
        ("nas:|nor_conv_3x3|+|none~0|none~1|+|none~0|none~1|none~2|", &["group 1", "node 0 is due"]),
        ("nasnet:3_33_333,N=0", &["'N=0'", "no cell", "from 1"]),
        ("nasnet:3_33_333,N=-1", &["'-1'", "whole number"]),
        ("nasnet:3_33_333,N=10001", &["10001", "at most 10000"]),
        ("nasnet:3_33_333,M=2", &["unknown option 'M=2'", "N=…, pool=skip"]),
        ("nasnet:3_33_334", &["average pooling", "group 3"]),
        ("nasnet:1_10_000", &["node 3"]),
    ];
    for (text, parts) in cases {
        let message = Architecture::parse(text).expect_err(text).to_string();
        for part in *parts {
            assert!(message.contains(part), "'{text}': '{part}' not in '{message}'");
        }
    }
    assert_eq!(cases.len(), 22);
}

#[test]
fn networks() {
    let default = Architecture::parse("nasnet:3_33_333").unwrap();
    assert_eq!(default.graph(), Architecture::parse("nasnet:3_33_333,N=5").unwrap().graph());
    // Stem, 15 cells of three nodes, two blocks of two vertices.
    let graph = default.graph();
    assert_eq!(graph.hidden_count(), 1 + 15 * 3 + 2 * 2);
    assert_eq!(graph.hidden().map(|v| graph.id(v)).collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
    assert!(graph.warnings().iter().any(|note| note.contains("shortcut")));

    // Node 1 of each cell is reached by nothing: it keeps its number and counts in in-degrees.
    let gaps = Architecture::parse("nasnet:0_33_003,N=1").unwrap();
    let graph = gaps.graph();
    assert_eq!(graph.dropped(), [1, 6, 11]);
    assert_eq!(graph.hidden().map(|v| graph.id(v)).collect::<Vec<_>>(), [0, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13]);
    let degrees: Vec<usize> = graph.hidden().map(|v| graph.in_degree(v)).collect();
    assert_eq!(degrees, [1, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1]);
    assert!(graph.warnings()[0].contains("vertices 1, 6, 11 are reached by nothing"), "{:?}", graph.warnings());
    let block: Vec<(usize, usize, EdgeKind)> = graph.edges().filter(|edge| edge.1 == 4 || edge.1 == 5).collect();
    assert_eq!(block, [(3, 4, EdgeKind::Linear), (3, 5, EdgeKind::Projection), (4, 5, EdgeKind::Linear)]);
}

#[test]
fn path_sums_of_networks() {
    // A chain of three convolutions in each cell: every path passes 9 of them, and 1 or 2 trained edges in each block.
    let network = Architecture::parse("nasnet:3_03_003,N=1").unwrap();
    let counts = DepthHistogram::new(network.graph()).unwrap();
    let depths: Vec<(usize, String)> =
        counts.counts().iter().enumerate().filter(|(_, n)| **n != 0_u32.into()).map(|(l, n)| (l, n.to_string())).collect();
    assert_eq!(depths, [(12, "1".into()), (13, "2".into()), (14, "1".into())]);
}

/// Every stem–output path of a code, as its number of convolutions.
fn paths(digit: &impl Fn(usize, usize) -> u8, node: usize, convolutions: u64) -> Vec<u64> {
    if node == 0 {
        return vec![convolutions];
    }
    (0..node)
        .filter(|&source| digit(node, source) != 0)
        .flat_map(|source| {
            let step = u64::from(matches!(digit(node, source), 2 | 3));
            paths(digit, source, convolutions + step)
        })
        .collect()
}

#[test]
fn depths_are_those_of_the_published_code() {
    let mut graphs = 0;
    for code in SPACE.iter() {
        let lengths = paths(&|node, source| code.digit(node, source), 3, 0);
        assert_eq!(code.reaches_output(), !lengths.is_empty());
        assert_eq!(code.has_trained_path(), lengths.iter().any(|&convolutions| convolutions > 0));
        let Ok(graph) = code.graph(Pooling::AsSkip) else {
            assert!(lengths.is_empty(), "{code}");
            continue;
        };
        let sums = PathSums::new(&graph, InitRule::He);
        // One more than the parametrised edges on the path.
        for k in 0..4 {
            let expected: u64 = lengths.iter().map(|convolutions| (1 + convolutions).pow(k)).sum();
            assert_eq!(sums.power_sum(k as usize), BigUint::from(expected), "{code}");
        }
        graphs += 1;
    }
    assert_eq!(graphs, 15_625 - 341);
}
