//! Values that are a graph: a list of edges in another spelling, an adjacency matrix, neighbours by vertex.

use serde_json::Value;

use super::Form;
use super::advice::{self, Pairs};

/// A list is taken for edges of one spelling only if every entry is.
pub(super) const FORMS: &[Form<Value>] = &[
    Form { name: "an adjacency matrix", mend: |value| Some(advice::directed(&of_matrix(value)?)) },
    Form { name: "a list of edges by name", mend: |value| spelled(value, |edge| ends(edge, 2, is_name)) },
    Form { name: "a list of edges whose numbers are texts", mend: |value| spelled(value, |edge| ends(edge, 2, is_quoted)) },
    Form { name: "a list of edges with keys source and target", mend: |value| spelled(value, by_key) },
    Form { name: "a list of edges with an operation in third place", mend: with_operations },
    Form { name: "a list of edges with a weight in third place", mend: |value| spelled(value, weighted) },
    Form { name: "a bare list of edges", mend: bare },
    Form { name: "lists of neighbours by vertex", mend: |value| Some(advice::directed(&of_neighbours(value)?)) },
];

/// Whether a value can stand for the end of an edge in one spelling.
type IsEnd = fn(&Value) -> bool;

fn is_number(value: &Value) -> bool {
    value.is_u64()
}

fn is_quoted(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<u64>().is_ok())
}

fn is_name(value: &Value) -> bool {
    value.is_string() && !is_quoted(value)
}

/// A vertex as a name: its text or its number.
pub(super) fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// The list itself, or what stands behind `edges` in an object that has no vertices of its own.
fn list(value: &Value) -> Option<&Vec<Value>> {
    let list = match value {
        Value::Object(object) if !object.contains_key("nodes") => object.get("edges")?,
        other => other,
    };
    list.as_array().filter(|list| !list.is_empty())
}

/// The mend when `read` reads every edge of a list.
fn spelled(value: &Value, read: fn(&Value) -> Option<(String, String)>) -> Option<String> {
    let pairs: Option<Pairs> = list(value)?.iter().map(read).collect();
    Some(advice::directed(&pairs?))
}

/// Both ends of a list of `length` entries.
fn ends(edge: &Value, length: usize, is_end: IsEnd) -> Option<(String, String)> {
    match edge.as_array()?.as_slice() {
        entries @ [from, to, ..] if entries.len() == length && is_end(from) && is_end(to) => Some((name(from)?, name(to)?)),
        _ => None,
    }
}

/// Both ends of an object with keys `source` and `target`.
pub(super) fn by_key(edge: &Value) -> Option<(String, String)> {
    Some((name(edge.get("source")?)?, name(edge.get("target")?)?))
}

fn weighted(edge: &Value) -> Option<(String, String)> {
    edge.get(2)?.as_f64()?;
    ends(edge, 3, is_number)
}

fn with_operations(value: &Value) -> Option<String> {
    let list = list(value)?;
    let operation = |edge: &Value| ends(edge, 3, is_number).and(edge.get(2)?.as_str().map(str::to_owned));
    let first = list.iter().map(operation).collect::<Option<Vec<_>>>()?.swap_remove(0);
    let (from, to) = ends(&list[0], 3, is_number)?;
    let known = ["linear", "skip", "projection"].contains(&first.as_str());
    let op = if known { first } else { "linear".into() };
    Some(format!(
        "write each edge as {{\"from\": {from}, \"to\": {to}, \"op\": \"{op}\"}} in a file {{\"edges\": […]}}; operations are linear, skip \
         and projection"
    ))
}

fn bare(value: &Value) -> Option<String> {
    // Behind a key `edges` this is the form that is read.
    let pairs = value.is_array().then(|| spelled(value, |edge| ends(edge, 2, is_number)))??;
    Some(format!("{pairs}, or put the list behind a key: {{\"edges\": [[0, 1], …]}}"))
}

/// Three or more rows of as many zeros and ones; two rows may as well be edges.
pub(super) fn of_matrix(value: &Value) -> Option<Pairs> {
    let rows = value.as_array().filter(|rows| rows.len() >= 3)?;
    let mut pairs = Pairs::new();
    for (from, row) in rows.iter().enumerate() {
        let row = row.as_array().filter(|row| row.len() == rows.len())?;
        for (to, entry) in row.iter().enumerate() {
            match entry {
                Value::Bool(edge) if *edge => pairs.push((from.to_string(), to.to_string())),
                Value::Number(number) if number.as_f64() == Some(1.0) => pairs.push((from.to_string(), to.to_string())),
                Value::Number(number) if number.as_f64() == Some(0.0) => (),
                Value::Bool(_) => (),
                _ => return None,
            }
        }
    }
    Some(pairs)
}

/// `{"0": [1, 2], "1": [2], "2": []}`: every neighbour is a key too, or a number where the keys are.
fn of_neighbours(value: &Value) -> Option<Pairs> {
    let object = value.as_object().filter(|object| object.len() > 1 && !object.contains_key("edges"))?;
    let numbered = object.keys().all(|key| key.parse::<u64>().is_ok());
    let mut pairs = Pairs::new();
    for (from, neighbours) in object {
        for neighbour in neighbours.as_array()? {
            let to = name(neighbour)?;
            if !(object.contains_key(&to) || numbered && is_number(neighbour)) {
                return None;
            }
            pairs.push((from.clone(), to));
        }
    }
    (!pairs.is_empty()).then_some(pairs)
}
