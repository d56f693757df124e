//! Values that other programs write: graphs with vertices of their own, cells of benchmarks, models.

use serde_json::Value;

use super::Form;
use super::advice::{self, Pairs};
use super::edges::{by_key, name, of_matrix};
use crate::notations::nas::STEPS;
use crate::{CellCode, SearchSpace};

pub(super) const FORMS: &[Form<Value>] = &[
    Form {
        name: "a model of Keras",
        mend: |value| (value.get("class_name")?.is_string() && value.get("config")?.is_object()).then(layers),
    },
    Form { name: "a configuration of a transformer", mend: |value| value.get("model_type")?.is_string().then(attention) },
    Form { name: "a node-link graph", mend: node_link },
    Form { name: "a graph of Cytoscape", mend: cytoscape },
    Form {
        name: "adjacency data of NetworkX",
        mend: |value| {
            (value.get("adjacency")?.is_array() && value.get("nodes")?.is_array()).then(|| advice::directed(&Vec::new()))
        },
    },
    Form { name: "a cell of NAS-Bench-101", mend: nas_bench_101 },
    Form { name: "a list of six operations, as NASLib writes cells of NAS-Bench-201", mend: naslib },
    Form { name: "a list around a text", mend: around_a_text },
];

fn layers() -> String {
    "write the graph of its layers as edges, for instance edges:0-1,1-2,1-3s,2-3,3-4".into()
}

fn attention() -> String {
    "attention, embeddings and normalisation cannot be written; a perceptron with its residual branches can: \
     edges:0-1,1-2,2-3,1-3s,3-4"
        .into()
}

/// Vertices, and edges under `links` or `edges`, of NetworkX and D3.
fn node_link(value: &Value) -> Option<String> {
    value.get("nodes")?.as_array()?;
    let edges = value.get("links").or_else(|| value.get("edges"))?.as_array()?;
    let pairs: Option<Pairs> = edges.iter().map(by_key).collect();
    let pairs = pairs?;
    let undirected = value.get("directed").and_then(Value::as_bool) == Some(false);
    Some(if undirected { advice::undirected() } else { advice::directed(&pairs) })
}

fn cytoscape(value: &Value) -> Option<String> {
    let elements = value.get("elements")?;
    elements.get("nodes")?.as_array()?;
    let pairs: Option<Pairs> = elements.get("edges")?.as_array()?.iter().map(|edge| by_key(edge.get("data")?)).collect();
    Some(advice::directed(&pairs?))
}

/// A matrix beside as many operations.
fn nas_bench_101(value: &Value) -> Option<String> {
    let parts: Vec<&Value> = match value {
        Value::Array(parts) => parts.iter().collect(),
        Value::Object(object) => object.values().collect(),
        _ => return None,
    };
    let pairs = parts.iter().find_map(|part| of_matrix(part))?;
    let operations = parts.iter().filter_map(|part| part.as_array());
    let named = operations.filter_map(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let operations = named.into_iter().find(|list| list.first() == Some(&"input") && list.last() == Some(&"output"))?;
    let pooled = operations.iter().any(|operation| operation.contains("pool"));
    let pooled = if pooled { "; max pooling cannot be written, and its vertex is then one more layer" } else { "" };
    Some(format!("its operations sit on the vertices of the matrix; for its graph {}{pooled}", advice::directed(&pairs)))
}

/// NASLib's operations in the order of their numbers, as digits of a cell's code.
const NASLIB: [u8; 5] = [1, 0, 3, 2, 4];

/// Its edges 1-2, 1-3, 1-4, 2-3, 2-4, 3-4.
///
/// **Source.** NASLib, search_spaces/nasbench201/conversions.py.
fn naslib(value: &Value) -> Option<String> {
    let numbers: Option<Vec<usize>> = value
        .as_array()?
        .iter()
        .map(|it| it.as_u64().and_then(|it| usize::try_from(it).ok()).filter(|&it| it < NASLIB.len()))
        .collect();
    let numbers = numbers.filter(|numbers| numbers.len() == STEPS * (STEPS + 1) / 2)?;
    let digit = |edge: usize| NASLIB[numbers[edge]];
    let rows = [vec![digit(0)], vec![digit(1), digit(3)], vec![digit(2), digit(4), digit(5)]];
    let code = CellCode::from_rows(SearchSpace::NAS_BENCH_201, &rows);
    Some(format!("in NASLib's order of operations it is {}; others number them otherwise", code.architecture()))
}

/// A list of one text, as Python prints it.
fn around_a_text(value: &Value) -> Option<String> {
    let [Value::String(text)] = value.as_array()?.as_slice() else { return None };
    let inner = match super::first_of(super::text::FORMS, text) {
        Some(found) => format!("which is {}: {}", found.name, found.mend),
        None => return Some(format!("give the text alone: {}", crate::error::shown(&name(&value[0])?))),
    };
    Some(format!("give the text alone, {inner}"))
}
