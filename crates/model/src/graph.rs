mod edges;
mod gains;
mod kind;
mod parallel;
mod reductions;

use std::sync::Arc;

use crate::{Gain, ModelError};
use edges::{Reach, check_order};
pub use kind::EdgeKind;
pub(crate) use kind::describe_vertices;

/// Sizes beyond which an architecture is refused rather than worked on for hours.
pub mod limits {
    /// Most vertices of a graph.
    pub const VERTICES: usize = 1_000_000;
    /// Most edges of a graph.
    pub const EDGES: usize = 8_000_000;
}

/// One edge, as seen from its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    source: u32,
    /// What [`crate::InitRule::Published`] divides by; 0 stands for the in-degree of the source.
    published_degree: u32,
    /// 1 + the place of its own gain in [`Graph::gains`]; 0 stands for that of the initialisation rule.
    own: u32,
    /// What the edge carries.
    pub kind: EdgeKind,
}

/// One edge of a cell or a network of cells, before it is laid out in a [`Graph`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct EdgePlan {
    /// Index of the source.
    pub(crate) source: usize,
    pub(crate) kind: EdgeKind,
    /// As in [`Edge`].
    pub(crate) published_degree: u32,
}

impl Edge {
    /// Index of the source vertex (0 the input, then the hidden vertices in topological order).
    #[must_use]
    pub fn source(self) -> usize {
        self.source as usize
    }
}

/// A validated network graph: acyclic, every edge forward, the output reached.
///
/// Vertices are indexed 0 for the input, 1..=H for the hidden ones in topological order, H + 1 for the output;
/// [`Graph::id`] gives back the number that the user wrote. Vertices on no input–output path are left out (and listed in
/// [`Graph::dropped`]), also from in-degrees, unless the notation's own convention counts them (cell codes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    names: Names,
    offsets: Vec<usize>,
    edges: Vec<Edge>,
    in_degrees: Vec<u32>,
    /// Gains that edges have of their own, whatever the initialisation rule says.
    gains: Arc<Vec<Gain>>,
    dropped: Vec<usize>,
    notes: Vec<String>,
}

/// How indices map back to the numbers that users see.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Names {
    /// Every vertex has a number of its own.
    Numbered(Vec<usize>),
    /// Hidden vertices are cell nodes numbered from 0; input and output have no number.
    Cell(Vec<usize>),
}

