use thiserror::Error;

use crate::did_you_mean;

/// What is wrong with an architecture, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No family of this name is registered.
    #[error("unknown architecture '{found}': expected one of {expected}")]
    UnknownFamily {
        /// The text that was given.
        found: String,
        /// The grammars that are accepted.
        expected: String,
    },
    /// The text does not follow its family's grammar.
    #[error("{family}: {problem} at {place}; {mend}")]
    Malformed {
        /// The family whose grammar was broken.
        family: &'static str,
        /// What was found.
        problem: String,
        /// Where in the text.
        place: String,
        /// The rule, or how to mend it.
        mend: String,
    },
    /// The edges close a cycle.
    #[error("edges form a cycle {cycle}: a network is acyclic, so remove one of these edges")]
    Cycle {
        /// The cycle's vertices, first repeated at the end.
        cycle: String,
    },
    /// An edge runs from a larger to a smaller vertex number.
    #[error("edge {from}-{to} runs backward: every edge must go from a smaller to a larger vertex; {mend}")]
    BackwardEdge {
        /// Source of the edge.
        from: usize,
        /// Target of the edge.
        to: usize,
        /// A renumbering that mends it.
        mend: String,
    },
    /// The same edge was given twice.
    #[error("edge {from}-{to} is given twice: keep one of them (parallel edges are not distinct edges of a graph)")]
    DuplicateEdge {
        /// Source of the edge.
        from: usize,
        /// Target of the edge.
        to: usize,
    },
    /// No path joins input and output.
    #[error("no path leads from the input {input} to the output {output}: {mend}")]
    OutputUnreachable {
        /// Name of the input vertex.
        input: String,
        /// Name of the output vertex.
        output: String,
        /// Which vertices the input does reach, and what to add.
        mend: String,
    },
    /// Nothing was given.
    #[error("{what} is empty: {mend}")]
    Empty {
        /// What was empty.
        what: String,
        /// What is expected there.
        mend: String,
    },
    /// The size is beyond what the program accepts.
    #[error("{what} is {found}, and at most {limit} are accepted")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The size found.
        found: String,
        /// The largest accepted.
        limit: usize,
    },
    /// The operation exists in the language of architectures but is not available here.
    #[error("{what} at {place} is not available yet: {mend}")]
    NotYet {
        /// The operation.
        what: String,
        /// Where it stands.
        place: String,
        /// What to use in its place.
        mend: String,
    },
    /// A file could not be read or understood.
    #[error("file '{path}': {problem}")]
    File {
        /// The path as given.
        path: String,
        /// What went wrong, with line and column where known.
        problem: String,
    },
    /// An image, a kernel, a padding, a readout of positions or an input field is unusable.
    #[error("{what}: {problem}; {mend}")]
    Spatial {
        /// What is unusable.
        what: String,
        /// What is wrong with it.
        problem: String,
        /// How to mend it.
        mend: String,
    },
    /// A program refers to an operation that is not there, or is otherwise malformed.
    #[error("operation {op}: {problem}")]
    Program {
        /// Index of the operation.
        op: usize,
        /// What is wrong.
        problem: String,
    },
    /// No initialisation rule of this name.
    #[error("unknown initialisation '{found}': expected target, source, he or published{}", did_you_mean(found, ["target", "source", "he", "published"]))]
    UnknownInit {
        /// The text that was given.
        found: String,
    },
    /// No convention of this name.
    #[error("unknown convention '{found}': expected pre, post or preact{}", did_you_mean(found, ["pre", "post", "preact"]))]
    UnknownConvention {
        /// The text that was given.
        found: String,
    },
    /// No family of activations of this name is known.
    #[error("unknown activation '{found}': expected one of {expected}{}", did_you_mean(found, expected.split(", ").filter_map(|grammar| grammar.split(['[', ':']).next())))]
    UnknownActivation {
        /// The text that was given.
        found: String,
        /// The grammars that are accepted.
        expected: String,
    },
    /// A family of activations has no such member.
    #[error("activation {keyword}: {problem}")]
    Activation {
        /// The keyword of the family.
        keyword: String,
        /// What is wrong, and what is accepted.
        problem: String,
    },
    /// A coordinatewise function is malformed.
    #[error("coordinatewise function '{name}': {problem}")]
    Pointwise {
        /// Its name.
        name: String,
        /// What is wrong, and how to mend it.
        problem: String,
    },
}
