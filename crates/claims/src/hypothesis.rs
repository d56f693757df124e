//! Hypotheses of claims as predicates, decided on the network itself.

use archscale_model::{Activation, Convention, EdgeKind, Graph, InitRule, Lowering, Network};

/// A network as a claim is judged on it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The network.
    pub network: Network,
    /// Initialisation rule, convention and activation.
    pub how: Lowering,
    /// Width at which it is simulated; `None` where only closed forms are compared.
    pub width: Option<usize>,
}

/// One hypothesis of a claim: its sentence, and what decides it.
#[derive(Debug, Clone, Copy)]
pub struct Hypothesis {
    sentence: &'static str,
    broken: Option<fn(&Case) -> Option<String>>,
}

impl Hypothesis {
    /// A hypothesis that holds of every network that is lowered here, or that no single network can break.
    pub(crate) const fn stated(sentence: &'static str) -> Self {
        Self { sentence, broken: None }
    }

    const fn decided(sentence: &'static str, broken: fn(&Case) -> Option<String>) -> Self {
        Self { sentence, broken: Some(broken) }
    }

    /// The hypothesis in words.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        self.sentence
    }

    /// The part of this case that breaks it; nothing where it holds.
    ///
    /// ```
    /// use archscale_claims::{Case, Claim};
    /// use archscale_model::{InitRule, Lowering, Network};
    /// let network = Network::parse("edges:0-1,1-2,1-3s,2-3,3-4")?;
    /// let case = Case { network, how: Lowering::new(InitRule::He), width: Some(8) };
    /// let domain = Claim::find("forward-variance")?.domain;
    /// let broken: Vec<String> = domain.iter().filter_map(|hypothesis| hypothesis.broken_by(&case)).collect();
    /// assert_eq!(broken, ["skip 1→3"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn broken_by(&self, case: &Case) -> Option<String> {
        self.broken.and_then(|broken| broken(case))
    }
}

/// Every vertex is a vector of width n.
pub(crate) const VECTORS: Hypothesis = Hypothesis::decided("vectors, no images", |case| match &case.network {
    Network::Vectors(_) => None,
    Network::Images(_) => Some("fields over an image".into()),
});

/// Every vertex is a field over the positions of an image.
pub(crate) const CONVOLUTIONS: Hypothesis =
    Hypothesis::decided("convolutions of stride 1 over an image", |case| match &case.network {
        Network::Images(_) => None,
        Network::Vectors(_) => Some("vectors, no image".into()),
    });

/// Every edge is a trained matrix behind the activation.
pub(crate) const LINEAR_EDGES: Hypothesis = Hypothesis::decided("linear edges only", |case| {
    edges_of_kind(case.network.graph(), EdgeKind::Skip, "skip")
        .or_else(|| edges_of_kind(case.network.graph(), EdgeKind::Projection, "projection"))
});

/// Each vertex reads the one before it and nothing else.
pub(crate) const CHAIN: Hypothesis = Hypothesis::decided("a chain", |case| {
    let graph = case.network.graph();
    let vertex = (1..graph.vertex_count()).find(|&v| graph.parents(v).len() != 1)?;
    let sources: Vec<String> = graph.parents(vertex).iter().map(|edge| graph.name(edge.source())).collect();
    let reader = if vertex == graph.output() { "the output".into() } else { format!("vertex {}", graph.name(vertex)) };
    Some(format!("{reader} reads {}", sources.join(" and ")))
});

/// The activation is ReLU.
pub(crate) const RELU: Hypothesis = Hypothesis::decided("ReLU", |case| other_activation(case, Activation::RELU));

/// The activation is GELU.
pub(crate) const GELU: Hypothesis = Hypothesis::decided("GELU", |case| other_activation(case, Activation::GELU));

/// A vertex is a sum of pre-activations.
pub(crate) const PRE_ACTIVATION_SUMS: Hypothesis = Hypothesis::decided("sums of pre-activations (equation 1)", |case| {
    (case.how.convention != Convention::Pre).then(|| format!("convention {}", case.how.convention))
});

/// C = 2/in-degree of the target.
pub(crate) const TARGET_INIT: Hypothesis =
    Hypothesis::decided("target init (equation 12), which is C = 2 on a chain", |case| other_init(case, InitRule::Target));

/// C = 2/in-degree of the source.
pub(crate) const SOURCE_INIT: Hypothesis =
    Hypothesis::decided("source init (equation 4), the input counting as in-degree 1", |case| {
        other_init(case, InitRule::Source)
    });

