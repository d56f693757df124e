//! The gain of an edge: that of the initialisation rule, or one of its own.

use std::sync::Arc;

use num_traits::{One, ToPrimitive};

use super::{Edge, EdgeKind, Graph};
use crate::{Gain, InitRule};

impl Graph {
    /// Gain C of a trained edge into the vertex of index `v`: its weights are N(0, C/n), or N(0, C/n²) into the output.
    ///
    /// An edge's own gain ([`Graph::with_gains`]) goes before that of the rule.
    ///
    /// ```
    /// use archscale_model::{Architecture, InitRule};
    /// let cell = Architecture::parse("cell:2_22")?;
    /// let (graph, output) = (cell.graph(), cell.graph().output());
    /// let gain = |init, v: usize| graph.gain(init, v, graph.parents(v)[0]).to_string();
    /// assert_eq!([gain(InitRule::Target, 3), gain(InitRule::Target, output)], ["1", "2"]);
    /// assert_eq!([gain(InitRule::Source, 3), gain(InitRule::Source, output)], ["2", "1"]);
    /// assert_eq!([gain(InitRule::Published, 3), gain(InitRule::Published, output)], ["2", "4"]);
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    #[must_use]
    pub fn gain(&self, init: InitRule, v: usize, edge: Edge) -> Gain {
        if let Some(own) = self.own_gain(edge) {
            return own.clone();
        }
        if init == InitRule::Published && v == self.output() {
            return Gain::from_integer(4.into());
        }
        init.gain(self.degree_of_source(init, edge), self.in_degree(v))
    }

    /// What one edge multiplies the weight of a path by: C/2 for a trained edge, the square of its multiplier for a skip.
    pub(crate) fn path_factor(&self, init: InitRule, v: usize, edge: Edge) -> f64 {
        let own = self.own_gain(edge).map(|gain| gain.to_f64().unwrap_or(f64::NAN));
        match (edge.kind.is_trained(), own) {
            (true, Some(gain)) => 0.5 * gain,
            (false, multiplier) => multiplier.unwrap_or(1.0).powi(2),
            (true, None) if init == InitRule::Published && v == self.output() => 2.0,
            (true, None) => init.half_gain(self.degree_of_source(init, edge), self.in_degree(v)),
        }
    }

    /// m of a skip, which adds m times what it reads: 1 unless the skip has one of its own.
    #[must_use]
    pub fn multiplier(&self, edge: Edge) -> Gain {
        self.own_gain(edge).cloned().unwrap_or_else(Gain::one)
    }

    /// The gain C of a trained edge, or the multiplier m of a skip, that the edge has of its own.
    #[must_use]
    pub fn own_gain(&self, edge: Edge) -> Option<&Gain> {
        self.gains.get((edge.own as usize).checked_sub(1)?)
    }

    /// The same graph, where each edge has the gain of its own that `gain_of` gives it by target and edge, or none.
    ///
    /// **Statement.** For a trained edge the gain is C, whatever the initialisation rule and [`crate::Lowering::readout`] say; for a
    /// skip it is m, and the vertex adds m·x where it added x. In path sums a skip then has the weight m². The edges are asked for
    /// in the order of [`Graph::edges`].
    ///
    /// ```
    /// use archscale_model::{Architecture, EdgeKind, Gain, InitRule, PathSums};
    /// let cell = Architecture::parse("edges:0-1,1-2,1-3s,2-3,3-4")?;
    /// let half = cell.graph().with_gains(|_, edge| (edge.kind == EdgeKind::Skip).then(|| Gain::new(1.into(), 2.into())));
    /// // One path over the skip, of weight 1 · (1/2)² · 1, and one beside it, of weight 1 · 1 · 1/2 · 1.
    /// assert_eq!(PathSums::new(&half, InitRule::Target).total_weight().to_f64(), 0.75);
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    #[must_use]
    pub fn with_gains(&self, mut gain_of: impl FnMut(usize, Edge) -> Option<Gain>) -> Self {
        let mut graph = self.clone();
        let mut gains = Vec::new();
        for v in 0..self.vertex_count() {
            for at in self.offsets[v]..self.offsets[v + 1] {
                graph.edges[at].own = gain_of(v, self.edges[at]).map_or(0, |gain| {
                    gains.push(gain);
                    gains.len() as u32
                });
            }
        }
        graph.gains = Arc::new(gains);
        graph
    }

    /// Which skips are multiplied by what, in words; nothing where none has a multiplier other than 1.
    #[must_use]
    pub fn multiplier_note(&self) -> Option<String> {
        const SHOWN: usize = 6;
        let skips = (0..self.vertex_count())
            .flat_map(|v| self.parents(v).iter().map(move |edge| (v, *edge)))
            .filter(|(_, edge)| edge.kind == EdgeKind::Skip);
        let shown: Vec<(String, String)> = skips
            .map(|(v, edge)| {
                let multiplier = self.multiplier(edge).to_f64().unwrap_or(f64::NAN);
                (format!("{}→{}", self.name(edge.source()), self.name(v)), format!("{multiplier:.6}"))
            })
            .collect();
        let (first, one) = (&shown.first()?.1, "1.000000");
        if shown.iter().all(|(_, multiplier)| multiplier == first) {
            return (first != one).then(|| format!("every skip is multiplied by {first}"));
        }
        let multiplied: Vec<String> = shown
            .iter()
            .filter(|(_, multiplier)| multiplier != one)
            .map(|(skip, multiplier)| format!("skip {skip} is multiplied by {multiplier}"))
            .collect();
        let more = multiplied.len().saturating_sub(SHOWN);
        let list = multiplied[..multiplied.len().min(SHOWN)].join(", ");
        Some(if more > 0 { format!("{list}, and {more} more are by numbers of their own") } else { list })
    }

    /// Whether some edge has no gain of its own.
    pub(crate) fn gains_missing(&self) -> bool {
        self.edges.iter().any(|edge| edge.own == 0)
    }

    fn degree_of_source(&self, init: InitRule, edge: Edge) -> usize {
        match (init, edge.published_degree) {
            (InitRule::Published, degree @ 1..) => degree as usize,
            _ => self.in_degree(edge.source()),
        }
    }
}