impl Graph {
    /// Validates an edge list whose vertex 0 is the input and whose largest vertex (or `output`) is the output.
    ///
    /// # Errors
    /// Empty lists, cycles, backward edges, duplicates, unreachable outputs and absurd sizes, each with place and mend.
    ///
    /// ```
    /// use archscale_model::{EdgeKind::Linear, Graph};
    /// let graph = Graph::from_edges([(0, 1, Linear), (1, 2, Linear), (0, 2, Linear)], None)?;
    /// assert_eq!((graph.hidden_count(), graph.in_degree(2)), (1, 2));
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn from_edges(
        edges: impl IntoIterator<Item = (usize, usize, EdgeKind)>,
        output: Option<usize>,
    ) -> Result<Self, ModelError> {
        let mut list: Vec<(usize, usize, EdgeKind)> = edges.into_iter().collect();
        if list.is_empty() {
            return Err(ModelError::empty("the edge list", "give edges such as 0-1,1-2"));
        }
        check_size("the number of edges", list.len(), limits::EDGES)?;
        check_order(&list)?;
        list.sort_unstable_by_key(|&(from, to, _)| (to, from));
        if let Some(pair) = list.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            let (from, to, _) = pair[0];
            return Err(ModelError::DuplicateEdge { from, to, mend: parallel::mend(&list, from, to, output) });
        }
        let mut ids: Vec<usize> = list.iter().flat_map(|&(from, to, _)| [from, to]).collect();
        ids.sort_unstable();
        ids.dedup();
        check_size("the number of vertices", ids.len(), limits::VERTICES)?;
        let output = output.unwrap_or(ids[ids.len() - 1]);
        let reach = Reach::of(&list, &ids, output)?;
        let kept: Vec<usize> = ids.iter().copied().filter(|&id| reach.on_path(id, &ids)).collect();
        let dropped: Vec<usize> = ids.iter().copied().filter(|&id| !reach.on_path(id, &ids)).collect();
        let mut offsets = vec![0, 0];
        let mut flat = Vec::new();
        let mut cursor = list.iter().peekable();
        for &id in &kept[1..] {
            while let Some(&&(from, to, kind)) = cursor.peek() {
                if to > id {
                    break;
                }
                cursor.next();
                if to == id
                    && let Ok(source) = kept.binary_search(&from)
                {
                    flat.push(Edge { source: source as u32, published_degree: 0, own: 0, kind });
                }
            }
            offsets.push(flat.len());
        }
        let notes = if dropped.is_empty() {
            Vec::new()
        } else {
            vec![format!("{} on no path from input to output: left out, also of in-degrees", describe_vertices(&dropped))]
        };
        let names = Names::Numbered(kept);
        let (in_degrees, gains) = (Vec::new(), Arc::default());
        let mut graph = Self { names, offsets, edges: flat, in_degrees, gains, dropped, notes };
        graph.in_degrees = (0..graph.vertex_count()).map(|v| graph.parents(v).len() as u32).collect();
        Ok(graph)
    }

    /// Assembles a cell: `parents[v]` lists the in-edges of index `v`, already in order and reached from the input.
    pub(crate) fn cell(
        node_ids: Vec<usize>,
        parents: &[Vec<EdgePlan>],
        in_degrees: Vec<u32>,
        dropped: Vec<usize>,
        notes: Vec<String>,
    ) -> Self {
        let mut offsets = vec![0];
        let mut edges = Vec::new();
        for list in parents {
            edges.extend(list.iter().map(|&EdgePlan { source, kind, published_degree }| Edge {
                source: source as u32,
                published_degree,
                own: 0,
                kind,
            }));
            offsets.push(edges.len());
        }
        Self { names: Names::Cell(node_ids), offsets, edges, in_degrees, gains: Arc::default(), dropped, notes }
    }

    /// The same graph with one more trained layer in front of it.
    ///
    /// **Statement.** A new input and one linear edge from it to the input of this graph, which becomes the first hidden vertex;
    /// every vertex and its [`Graph::id`] move up by one. Every path has one more trained edge that enters a hidden vertex, of
    /// gain C = 2 under every rule since the old input's in-degree counts as 1, hence the weight w_p = Π C_e/2 that it had.
    ///
    /// A stem that is trained from data of another dimension to the first layer of width n is such an edge in the laws: in the
    /// pre-activation conventions the fixed input of a program stands for the activation of what the stem makes.
    ///
    /// # Errors
    /// When the graph is as large as [`limits`] allow.
    ///
    /// ```
    /// use archscale_model::{EdgeKind::Linear, Graph};
    /// let graph = Graph::from_edges([(0, 1, Linear), (1, 2, Linear), (0, 2, Linear)], None)?;
    /// assert_eq!(graph.with_stem()?.edge_text(), "edges:0-1,1-2,1-3,2-3");
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn with_stem(&self) -> Result<Self, ModelError> {
        check_size("the number of vertices", self.vertex_count() + 1, limits::VERTICES)?;
        check_size("the number of edges", self.edge_count() + 1, limits::EDGES)?;
        let shifted = |ids: &[usize]| -> Vec<usize> { ids.iter().map(|id| id.saturating_add(1)).collect() };
        let after_zero = |ids: &[usize]| [vec![0], shifted(ids)].concat();
        let names = match &self.names {
            Names::Numbered(ids) => Names::Numbered(after_zero(ids)),
            Names::Cell(ids) => Names::Cell(after_zero(ids)),
        };
        let stem = Edge { source: 0, published_degree: 0, own: 0, kind: EdgeKind::Linear };
        let moved = self.edges.iter().map(|edge| Edge { source: edge.source + 1, ..*edge });
        // The old input, without in-edges so far, is the vertex whose edges end at offset 1.
        let offsets = [0, 0].into_iter().chain(self.offsets[1..].iter().map(|offset| offset + 1)).collect();
        let in_degrees = [0, 1].into_iter().chain(self.in_degrees[1..].iter().copied()).collect();
        let mut notes = self.notes.clone();
        if !self.dropped.is_empty() {
            notes.push("the stem moves every vertex up by one: what is said of vertices counts them without it".into());
        }
        let edges = std::iter::once(stem).chain(moved).collect();
        Ok(Self {
            names,
            offsets,
            edges,
            in_degrees,
            gains: Arc::clone(&self.gains),
            dropped: shifted(&self.dropped),
            notes,
        })
    }

    /// Whether it is a cell or a network of cells, whose readout follows one vertex.
    pub(crate) fn is_cell(&self) -> bool {
        matches!(self.names, Names::Cell(_))
    }

    /// Number of vertices, input and output included.
    #[must_use]
    pub fn vertex_count(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of edges.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// Number of hidden vertices.
    #[must_use]
    pub fn hidden_count(&self) -> usize {
        self.vertex_count() - 2
    }

    /// Indices of the hidden vertices, in topological order.
    pub fn hidden(&self) -> std::ops::Range<usize> {
        1..self.output()
    }

    /// Index of the output vertex.
    #[must_use]
    pub fn output(&self) -> usize {
        self.vertex_count() - 1
    }

    /// In-edges of the vertex of this index, sources ascending.
    #[must_use]
    pub fn parents(&self, v: usize) -> &[Edge] {
        &self.edges[self.offsets[v]..self.offsets[v + 1]]
    }

    /// In-degree that initialisation rules use; the input counts as 1.
    #[must_use]
    pub fn in_degree(&self, v: usize) -> usize {
        (self.in_degrees[v] as usize).max(1)
    }

    /// The user's number of a hidden vertex.
    ///
    /// For input and output of a cell, which have none, the neighbouring index is returned; use [`Graph::name`] for those.
    #[must_use]
    pub fn id(&self, v: usize) -> usize {
        match &self.names {
            Names::Numbered(ids) => ids[v],
            Names::Cell(ids) => v.checked_sub(1).and_then(|node| ids.get(node)).copied().unwrap_or(v),
        }
    }

    /// The vertex as a message names it.
    #[must_use]
    pub fn name(&self, v: usize) -> String {
        match &self.names {
            Names::Cell(_) if v == 0 => "input".into(),
            Names::Cell(_) if v == self.output() => "output".into(),
            _ => self.id(v).to_string(),
        }
    }

    /// The user's numbers of the vertices that were left out.
    #[must_use]
    pub fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    /// Whether some edge is a skip.
    #[must_use]
    pub fn has_skips(&self) -> bool {
        self.edges.iter().any(|edge| edge.kind == EdgeKind::Skip)
    }

    /// Every edge as (source index, target index, kind), by target then source.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, EdgeKind)> + '_ {
        (0..self.vertex_count()).flat_map(|v| self.parents(v).iter().map(move |edge| (edge.source(), v, edge.kind)))
    }

    /// The graph as an `edges:` text over indices: what to give the command line to get this graph again.
    ///
    /// Counts that a notation keeps of its own (a cell's in-degrees over unreached nodes) and gains of edges' own are not part of
    /// that text.
    #[must_use]
    pub fn edge_text(&self) -> String {
        let list: Vec<String> = self.edges().map(|(from, to, kind)| format!("{from}-{to}{}", kind.mark())).collect();
        format!("edges:{}", list.join(","))
    }

    /// What a user should know about how the input was read (vertices left out, in-degrees counted otherwise).
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.notes
    }
}

pub(crate) fn check_size(what: &'static str, found: usize, limit: usize) -> Result<(), ModelError> {
    if found > limit {
        return Err(ModelError::too_large(what, found, limit));
    }
    Ok(())
}
