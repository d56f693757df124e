use std::fmt;
use std::path::Path;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Notation, foreign};
use crate::error::{in_words, shown};
use crate::{EdgeKind, Graph, ModelError, graph::check_size, object};

/// Larger files are refused before they are read.
const BYTE_LIMIT: usize = 256 << 20;

pub(crate) const NOTATION: Notation =
    Notation { keyword: "file", grammar: "file:PATH", help: "a JSON file; `archscale schema` prints its schema", parse };

/// An architecture file: the edges of a directed acyclic graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchitectureFile {
    /// A name for the reader; not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The output vertex; the largest vertex number unless given. Vertex 0 is the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<usize>,
    /// The edges, each from a smaller to a larger vertex number. Two edges between the same vertices are not read: lead one through a
    /// vertex that copies their source by a skip. For a matrix beside a skip, [1, 2] and {"from": 1, "to": 2, "op": "skip"}, write
    /// {"from": 1, "to": 2, "op": "skip"}, [1, 3], {"from": 2, "to": 3, "op": "skip"}. Under --convention preact this needs ReLU.
    pub edges: Vec<EdgeEntry>,
}

/// The same for reading; a list of the fields in order is no architecture file.
#[derive(Deserialize)]
#[serde(remote = "ArchitectureFile", deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, deserialize_with = "vertex_or_none")]
    output: Option<usize>,
    edges: Vec<EdgeEntry>,
}

impl<'de> Deserialize<'de> for ArchitectureFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// So that the fields can be read where a type is due.
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Whole(#[serde(with = "Fields")] ArchitectureFile);
        let Whole(file) = object::read(deserializer, "an object {\"edges\": [[0, 1], [1, 2]]}")?;
        Ok(file)
    }
}

/// One edge of an [`ArchitectureFile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum EdgeEntry {
    /// A linear edge `[from, to]`.
    Pair(usize, usize),
    /// An edge with its operation.
    Full(FullEdge),
}

/// An edge with its operation spelled out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FullEdge {
    /// Source vertex.
    #[serde(deserialize_with = "vertex")]
    pub from: usize,
    /// Target vertex.
    #[serde(deserialize_with = "vertex")]
    pub to: usize,
    /// What the edge carries.
    #[serde(default)]
    pub op: OperationName,
}

/// What an edge carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OperationName {
    /// A trained matrix applied to the activation of the source.
    #[default]
    Linear,
    /// The identity.
    Skip,
    /// A trained matrix applied to the vector of the source itself, without the activation.
    Projection,
}

impl<'de> Deserialize<'de> for OperationName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "linear" => Ok(Self::Linear),
            "skip" => Ok(Self::Skip),
            "projection" => Ok(Self::Projection),
            other => {
                Err(D::Error::custom(format!("'{}' is no operation, which are linear, skip and projection", shown(other))))
            }
        }
    }
}

impl<'de> Deserialize<'de> for EdgeEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Edge;

        impl<'de> Visitor<'de> for Edge {
            type Value = EdgeEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an edge [from, to] or {\"from\": u, \"to\": v, \"op\": \"linear\", \"skip\" or \"projection\"}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<EdgeEntry, A::Error> {
                let length = |found: usize| A::Error::invalid_length(found, &Self);
                let Vertex(from) = list.next_element()?.ok_or_else(|| length(0))?;
                let Vertex(to) = list.next_element()?.ok_or_else(|| length(1))?;
                let mut more = 0;
                while list.next_element::<serde::de::IgnoredAny>()?.is_some() {
                    more += 1;
                }
                if more == 0 { Ok(EdgeEntry::Pair(from, to)) } else { Err(length(2 + more)) }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EdgeEntry, A::Error> {
                FullEdge::deserialize(MapAccessDeserializer::new(map)).map(EdgeEntry::Full)
            }
        }

        deserializer.deserialize_any(Edge)
    }
}

/// The number of a vertex: a whole number, which JSON may write as 1 or 1.0.
struct Vertex(usize);

