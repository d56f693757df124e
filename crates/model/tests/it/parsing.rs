//! Every family reads what it documents and rejects the rest with the place and the mend.

use archscale_model::{Architecture, InitRule, ModelError, Op, ops};

fn parse(text: &str) -> Result<Architecture, ModelError> {
    Architecture::parse(text)
}

#[test]
fn accepted_texts() {
    let cases: &[(&str, usize, usize)] = &[
        ("chain:1", 1, 2),
        ("chain:40", 40, 41),
        ("complete:3", 3, 10),
        ("edges:0-1,1-2,0-2", 1, 3),
        (" edges: 0-1 , 1-7 , 7-9 ", 2, 3),
        ("cell:2_02_002", 4, 5),
        ("cell:2_22_222", 4, 8),
    ];
    for &(text, hidden, edges) in cases {
        let architecture = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((architecture.graph().hidden_count(), architecture.graph().edge_count()), (hidden, edges), "{text}");
    }
}

#[test]
fn rejected_texts_name_place_and_mend() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["empty", "chain:L"]),
        ("ring:4", &["ring:4", "chain:L", "file:PATH", "conv:depth", "stem:ARCHITECTURE"]),
        ("chian:4", &["did you mean 'chain'?", "conv:depth", "stem:ARCHITECTURE"]),
        ("Chain:4", &["did you mean 'chain'?"]),
        ("stem:conv:depth=2", &["conv: stands first", "net=stem:"]),
        ("chain:4\nchain:5", &["line break", "in one line"]),
        ("chain:", &["missing", "from 1 to"]),
        ("chain:0", &["no hidden vertex"]),
        ("chain:-3", &["'-3'", "whole number"]),
        ("chain:4.5", &["4.5", "whole number"]),
        ("chain:99999999999999999999999", &["at most"]),
        ("chain:100000000", &["100000000", "at most"]),
        ("complete:100000", &["100000", "at most"]),
        ("edges:", &["empty", "0-1,1-2"]),
        ("edges:0-1,1_2", &["entry 2", "1_2", "source-target"]),
        ("edges:0-1,,1-2", &["entry 2", "source-target"]),
        ("edges:0-1,1-x", &["entry 2", "'x'"]),
        ("edges:0-1,1-2,0-1", &["0-1", "twice", "copy the input"]),
        ("edges:0-1,1-1,1-2", &["cycle", "1-1"]),
        ("edges:0-1,1-2,2-1,2-3", &["cycle", "1, 2"]),
        ("edges:0-2,2-1,1-3", &["2-1", "backward", "renumber"]),
        ("edges:0-1,2-3", &["no path", "only vertices 0, 1 are reached"]),
        ("edges:1-2,2-3", &["vertex 0", "smallest vertex given is 1"]),
        ("edges:0-1", &["hidden", "at least one"]),
        ("cell:", &["empty"]),
        ("cell:2_0x_002", &["group 2", "'x'", "0 (zero)"]),
        ("cell:2_0_002", &["group 2", "1 digit at", "holds 2"]),
        ("cell:2_02_", &["group 3", "holds 3"]),
        ("cell:0_02", &["stem", "node 2"]),
        ("cell:2_00", &["node 2"]),
        ("file:", &["path", "file:net.json"]),
        ("file:/nonexistent/net.json", &["/nonexistent/net.json", "cannot be read"]),
    ];
    for (text, parts) in cases {
        let message = parse(text).expect_err(text).to_string();
        for part in *parts {
            assert!(message.contains(part), "'{text}': '{part}' not in '{message}'");
        }
    }
    assert_eq!(cases.len(), 32);
}