/// The statement is of the limit: a simulation, which has a width, decides nothing on it.
pub(crate) const LIMIT: Hypothesis = Hypothesis::decided("n → ∞", |case| {
    case.width.map(|width| format!("the statement is of n → ∞, and networks of n = {width} would be simulated"))
});

/// The statement is of every width.
pub(crate) const ANY_WIDTH: Hypothesis = Hypothesis::stated("any width n ≥ 1");

/// Gaussian matrices.
pub(crate) const GAUSSIAN: Hypothesis = Hypothesis::stated("independent Gaussian weights");

/// The small readout.
pub(crate) const MEAN_FIELD: Hypothesis = Hypothesis::stated("readout variance C/n² (mean-field)");

/// Edges of one kind, as a message names them: the first few.
fn edges_of_kind(graph: &Graph, kind: EdgeKind, word: &str) -> Option<String> {
    const SHOWN: usize = 3;
    let found: Vec<String> = graph
        .edges()
        .filter(|&(_, _, found)| found == kind)
        .map(|(from, to, _)| format!("{}→{}", graph.name(from), graph.name(to)))
        .collect();
    let shown = found.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match found.len() {
        0 => None,
        1 => Some(format!("{word} {shown}")),
        2..=SHOWN => Some(format!("{word}s {shown}")),
        more => Some(format!("{word}s {shown} and {} more", more - SHOWN)),
    }
}

fn other_activation(case: &Case, wanted: Activation) -> Option<String> {
    (case.how.activation != wanted).then(|| format!("activation {}", case.how.activation))
}

fn other_init(case: &Case, wanted: InitRule) -> Option<String> {
    (case.how.init != wanted).then(|| format!("{} init", case.how.init))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn case(text: &str) -> Case {
        Case { network: Network::parse(text).unwrap(), how: Lowering::new(InitRule::Target), width: None }
    }

    /// Each hypothesis beside a case that keeps it and one that breaks it, with what it says.
    #[test]
    fn a_hypothesis_names_what_breaks_it() {
        let plain = case("complete:2");
        let (skips, images) = (case("edges:0-1,1-2,1-3s,2-3,2-4s,3-4,4-5"), case("conv:depth=2"));
        let many = case("edges:0-1,1-2,1-3s,2-3,2-4s,3-4,3-5s,4-5,4-6s,5-6,6-7");
        let projection = case("edges:0-1,1-2p,2-3");
        let how = plain.how;
        let with = |how: Lowering| Case { how, ..plain.clone() };
        let gelu = with(how.with_activation(Activation::GELU));
        let post = with(how.with_convention(Convention::Post));
        let source = with(Lowering::new(InitRule::Source));
        let simulated = Case { width: Some(8), ..plain.clone() };
        for (hypothesis, kept, broken, said) in [
            (LINEAR_EDGES, &plain, &skips, "skips 1→3, 2→4"),
            (LINEAR_EDGES, &images, &many, "skips 1→3, 2→4, 3→5 and 1 more"),
            (LINEAR_EDGES, &plain, &projection, "projection 1→2"),
            (LINEAR_EDGES, &plain, &case("cell:2_01"), "skip 1→2"),
            (VECTORS, &plain, &images, "fields over an image"),
            (CONVOLUTIONS, &images, &plain, "vectors, no image"),
            (CHAIN, &case("edges:0-2,2-7,7-9"), &plain, "vertex 2 reads 0 and 1"),
            (CHAIN, &case("cell:2"), &case("edges:0-1,0-2,1-3,2-3"), "the output reads 1 and 2"),
            (RELU, &plain, &gelu, "activation gelu"),
            (GELU, &gelu, &plain, "activation relu"),
            (PRE_ACTIVATION_SUMS, &plain, &post, "convention post"),
            (TARGET_INIT, &plain, &source, "source init"),
            (SOURCE_INIT, &source, &plain, "target init"),
            (LIMIT, &plain, &simulated, "the statement is of n → ∞, and networks of n = 8 would be simulated"),
        ] {
            assert_eq!(hypothesis.broken_by(kept), None, "{}", hypothesis.sentence());
            assert_eq!(hypothesis.broken_by(broken).unwrap(), said, "{}", hypothesis.sentence());
        }
        for stated in [ANY_WIDTH, GAUSSIAN, MEAN_FIELD] {
            assert_eq!(stated.broken_by(&simulated), None);
        }
    }
}