impl<'de> Deserialize<'de> for Vertex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Vertex;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a vertex, whole and from 0")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Vertex, E> {
                usize::try_from(number)
                    .map(Vertex)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Vertex, E> {
                // Beyond 2⁵³ not every whole number has a double of its own.
                let whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
                if whole {
                    Ok(Vertex(number as usize))
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
                }
            }
        }

        deserializer.deserialize_any(Number)
    }
}

fn vertex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    Vertex::deserialize(deserializer).map(|Vertex(number)| number)
}

fn vertex_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(|Vertex(number)| number))
}

impl ArchitectureFile {
    /// The graph that the file describes.
    ///
    /// # Errors
    /// As [`Graph::from_edges`].
    pub fn graph(&self) -> Result<Graph, ModelError> {
        let edges = self.edges.iter().map(|entry| match entry {
            EdgeEntry::Pair(from, to) => (*from, *to, EdgeKind::Linear),
            EdgeEntry::Full(edge) => (
                edge.from,
                edge.to,
                match edge.op {
                    OperationName::Linear => EdgeKind::Linear,
                    OperationName::Skip => EdgeKind::Skip,
                    OperationName::Projection => EdgeKind::Projection,
                },
            ),
        });
        Graph::from_edges(edges, self.output)
    }
}

fn parse(path: &str) -> Result<Graph, ModelError> {
    if path.is_empty() {
        return Err(ModelError::empty("the path", "write file:PATH, for instance file:net.json"));
    }
    let failed = |problem: String| ModelError::File { path: path.into(), problem };
    let unreadable = |error: std::io::Error| failed(format!("cannot be read: {error}"));
    let size = std::fs::metadata(Path::new(path)).map_err(unreadable)?.len();
    check_size("the file's size in bytes", usize::try_from(size).unwrap_or(usize::MAX), BYTE_LIMIT)?;
    let bytes = std::fs::read(path).map_err(unreadable)?;
    read(&bytes)
        .map_err(|problem| foreign::in_file(path, &bytes).unwrap_or_else(|| failed(problem)))?
        .graph()
        .map_err(|error| failed(error.to_string()))
}

/// Reads the bytes of a file, or says in one line why they are no architecture file.
fn read(bytes: &[u8]) -> Result<ArchitectureFile, String> {
    let no_file =
        |problem: &str| format!("it is no architecture file: {problem}; `archscale schema` prints what is expected");
    let text = std::str::from_utf8(bytes).map_err(|_| no_file("its bytes are no text in UTF-8"))?;
    // A byte order mark, which some editors put in front, says nothing.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof if text.trim().is_empty() => no_file("it is empty"),
        serde_json::error::Category::Eof => no_file(&format!("it ends too early, in line {}", error.line())),
        _ => {
            let problem = in_words(&error);
            match not_written(&problem) {
                Some(mend) => format!("{problem}: {mend}"),
                None => no_file(&problem),
            }
        }
    })
}

/// What files of other programs say and these cannot, by the names of the fields, and what is done about it here.
const NOT_WRITTEN: &[(&[&str], &str)] = &[
    (
        &["width", "widths", "channels", "units", "fan_in", "fan_out"],
        "layers of different widths cannot be written yet; every hidden vertex has the width that --width gives",
    ),
    (
        &["gain", "gains", "multiplier", "multipliers", "scale", "init", "initialization", "weights"],
        "gains and multipliers of one's own cannot be written yet; --init gives those of all edges, and --init keep solves them",
    ),
    (
        &["bias", "biases", "norm", "norms", "normalization", "batchnorm", "dropout", "stride", "attention"],
        "biases, normalisation, strides and attention have no law here yet; leave the field out to see the network without",
    ),
    (&["activation", "activations"], "one activation holds for all vertices; --activation gives it"),
    (&["outputs"], "a network has one output here; leave the others out"),
    (&["lr", "rate", "rates", "learning_rate"], "one learning rate holds for all weights; `scale --lr` takes it"),
    (&["vertices", "nodes", "layers"], "vertices are only the numbers that edges name; leave the list out"),
];

/// The mend for a field that files of other programs have.
fn not_written(problem: &str) -> Option<&'static str> {
    let field = problem.strip_prefix("unknown field `")?.split('`').next()?;
    NOT_WRITTEN.iter().find(|(names, _)| names.contains(&field)).map(|(_, mend)| *mend)
}