#[test]
fn vertices_on_no_path_are_left_out_and_reported() {
    // 3 is a dead end and 2 is not reached: neither counts in the in-degree of 4.
    let architecture = parse("edges:0-1,1-3,2-4,1-4,4-5").unwrap();
    let graph = architecture.graph();
    assert_eq!(graph.dropped(), [2, 3]);
    assert_eq!(graph.hidden().map(|v| graph.id(v)).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(graph.in_degree(2), 1);
    assert!(graph.warnings()[0].contains("vertices 2, 3 are on no path"));
}

#[test]
fn cells_count_every_digit() {
    // Node 1 is reached by nothing but still counts in node 2's in-degree, as in the published code.
    let architecture = parse("cell:0_22").unwrap();
    let graph = architecture.graph();
    assert_eq!(graph.hidden().map(|v| (graph.id(v), graph.in_degree(v))).collect::<Vec<_>>(), [(0, 1), (2, 2)]);
    assert_eq!(graph.dropped(), [1]);
    let program = graph.lower(InitRule::Target).unwrap();
    let Op::Dense(ops::Dense { terms }) = &program.ops()[program.nodes()[1].op] else { panic!("node 2 is linear") };
    assert_eq!((terms.len(), terms[0].gain.to_string()), (1, "1".into()));
}

#[test]
fn skip_cells_lower_to_sums() {
    let program = parse("cell:2_12_112").unwrap().graph().lower(InitRule::Target).unwrap();
    let kinds: Vec<&str> = program
        .nodes()
        .iter()
        .map(|node| match &program.ops()[node.op] {
            Op::Dense(_) => "dense",
            Op::Sum(_) => "sum",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds, ["dense", "dense", "sum", "sum"]);
    assert_eq!(program.matrix_count(), 4);
}

#[test]
fn files() {
    let folder = std::env::temp_dir().join(format!("archscale-model-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        format!("file:{}", path.display())
    };
    let good =
        write("good.json", r#"{"name":"n","edges":[[0,1],{"from":1,"to":2},{"from":1,"to":3,"op":"skip"},[2,3],[3,4]]}"#);
    let graph = parse(&good).unwrap();
    assert!(graph.graph().has_skips());
    assert_eq!(graph.graph().hidden_count(), 3);
    let cases = [
        (r#"{"edges":[[0,1],[1]]}"#, "[from, to]"),
        (r#"{"edges":[[0,1]],"widht":4}"#, "widht"),
        (r#"{"edges":[]}"#, "empty"),
        (r#"{"edges":[[0,1],[1,2]"#, "ends too early, in line 1"),
        (r#"{"edges":[[0,2],[2,1],[1,3]]}"#, "backward"),
        (r#"{"edges":[[0,1],[1,2]],"output":9}"#, "vertex 9 is in no edge"),
        (r#"{"edges":[{"from":0,"to":1,"op":"conv"},[1,2]]}"#, "'conv' is no operation"),
        (r#"{"edges":[[0,1],[1,2.5]]}"#, "whole and from 0"),
        (r#"{"edges":[[0,1],[1,-2]]}"#, "found the number `-2`, expected the number of a vertex, whole and from 0"),
        (r#"{"edges":[[0,1],[1,"a"]]}"#, "found the text \"a\""),
        (r#"[null, 3, [[0, 1], [1, 2], [2, 3]]]"#, "found a list, expected an object {\"edges\""),
        (r#"{"edges":[[0,1],[1,2,3,4]]}"#, "found a list of length 4"),
        ("", "it is empty"),
        ("hello", "no architecture file"),
    ];
    for (index, (text, part)) in cases.iter().enumerate() {
        let message = parse(&write(&format!("bad{index}.json"), text)).unwrap_err().to_string();
        assert!(message.contains(part) && message.contains("bad"), "{message}");
    }
    let earlier = parse(&write("out.json", r#"{"edges":[[0,1],[1,2],[2,5]],"output":2}"#)).unwrap();
    assert_eq!(earlier.graph().dropped(), [5]);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn marked_edges_round_trip() {
    let text = "edges:0-1,1-2,1-3s,2-3,1-4p,3-4,4-5";
    let architecture = parse(text).unwrap();
    let graph = architecture.graph();
    let kinds: String = graph.edges().map(|(_, _, kind)| format!("{}.", kind.mark())).collect();
    assert_eq!(kinds, "..s..p...");
    assert_eq!(graph.edge_text(), text);
    for bad in ["edges:0-1,1-2x,2-3", "edges:0-1,1-2ss,2-3", "edges:0-1,1-s,2-3"] {
        let message = parse(bad).unwrap_err().to_string();
        assert!(message.contains("entry 2") && message.contains("not a vertex number"), "{message}");
    }
}
