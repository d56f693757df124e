use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Family;
use crate::{EdgeKind, Graph, ModelError, graph::check_size};

/// Larger files are refused before they are read.
const BYTE_LIMIT: usize = 256 << 20;

pub(crate) const FAMILY: Family =
    Family { keyword: "file", grammar: "file:PATH", help: "a JSON file; `archscale schema` prints its schema", parse };

/// An architecture file: the edges of a directed acyclic graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchitectureFile {
    /// A name for the reader; not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The output vertex; the largest vertex number unless given. Vertex 0 is the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<usize>,
    /// The edges, each from a smaller to a larger vertex number.
    pub edges: Vec<EdgeEntry>,
}

/// One edge of an [`ArchitectureFile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "an edge is [from, to] or {\"from\": u, \"to\": v, \"op\": \"linear\", \"skip\" or \"projection\"}"
)]
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
    pub from: usize,
    /// Target vertex.
    pub to: usize,
    /// What the edge carries.
    #[serde(default)]
    pub op: OperationName,
}

/// What an edge carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
        return Err(ModelError::Empty {
            what: "the path".into(),
            mend: "write file:PATH, for instance file:net.json".into(),
        });
    }
    let failed = |problem: String| ModelError::File { path: path.into(), problem };
    let size = std::fs::metadata(Path::new(path)).map_err(|error| failed(format!("cannot be read: {error}")))?.len();
    check_size("the file's size in bytes", usize::try_from(size).unwrap_or(usize::MAX), BYTE_LIMIT)?;
    let text = std::fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let file: ArchitectureFile = serde_json::from_str(&text)
        .map_err(|error| failed(format!("{error}; `archscale schema` prints what is expected")))?;
    file.graph().map_err(|error| failed(error.to_string()))
}
