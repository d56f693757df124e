use crate::{EdgeKind, Graph};

impl Graph {
    /// The linear graphs that one reduction makes of this one, fewest vertices first, then fewest edges, without repeats.
    ///
    /// A reduction removes a hidden vertex, contracts one (its parents joined to its children), or removes an edge. What is
    /// then left on no path goes with it; what connects input and output no more is left out. Every edge counts as linear.
    ///
    /// ```
    /// use archscale_model::Architecture;
    /// let chain = Architecture::parse("chain:2")?;
    /// let texts: Vec<String> = chain.graph().reductions().iter().map(|graph| graph.edge_text()).collect();
    /// assert_eq!(texts, ["edges:0-1,1-2"]);
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    #[must_use]
    pub fn reductions(&self) -> Vec<Self> {
        let edges: Vec<(usize, usize)> = self.edges().map(|(from, to, _)| (from, to)).collect();
        let removals = self.hidden().map(|gone| without_vertex(&edges, gone));
        let contractions = self.hidden().map(|gone| contracted(&edges, gone));
        let cuts = edges.iter().map(|cut| edges.iter().copied().filter(|edge| edge != cut).collect());
        let mut smaller: Vec<Self> = removals
            .chain(contractions)
            .chain(cuts)
            .filter_map(|edges| compact(edges, self.output()))
            .filter(|graph| graph.size() < self.size())
            .collect();
        // Stable, so that equal sizes keep the order above.
        smaller.sort_by_key(Self::size);
        let mut unique: Vec<Self> = Vec::new();
        for graph in smaller {
            if !unique.contains(&graph) {
                unique.push(graph);
            }
        }
        unique
    }

    /// Numbers of hidden vertices and of edges: of two graphs the one with the smaller pair is the smaller.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.hidden_count(), self.edge_count())
    }
}

fn without_vertex(edges: &[(usize, usize)], gone: usize) -> Vec<(usize, usize)> {
    edges.iter().copied().filter(|&(from, to)| from != gone && to != gone).collect()
}

fn contracted(edges: &[(usize, usize)], gone: usize) -> Vec<(usize, usize)> {
    let mut kept = without_vertex(edges, gone);
    for &(from, _) in edges.iter().filter(|edge| edge.1 == gone) {
        kept.extend(edges.iter().filter(|edge| edge.0 == gone).map(|&(_, to)| (from, to)));
    }
    kept
}

/// The graph of these edges without what lies on no path, numbered 0..=H+1 again.
fn compact(mut edges: Vec<(usize, usize)>, output: usize) -> Option<Graph> {
    edges.sort_unstable();
    edges.dedup();
    let linear = edges.into_iter().map(|(from, to)| (from, to, EdgeKind::Linear));
    let kept = Graph::from_edges(linear, Some(output)).ok()?;
    Graph::from_edges(kept.edges().collect::<Vec<_>>(), None).ok()
}
