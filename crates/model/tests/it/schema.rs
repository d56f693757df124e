//! The printed schema of an architecture file and the reader agree on what they accept, and no text makes the reader fail otherwise than
//! by one line.

use archscale_model::Network;
use archscale_model::notations::ArchitectureFile;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Whether a document is valid by a schema, for the keywords that the printed one uses; any other is a failure of this test.
fn valid(schema: &Value, root: &Value, document: &Value) -> bool {
    let Some(rules) = schema.as_object() else { return schema == &Value::Bool(true) };
    rules.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" | "default" | "format" | "$defs" => true,
        "$ref" => valid(root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap(), root, document),
        "anyOf" => rule.as_array().unwrap().iter().any(|schema| valid(schema, root, document)),
        "oneOf" => rule.as_array().unwrap().iter().filter(|schema| valid(schema, root, document)).count() == 1,
        "const" => document == rule,
        "enum" => rule.as_array().unwrap().contains(document),
        "type" => match rule {
            Value::Array(types) => types.iter().any(|name| is_of(name, document)),
            name => is_of(name, document),
        },
        "minimum" => document.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
        "minItems" => document.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
        "maxItems" => document.as_array().is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap()),
        "prefixItems" => document
            .as_array()
            .is_none_or(|list| list.iter().zip(rule.as_array().unwrap()).all(|(entry, schema)| valid(schema, root, entry))),
        "items" => document.as_array().is_none_or(|list| list.iter().all(|entry| valid(rule, root, entry))),
        "required" => document
            .as_object()
            .is_none_or(|object| rule.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))),
        "properties" => document.as_object().is_none_or(|object| {
            object.iter().all(|(key, value)| rule.get(key).is_none_or(|schema| valid(schema, root, value)))
        }),
        "additionalProperties" => {
            assert_eq!(rule, &Value::Bool(false));
            let known = rules["properties"].as_object().unwrap();
            document.as_object().is_none_or(|object| object.keys().all(|key| known.contains_key(key)))
        }
        other => panic!("the schema uses '{other}', which this test does not know"),
    })
}

fn is_of(name: &Value, document: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => document.is_null(),
        "string" => document.is_string(),
        "array" => document.is_array(),
        "object" => document.is_object(),
        // Of numbers by value: 1.0 is an integer.
        "integer" => document.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("the schema uses the type '{other}', which this test does not know"),
    }
}

fn schema() -> Value {
    serde_json::to_value(schemars::schema_for!(ArchitectureFile)).unwrap()
}

/// Agreement on one document; the verdict.
fn agree(schema: &Value, document: &Value) -> bool {
    let (read, valid) = (serde_json::from_value::<ArchitectureFile>(document.clone()), valid(schema, schema, document));
    assert_eq!(read.is_ok(), valid, "{document}: {read:?}");
    let text = serde_json::from_str::<ArchitectureFile>(&document.to_string());
    assert_eq!(text.is_ok(), valid, "{document} as a text: {text:?}");
    valid
}

#[test]
fn listed_documents_are_accepted_as_the_schema_says() {
    let schema = schema();
    for (document, accepted) in [
        (json!({"edges": [[0, 1], [1, 2]]}), true),
        (json!({"name": null, "output": 2, "edges": [{"from": 0, "to": 1, "op": "skip"}]}), true),
        (json!({"edges": [[0.0, 1.0]], "output": null}), true),
        (json!([null, 3, [[0, 1], [1, 2], [2, 3]]]), false),
        (json!({"edges": [[0, 1, "skip"], [1, 2, "linear"]]}), false),
        (json!({"edges": [{"from": 0, "to": 1, "op": {"skip": null}}]}), false),
        (json!({"edges": [[0, 1.5]]}), false),
        (json!({"edges": [[0, -1]]}), false),
        (json!({"edges": [["0", "1"]]}), false),
        (json!({"edges": [{"source": 0, "target": 1}]}), false),
        (json!({"edges": {"from": 0, "to": 1}}), false),
        (json!({"Edges": [[0, 1]]}), false),
        (json!({"edges": [], "name": 1}), false),
        (json!("edges"), false),
    ] {
        assert_eq!(agree(&schema, &document), accepted, "{document}");
    }
}

/// Anything that may stand in place of a part of a document.
fn part() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_u64..6).prop_map(Value::from),
        (-2_i64..0).prop_map(Value::from),
        prop::sample::select(vec![0.0, 1.0, 1.5, -1.0]).prop_map(Value::from),
        prop::sample::select(vec!["skip", "linear", "projection", "Skip", "0", "from", ""]).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 3, |inner| {
        let key = prop::sample::select(vec!["from", "to", "op", "edges", "name", "output", "source", "skip"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4)
                .prop_map(|entries| entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Value>()),
        ]
    })
}

