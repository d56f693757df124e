//! Edges by kind, and vertices in words.

/// Operation carried by an edge of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EdgeKind {
    /// A trained matrix applied to the activation of its source.
    Linear,
    /// The identity.
    Skip,
    /// A trained matrix applied to the vector of its source itself, without the activation.
    Projection,
}

impl EdgeKind {
    /// Whether the edge carries a trained matrix.
    #[must_use]
    pub fn is_trained(self) -> bool {
        matches!(self, Self::Linear | Self::Projection)
    }

    /// The letter that marks the edge in an edge list: none for a linear edge.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Linear => "",
            Self::Skip => "s",
            Self::Projection => "p",
        }
    }
}

/// "vertex 3 is" or "vertices 3, 5 are", shortened when long.
pub(crate) fn describe_vertices(ids: &[usize]) -> String {
    const SHOWN: usize = 8;
    let mut list = ids.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if ids.len() > SHOWN {
        list.push_str(&format!(" and {} more", ids.len() - SHOWN));
    }
    if ids.len() == 1 { format!("vertex {list} is") } else { format!("vertices {list} are") }
}
