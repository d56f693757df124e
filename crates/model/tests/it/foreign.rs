//! Forms in which others write architectures are named, with what to write instead; what is written instead can be read.

use archscale_model::{Architecture, InitRule, Network};

/// What a message is asked for: the name of the form, and, where it is made from the input, the text to write.
type Expected<'a> = (&'a str, Option<&'a str>);

fn message(text: &str) -> String {
    let message = Network::parse(text).expect_err(text).to_string();
    assert!(!message.contains('\n') && message.len() < 1_000, "{text}: {message}");
    message
}

fn in_file(name: &str, bytes: &[u8]) -> String {
    let folder = std::env::temp_dir().join(format!("archscale-foreign-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    let message = message(&format!("file:{}", path.display()));
    assert!(message.contains(&path.display().to_string()), "{message}");
    std::fs::remove_file(path).unwrap();
    message
}

/// A text that a message offers can be read, and is the one expected.
fn check(message: &str, (name, text): Expected) {
    assert!(message.contains(name), "'{name}' not in '{message}'");
    let offered = message.split([' ', '(', ')', ';']).map(|word| word.trim_end_matches([',', '.', ':']));
    let offered: Vec<&str> = offered.filter(|word| word.starts_with("edges:") || word.starts_with("nas:")).collect();
    for text in &offered {
        assert!(Architecture::parse(text).is_ok(), "{text} of '{message}'");
    }
    if let Some(text) = text {
        assert!(offered.contains(&text), "{text} is not offered by '{message}'");
    }
}

const FOUR: Option<&str> = Some("edges:0-1,0-2,1-2,2-3");
const GENERAL: Option<&str> = Some("edges:0-1,1-2,0-2");

#[test]
fn files_of_text() {
    let cases: &[(&str, &str, Expected)] = &[
        ("bare_list.json", "[[0, 1], [1, 2], [0, 2], [2, 3]]", ("a bare list of edges", Some("edges:0-1,1-2,0-2,2-3"))),
        ("matrix.json", "[[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]", ("an adjacency matrix", FOUR)),
        ("matrix.txt", "0 1 1 0\n0 0 1 0\n0 0 0 1\n0 0 0 0\n", ("an adjacency matrix", FOUR)),
        (
            "named.json",
            r#"{"edges": [["stem", "conv1"], ["conv1", "add"], ["stem", "add"], ["add", "fc"]]}"#,
            ("a list of edges by name", Some("edges:0-1,1-2,0-2,2-3")),
        ),
        (
            "srctgt.json",
            r#"{"edges": [{"source": 0, "target": 1}, {"source": 1, "target": 2}]}"#,
            ("keys source and target", Some("edges:0-1,1-2")),
        ),
        (
            "strnum.json",
            r#"{"edges": [["0", "1"], ["1", "2"], ["0", "2"]]}"#,
            ("numbers are texts", Some("edges:0-1,1-2,0-2")),
        ),
        ("triple.json", r#"{"edges": [[0, 1, "skip"], [1, 2, "linear"]]}"#, ("an operation in third place", None)),
        ("weights.json", r#"{"edges": [[0, 1, 0.5], [1, 2, 1]]}"#, ("a weight in third place", Some("edges:0-1,1-2"))),
        (
            "nodelink_edges.json",
            r#"{"directed": true, "multigraph": false, "graph": {}, "nodes": [{"id": 0}, {"id": 1}, {"id": 2}, {"id": 3}],
                "edges": [{"source": 0, "target": 1}, {"source": 0, "target": 2}, {"source": 1, "target": 2},
                {"source": 2, "target": 3}]}"#,
            ("a node-link graph", FOUR),
        ),
        (
            "nodelink_links.json",
            r#"{"nodes": [{"id": "in"}, {"id": "h"}, {"id": "out"}],
                "links": [{"source": "in", "target": "h"}, {"source": "h", "target": "out"}]}"#,
            ("a node-link graph", Some("edges:0-1,1-2")),
        ),
        (
            "undirected.json",
            r#"{"directed": false, "nodes": [{"id": 0}, {"id": 1}], "links": [{"source": 0, "target": 1}]}"#,
            ("no direction", GENERAL),
        ),
        (
            "cytoscape.json",
            r#"{"elements": {"nodes": [{"data": {"id": "a"}}], "edges": [{"data": {"source": "a", "target": "b"}},
                {"data": {"source": "b", "target": "c"}}]}}"#,
            ("a graph of Cytoscape", Some("edges:0-1,1-2")),
        ),
        ("neighbours.json", r#"{"0": [1, 2], "1": [2], "2": [3]}"#, ("lists of neighbours", FOUR)),
        (
            "nb101.json",
            r#"{"module_adjacency": [[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]],
                "module_operations": ["input", "conv3x3-bn-relu", "maxpool3x3", "output"]}"#,
            ("a cell of NAS-Bench-101", FOUR),
        ),
        ("keras.json", r#"{"class_name": "Functional", "config": {"layers": []}}"#, ("a model of Keras", None)),
        ("config.json", r#"{"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}"#, ("a transformer", None)),
        (
            "text.json",
            r#"["|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|"]"#,
            ("a list around a text", Some("nas:3_01_002")),
        ),
        ("g.edgelist", "0 1\n0 2\n1 2\n2 3\n", ("a list of edges", FOUR)),
        ("commas.csv", "0,1\n0,2\n1,2\n2,3\n", ("a list of edges", FOUR)),
        ("networkx.edgelist", "# made\n0 1 {}\n0 2 {'weight': 2}\n1 2 {}\n2 3 {}\n", ("a list of edges", FOUR)),
        ("table.csv", "source,target\na,b\nb,c\n", ("a table of edges", Some("edges:0-1,1-2"))),
        ("randwire.txt", "4\n4\n0 1\n0 2\n1 2\n2 3\n", ("a graph of RandWire", FOUR)),
        (
            "g.graphml",
            "<?xml version='1.0' encoding='utf-8'?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n\
             <graph edgedefault=\"directed\"><node id=\"0\" /><node id=\"1\" /><node id=\"2\" /><node id=\"3\" />\n\
             <edge source=\"0\" target=\"1\" /><edge source=\"0\" target=\"2\" /><edge source=\"1\" target=\"2\" />\n\
             <edge source=\"2\" target=\"3\" /></graph></graphml>",
            ("a GraphML graph", FOUR),
        ),
        (
            "undirected.graphml",
            "<graphml><graph edgedefault=\"undirected\"><edge source=\"0\" target=\"1\"/></graph></graphml>",
            ("no direction", GENERAL),
        ),
        (
            "g.gexf",
            "<?xml version='1.0'?><gexf version=\"1.2\"><graph defaultedgetype=\"directed\"><edges>\
             <edge source=\"0\" target=\"1\" id=\"0\" /><edge source=\"1\" target=\"2\" id=\"1\" /></edges></graph></gexf>",
            ("a GEXF graph", Some("edges:0-1,1-2")),
        ),
        ("page.html", "<!DOCTYPE html>\n<html><body>404</body></html>", ("a web page", None)),
        ("other.xml", "<?xml version='1.0'?><model/>", ("an XML document", GENERAL)),
        (
            "g.dot",
            "strict digraph net {\n  a -> b -> c;\n  a -> c [label=skip];\n}\n",
            ("the DOT language", Some("edges:0-1,1-2,0-2")),
        ),
        ("u.dot", "graph { 0 -- 1; 1 -- 2 }", ("no direction", GENERAL)),
        (
            "g.gml",
            "graph [\n  directed 1\n  node [\n    id 0\n  ]\n  node [\n    id 1\n  ]\n  edge [\n    source 0\n    target 1\n  ]\n  \
             edge [\n    source 1\n    target 2\n  ]\n]\n",
            ("a GML graph", Some("edges:0-1,1-2")),
        ),
        ("net.yaml", "edges:\n- [0, 1]\n- [1, 2]\n", ("a YAML document", None)),
        ("net.yml", "---\nlayers: 3\n", ("a YAML document", None)),
        ("chain.txt", "chain:4\n", ("chain:4", None)),
        (
            "darts.py",
            "X = Genotype(normal=[('sep_conv_3x3', 0)], normal_concat=range(2, 6))\n",
            ("a genotype of DARTS", None),
        ),
        ("spec.py", "ModelSpec(matrix=m, ops=['input', 'conv3x3-bn-relu', 'output'])", ("a cell of NAS-Bench-101", GENERAL)),
    ];
    for (name, text, expected) in cases {
        check(&in_file(name, text.as_bytes()), *expected);
    }
    assert_eq!(cases.len(), 35);
}

#[test]
fn files_of_bytes() {
    let zip = |member: &str| {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(26, 0);
        bytes.extend([member.len() as u8, 0, 0, 0]);
        bytes.extend(member.as_bytes());
        bytes
    };
    let header = br#"{"layer.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let safetensors = [&(header.len() as u64).to_le_bytes()[..], header, &[0; 4]].concat();
    // Version 8; producer "pytorch"; an empty graph of three bytes; operator set 17.
    let onnx = b"\x08\x08\x12\x07pytorch\x3a\x05\x12\x03net\x42\x02\x10\x11";
    let cases: &[(&str, &[u8], Expected)] = &[
        ("net.pt", &zip("archive/data.pkl"), ("a checkpoint of PyTorch", Some("edges:0-1,1-2,1-3s,2-3,3-4"))),
        ("old.pth", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", ("a checkpoint of PyTorch", None)),
        ("a.npz", &zip("arr_0.npy"), ("NumPy", None)),
        ("a.npy", b"\x93NUMPY\x01\x00", ("NumPy", None)),
        ("a.zip", &zip("net.json"), ("a zip archive", None)),
        ("net.json.gz", b"\x1f\x8b\x08\x00", ("a compressed file", None)),
        ("net.h5", b"\x89HDF\r\n\x1a\n\x00", ("an HDF5 file", None)),
        ("net.safetensors", &safetensors, ("a safetensors file", None)),
        ("net.pkl", b"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00]\x94.", ("a Python pickle", None)),
        ("net.onnx", onnx, ("an ONNX model", Some("edges:0-1,1-2,1-3s,2-3,3-4"))),
        ("net.txt", b"\xff\xfe{\x00}\x00", ("a text in UTF-16", None)),
    ];
    for (name, bytes, expected) in cases {
        check(&in_file(name, bytes), *expected);
    }
    assert_eq!(cases.len(), 11);
    for (name, bytes) in [
        // No graph; a field that runs beyond the end; a text that begins like the number of a version.
        ("other.pb", &b"\x08\x08\x12\x07pytorch"[..]),
        ("cut.onnx", &onnx[..onnx.len() - 1]),
        ("tab.bin", b"\x08\x08\xff"),
    ] {
        let message = in_file(name, bytes);
        assert!(message.contains("no architecture file") && !message.contains("ONNX"), "{message}");
    }
}

#[test]
fn arguments() {
    let genotype = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], normal_concat=range(2, 6), reduce=[])";
    let string = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|";
    let bench_101 = "[[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], ['input', 'conv1x1-bn-relu', 'conv3x3-bn-relu', 'output']";
    let cases: &[(&str, Expected)] = &[
        (genotype, ("a genotype of DARTS", None)),
        (string, ("an architecture string of NAS-Bench-201", Some("nas:3_01_402,pool=skip"))),
        ("|nor_conv_5x5~0|+|none~0|none~1|+|none~0|none~1|none~2|", ("'nor_conv_5x5' is no operation", None)),
        (
            "nas:['|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|']",
            ("a list around a text", Some("nas:3_01_002")),
        ),
        ("['cell:2_02_002']", ("give the text alone: cell:2_02_002", None)),
        // Edges 1-2, 1-3, 1-4, 2-3, 2-4, 3-4 with skip_connect, none, nor_conv_3x3, nor_conv_1x1, avg_pool_3x3.
        ("(2, 1, 1, 0, 4, 3)", ("NASLib", Some("nas:3_01_042,pool=skip"))),
        ("nas:[2,1,1,0,2,3]", ("NASLib", Some("nas:3_01_032"))),
        ("64:64:64:64:64", ("a size string of NATS-Bench", None)),
        ("1234", ("a bare number", Some("nas:3_23_330"))),
        ("nas:1234", ("a bare number", Some("nas:3_23_330"))),
        (bench_101, ("a cell of NAS-Bench-101", FOUR)),
        ("[(0, 1), (0, 2), (1, 2), (2, 3)]", ("a bare list of edges", FOUR)),
        ("edges:[(0, 1), (1, 2)]", ("a bare list of edges", Some("edges:0-1,1-2"))),
        (r#"{"edges": [["a", "b"], ["b", "c"]]}"#, ("a list of edges by name", Some("edges:0-1,1-2"))),
        ("0 1\n0 2\n1 2\n2 3", ("a list of edges", FOUR)),
        ("digraph { a -> b; b -> c }", ("the DOT language", Some("edges:0-1,1-2"))),
    ];
    for (text, expected) in cases {
        check(&message(text), *expected);
    }
    assert_eq!(cases.len(), 16);
    let path = std::env::temp_dir().join(format!("archscale-path-{}.json", std::process::id()));
    std::fs::write(&path, r#"{"edges": [[0, 1], [1, 2]]}"#).unwrap();
    let said = message(path.to_str().unwrap());
    assert!(said.contains("the path of a file") && said.contains("write file:"), "{said}");
    std::fs::remove_file(path).unwrap();
}

/// Only what is certain is named.
#[test]
fn what_is_not_certain_is_not_named() {
    for text in [
        "hello: world",
        "chain",
        "complete:100000",
        "cell:12",
        "(1, 2, 3)",
        "(7, 1, 1, 0, 4, 3)",
        "1:2:3",
        "300:64:64:64:64",
        "edges:0 1",
        "[[0, 1], [0, 0]]x",
        "graph of mine {",
    ] {
        assert!(!message(text).contains("which is not read:"), "{text}: {}", message(text));
    }
    for (name, text) in [
        ("a.json", "[null, 3, [[0, 1], [1, 2], [2, 3]]]"),
        ("b.json", r#"{"edges": [["stem", "conv1"], [0, 1]]}"#),
        ("c.json", r#"{"edges": [[0, 1], [1, 2, "skip"]]}"#),
        ("d.txt", "0 1\n"),
        ("e.txt", "a b\nb c\n"),
        ("f.txt", "4\n5\n0 1\n0 2\n1 2\n2 3\n"),
        ("g.txt", "key: value\n"),
        ("h.json", "3"),
        ("i.json", "[]"),
    ] {
        let message = in_file(name, text.as_bytes());
        assert!(message.contains("no architecture file") && !message.contains("which is not read:"), "{message}");
    }
}

/// The text offered for parallel edges is the same network: by the conventions, a vertex whose only in-edge is a skip is its source.
#[test]
fn parallel_edges_are_led_through_a_vertex() {
    let offered = |text: &str| -> String {
        let message = message(text);
        assert!(message.contains("parallel edges are not read yet"), "{message}");
        message.split_whitespace().find(|word| word.starts_with("edges:")).expect(&message).to_owned()
    };
    // x + W σ(x).
    assert_eq!(offered("edges:0-1,1-2,1-2s,2-3"), "edges:0-1,1-2s,1-3,2-3s,3-4");
    // Two matrices between the same vertices, with one vertex moved up.
    assert_eq!(offered("edges:0-1,1-2,1-2,2-5"), "edges:0-1,1-2s,1-3,2-3,3-6");
    // Two pairs into one vertex; three edges of one pair.
    assert_eq!(offered("edges:0-1,1-2,1-3,1-3,2-3s,2-3,3-4"), "edges:0-1,1-2,1-3s,1-5,2-4s,2-5,3-5,4-5s,5-6");
    assert_eq!(offered("edges:0-1,1-2,1-2,1-2s,2-3"), "edges:0-1,1-2s,1-3s,1-4,2-4,3-4s,4-5");
    for text in ["edges:0-1,1-2s,1-3,2-3s,3-4", "edges:0-1,1-2,1-3s,1-5,2-4s,2-5,3-5,4-5s,5-6"] {
        Architecture::parse(text).unwrap().graph().lower(InitRule::Target).unwrap();
    }
    let cells = r#"{"edges": [[0, 1], [0, 2], [2, 3], [1, 3], [1, 4], [1, 4], [2, 5], {"from": 1, "to": 5, "op": "skip"}, [1, 6], [1, 6],
        [2, 7], {"from": 2, "to": 7, "op": "skip"}, [3, 8], [4, 8], [5, 8], [6, 8], [7, 8]]}"#;
    let said = in_file("nasnet_parallel.json", cells.as_bytes());
    let text = said.split_whitespace().find(|word| word.starts_with("edges:")).expect(&said);
    let graph = Architecture::parse(text).unwrap();
    assert_eq!((graph.graph().edge_count(), graph.graph().dropped().len()), (20, 0));
    assert!(said.contains("vertices 4, 7, 9 are new"), "{said}");
    // The input cannot be copied, nor a list that is too long be written out.
    assert!(message("edges:0-1,0-1,1-2").contains("copy the input"));
    let long: Vec<String> = (0..60).map(|v| format!("{v}-{}", v + 1)).chain(["7-8".into()]).collect();
    assert!(message(&format!("edges:{}", long.join(","))).contains("7-Vs and V-8"));
}

#[test]
fn what_cannot_be_written_yet_is_told_with_what_stands_in_its_place() {
    for (document, parts) in [
        (r#"{"edges": [[0, 1], [1, 2]], "widths": [512, 10]}"#, ["widths", "--width"]),
        (r#"{"edges": [{"from": 0, "to": 1, "gain": 0.5}, [1, 2]]}"#, ["gain", "--init keep"]),
        (r#"{"edges": [[0, 1], [1, 2]], "bias": true}"#, ["bias", "no law here yet"]),
        (r#"{"vertices": {"1": {"norm": "layer"}}, "edges": [[0, 1], [1, 2]]}"#, ["vertices", "leave the list out"]),
        (r#"{"edges": [[0, 1], [1, 2]], "activation": "gelu"}"#, ["activation", "--activation"]),
    ] {
        let said = in_file("wish.json", document.as_bytes());
        assert!(parts.iter().all(|part| said.contains(part)), "{document}: {said}");
    }
    // Any other field is a mistake of this format.
    assert!(in_file("other.json", br#"{"edges": [[0, 1]], "colour": 3}"#).contains("expected one of"));
}