/// What is done to a part of a document.
#[derive(Debug, Clone)]
enum Mutation {
    Replace(Value),
    /// An object becomes the list of its values, which a careless reader takes for it.
    Values,
    /// A text becomes an object with it as the key, likewise.
    Key,
}

/// A document that is an architecture file, with up to three of its parts altered.
fn mutated() -> impl Strategy<Value = Value> {
    let pointers = [
        "",
        "/name",
        "/output",
        "/edges",
        "/edges/0",
        "/edges/0/0",
        "/edges/0/1",
        "/edges/1",
        "/edges/1/from",
        "/edges/1/to",
        "/edges/1/op",
    ];
    let mutation =
        prop_oneof![3 => part().prop_map(Mutation::Replace), 1 => Just(Mutation::Values), 1 => Just(Mutation::Key)];
    prop::collection::vec((prop::sample::select(pointers.to_vec()), mutation), 0..4).prop_map(|mutations| {
        let mut document =
            json!({"name": "n", "output": 3, "edges": [[0, 1], {"from": 1, "to": 2, "op": "linear"}, [2, 3]]});
        for (pointer, mutation) in mutations {
            let Some(place) = document.pointer_mut(pointer) else { continue };
            let altered = match (mutation, &*place) {
                (Mutation::Replace(value), _) => value,
                // In the order of the fields.
                (Mutation::Values, Value::Object(object)) => {
                    let fields = ["name", "output", "from", "to", "op", "edges"];
                    fields.iter().filter_map(|field| object.get(*field).cloned()).collect()
                }
                (Mutation::Key, Value::String(text)) => json!({text.clone(): null}),
                (_, same) => same.clone(),
            };
            *place = altered;
        }
        document
    })
}

/// An error is one line, not too long, and no panic; whatever is read has a text that is read again.
fn one_line(text: &str) {
    match Network::parse(text) {
        Ok(network) => assert_eq!(Network::parse(&network.text()).unwrap(), network, "{text:?}"),
        Err(error) => {
            let message = error.to_string();
            let broken = message.contains(|letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'));
            assert!(!broken && message.len() < 1_500, "{text:?}: {message:?}");
        }
    }
}

/// One text of every family and form.
const TEXTS: [&str; 14] = [
    "chain:3",
    "complete:2",
    "edges:0-1,1-2s,1-3,2-3s,3-4p,4-5",
    "cell:2_02_002",
    "nas:3_21_310",
    "nas:|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|,pool=skip",
    "nasnet:2_10_121,N=2",
    "stem:cell:2_02",
    "conv:depth=2,kernel=3,dims=2,size=5x4,padding=zero,readout=single:3,input=mix:0.5,channels=many",
    "conv:size=6,input=spectrum:1,net=stem:complete:2",
    "[[0, 1], [1, 2]]",
    "digraph { a -> b; b -> c }",
    "(2, 1, 1, 0, 4, 3)",
    "Genotype(normal=[('sep_conv_3x3', 0)], reduce=[])",
];

/// A text with up to four pieces cut out of it or put into it.
fn altered() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "0",
        "1",
        "2",
        "5",
        "-",
        ",",
        "_",
        "s",
        "p",
        "|",
        "+",
        "~",
        ":",
        "=",
        "x",
        "(",
        "]",
        "'",
        " ",
        "\n",
        "\u{2028}",
        "é",
        "conv:",
        "N=",
        "net=",
        "99999999999999999999",
    ]);
    let change = (any::<prop::sample::Index>(), 0_usize..3, prop::option::of(piece));
    (prop::sample::select(TEXTS.to_vec()), prop::collection::vec(change, 0..5)).prop_map(|(text, changes)| {
        let mut letters: Vec<char> = text.chars().collect();
        for (place, cut, piece) in changes {
            let start = place.index(letters.len() + 1);
            let end = (start + cut).min(letters.len());
            letters.splice(start..end, piece.unwrap_or_default().chars());
        }
        letters.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_documents_are_accepted_as_the_schema_says(document in mutated()) {
        agree(&schema(), &document);
    }

    #[test]
    fn any_text_is_read_or_refused_in_one_line(text in "\\PC{0,40}|(?s).{0,24}") {
        one_line(&text);
    }

    #[test]
    fn altered_texts_are_read_or_refused_in_one_line(text in altered()) {
        one_line(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_file_is_read_or_refused_in_one_line(
        content in prop_oneof![
            mutated().prop_map(|document| document.to_string().into_bytes()),
            (mutated(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(document, place, byte)| {
                let mut bytes = document.to_string().into_bytes();
                let place = place.index(bytes.len());
                bytes[place] = byte;
                bytes
            }),
            prop::collection::vec(any::<u8>(), 0..64),
        ]
    ) {
        let path = std::env::temp_dir().join(format!("archscale-schema-{}.json", std::process::id()));
        std::fs::write(&path, &content).unwrap();
        one_line(&format!("file:{}", path.display()));
    }
}
