//! Schemas of files against their readers: what is kept and carried fits both, what a reader refuses fits neither.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::support::archscale;

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = archscale(arguments);
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schemas-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether a value fits a schema, by the keywords that our schemas use; one that is not known here fails the test.
fn valid(schema: &Value, value: &Value) -> bool {
    fits(schema, schema, value)
}

fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(rules) = schema.as_object() else { return schema == true };
    let all = |list: &Value| list.as_array().unwrap().iter().filter(|one| fits(root, one, value)).count();
    rules.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" | "default" | "examples" | "format" => true,
        "$ref" => fits(root, root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value),
        "type" => match rule {
            Value::String(kind) => is(kind, value),
            kinds => kinds.as_array().unwrap().iter().any(|kind| is(kind.as_str().unwrap(), value)),
        },
        "enum" => rule.as_array().unwrap().contains(value),
        "const" => rule == value,
        "anyOf" => all(rule) > 0,
        "oneOf" => all(rule) == 1,
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
        "exclusiveMinimum" => value.as_f64().is_none_or(|number| number > rule.as_f64().unwrap()),
        "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap()),
        "items" => value.as_array().is_none_or(|list| list.iter().all(|one| fits(root, rule, one))),
        "prefixItems" => value
            .as_array()
            .is_none_or(|list| list.iter().zip(rule.as_array().unwrap()).all(|(one, rule)| fits(root, rule, one))),
        "required" => value
            .as_object()
            .is_none_or(|fields| rule.as_array().unwrap().iter().all(|name| fields.contains_key(name.as_str().unwrap()))),
        "properties" => value
            .as_object()
            .is_none_or(|fields| fields.iter().all(|(name, one)| rule.get(name).is_none_or(|rule| fits(root, rule, one)))),
        "additionalProperties" => value.as_object().is_none_or(|fields| {
            let named = rules.get("properties").and_then(Value::as_object);
            fields
                .iter()
                .filter(|(name, _)| named.is_none_or(|named| !named.contains_key(*name)))
                .all(|(_, one)| fits(root, rule, one))
        }),
        other => panic!("keyword {other} is not known here"),
    })
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("type {other} is not known here"),
    }
}

/// What the schemas say of files is what the readers take: carried suites, kept measurements and the examples in the schemas fit, and
/// what the readers refuse does not.
#[test]
fn schemas_describe_suites_and_measurements() {
    let schema = |name: &str| -> Value { serde_json::from_str(&text(&archscale(&["schema", name]))).unwrap() };
    let (suite, line) = (schema("suite"), schema("measurement"));
    assert!(
        line.to_string().contains("Natural logarithm of the maximal learning rate")
            && line.to_string().contains("3 different architectures")
    );
    let folder = folder("schemas");
    for (name, carried) in archscale::rates::Suite::CARRIED {
        assert!(valid(&suite, &serde_json::from_str(carried).unwrap()), "{name}");
    }
    let example = &suite["examples"][0];
    assert!(valid(&suite, example));
    archscale::rates::Suite::parse("the example", &example.to_string()).unwrap();
    for (field, value) in
        [("group", "[]"), ("protocol", r#"{ "widths": 8 }"#), ("plan", r#"{ "points": 2 }"#), ("groups", "[]")]
    {
        let mut bad = example.clone();
        bad[field] = serde_json::from_str(value).unwrap();
        assert!(!valid(&suite, &bad), "{field}");
        assert!(
            archscale::rates::Suite::parse("bad", &bad.to_string()).unwrap_err().to_string().contains("suite bad: ")
                || field == "plan"
                || field == "protocol"
        );
    }
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/proofs/trained-rates.jsonl")).unwrap();
    assert_eq!(kept.lines().filter(|one| valid(&line, &serde_json::from_str(one).unwrap())).count(), 624);
    let file = folder.join("lines.jsonl");
    let good = &line["examples"][0];
    assert!(valid(&line, good));
    let of = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        std::fs::write(&file, format!("{good}\n{value}\n")).unwrap();
        assert!(!valid(&line, &value), "{value}");
        refused(&["maxlr", "report", file.to_str().unwrap()])
    };
    let message = of(&|value| value["learning_rate"] = 0.1.into());
    for part in ["lines.jsonl", "line 2 is no measurement", "unknown field `learning_rate`", "archscale schema measurement"]
    {
        assert!(message.contains(part), "{message}");
    }
    assert!(
        of(&|value| value["log_rates"] = serde_json::json!([])).contains("log_rates of 'chain:3' in group 'depth' is empty")
    );
    assert!(of(&|value| value["log_rates"] = serde_json::json!([null])).contains("expected a number"));
    assert!(of(&|value| value["width"] = 0.into()).contains("width 0"));
    let list = serde_json::json!(["depth", "chain:3", "target", "pre", "relu", 128, [-1.2], true, {}]);
    assert!(of(&|value| *value = list.clone()).contains("line 2 is no measurement: it is no object with named fields"));
    // A logarithm that no rate has: e^800 is beyond every number that the program computes with, e^-800 is zero there.
    for log in ["800.0", "-800.0"] {
        std::fs::write(&file, good.to_string().replace("-1.2", log)).unwrap();
        let message = refused(&["maxlr", "report", file.to_str().unwrap()]);
        assert!(message.contains("line 1") && message.contains("log_rates") && message.contains("give ln η"), "{message}");
    }
}
