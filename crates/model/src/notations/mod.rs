//! The ways to write an architecture, one file each.
//!
//! A new notation is one file with a [`Notation`] constant and one line in [`NOTATIONS`].

mod assemble;
pub(crate) mod cell;
mod chain;
mod complete;
mod digits;
mod edges;
mod file;
mod foreign;
pub(crate) mod nas;
mod nasnet;
pub(crate) mod stem;

use num_rational::Ratio;

use crate::error::{is_break, shown};
use crate::{ConvNetwork, Edge, Gain, Graph, InitRule, Lowering, ModelError};

pub(crate) use assemble::Assembly;
pub use file::{ArchitectureFile, EdgeEntry, OperationName};

/// One way to write an architecture: keyword, grammar, parser.
#[derive(Debug, Clone, Copy)]
pub struct Notation {
    /// The word before the colon.
    pub keyword: &'static str,
    /// How it is written, for help texts.
    pub grammar: &'static str,
    /// One sentence on what it describes.
    pub help: &'static str,
    /// Reads the text after the colon.
    pub parse: fn(&str) -> Result<Graph, ModelError>,
}

/// Every notation, in the order of the help text.
pub const NOTATIONS: &[Notation] = &[
    chain::NOTATION,
    complete::NOTATION,
    edges::NOTATION,
    cell::NOTATION,
    nas::NOTATION,
    nasnet::NOTATION,
    file::NOTATION,
    stem::NOTATION,
];

/// An architecture as a user wrote it, with the graph that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    text: String,
    keyword: &'static str,
    graph: Graph,
}

impl Architecture {
    /// Reads `keyword:rest`, for instance `chain:4` or `edges:0-1,1-2,0-2`.
    ///
    /// # Errors
    /// Unknown keywords, malformed texts and invalid graphs, each naming the place and the mend.
    ///
    /// ```
    /// use archscale_model::Architecture;
    /// assert_eq!(Architecture::parse("complete:3")?.graph().edge_count(), 10);
    /// assert!(Architecture::parse("edges:0-1,1-0").is_err());
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let text = text.trim();
        // Messages quote the text, and a text of one line is all that any notation reads.
        let whole = if text.contains(is_break) { Err(broken(text)) } else { Self::read(text) };
        whole.map_err(|error| foreign::in_argument(text).unwrap_or(error))
    }

    fn read(text: &str) -> Result<Self, ModelError> {
        if text.is_empty() {
            let mend = format!("give one of {}", grammars());
            return Err(ModelError::empty("the architecture", mend));
        }
        let (keyword, rest) = text.split_once(':').unwrap_or((text, ""));
        let notation =
            NOTATIONS.iter().find(|notation| notation.keyword == keyword).ok_or_else(|| unknown(text, keyword))?;
        let graph = (notation.parse)(rest)?;
        if graph.hidden_count() == 0 {
            return Err(ModelError::empty(
                format!("the hidden part of '{}'", shown(text)),
                "put at least one hidden vertex between input and output: only hidden weights are trained",
            ));
        }
        Ok(Self { text: text.into(), keyword: notation.keyword, graph })
    }

    /// The lowering that its notation's convention asks for under an initialisation rule.
    ///
    /// A cell is one part of a network whose readout follows one vertex, so its readout has C = 2 under every rule of the paper;
    /// in other notations, and for [`InitRule::Published`], the rule itself says.
    ///
    /// ```
    /// use archscale_model::{Architecture, InitRule};
    /// let gain = |text| Architecture::parse(text).map(|it| it.lowering(InitRule::Source).readout.map(|gain| *gain.numer()));
    /// assert_eq!((gain("cell:2_22")?, gain("complete:2")?), (Some(2), None));
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    #[must_use]
    pub fn lowering(&self, init: InitRule) -> Lowering {
        let plain = Lowering::new(init);
        if self.graph.is_cell() && init != InitRule::Published { plain.with_readout(Ratio::from_integer(2)) } else { plain }
    }

    /// The same with one more trained layer in front: [`Graph::with_stem`], written `stem:` and this architecture.
    ///
    /// # Errors
    /// As [`Graph::with_stem`], and for an architecture that has a stem already.
    ///
    /// ```
    /// use archscale_model::Architecture;
    /// let cell = Architecture::parse("cell:2_22")?.with_stem()?;
    /// assert_eq!((cell.text(), cell.graph().hidden_count()), ("stem:cell:2_22", 4));
    /// assert_eq!(Architecture::parse(cell.text())?, cell);
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn with_stem(&self) -> Result<Self, ModelError> {
        stem::refuse_second(&self.text)?;
        Ok(Self { text: stem::text(&self.text), keyword: stem::NOTATION.keyword, graph: self.graph.with_stem()? })
    }

    /// The same, where edges have gains of their own: [`Graph::with_gains`].
    #[must_use]
    pub fn with_gains(&self, gain_of: impl FnMut(usize, Edge) -> Option<Gain>) -> Self {
        Self { graph: self.graph.with_gains(gain_of), ..self.clone() }
    }

    /// Whether it was written, or made, with a stem in front.
    pub(crate) fn has_stem(&self) -> bool {
        self.keyword == stem::NOTATION.keyword
    }

    /// The keyword of its notation.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        self.keyword
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The graph it stands for.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }
}

/// Every grammar, of networks over images too.
fn grammars() -> String {
    NOTATIONS.iter().map(|notation| notation.grammar).chain([ConvNetwork::GRAMMAR]).collect::<Vec<_>>().join(", ")
}

fn unknown(text: &str, keyword: &str) -> ModelError {
    if keyword == ConvNetwork::KEYWORD {
        return ModelError::Malformed {
            notation: ConvNetwork::KEYWORD,
            problem: "a network over images inside another architecture, or where vectors are due,".into(),
            place: format!("'{}'", shown(text)),
            mend: "conv: stands first and takes the other architecture in net=, as in conv:kernel=3,net=stem:chain:2".into(),
        };
    }
    ModelError::unknown("architecture", &shown(text), &grammars())
}

/// A text of several lines or with control characters.
pub(crate) fn broken(text: &str) -> ModelError {
    ModelError::Malformed {
        notation: "architecture",
        problem: "a line break or another control character".into(),
        place: format!("'{}'", shown(text)),
        mend: "write the architecture in one line".into(),
    }
}

/// Reads the number of hidden vertices of `chain:L` and `complete:L`.
pub(crate) fn parse_count(notation: &'static str, rest: &str, limit: usize) -> Result<usize, ModelError> {
    let malformed = |problem: String| ModelError::Malformed {
        notation,
        problem,
        place: format!("'{notation}:{}'", shown(rest)),
        mend: format!("write {notation}:L with a whole number L of hidden vertices from 1 to {limit}"),
    };
    if rest.is_empty() {
        return Err(malformed("the number of hidden vertices is missing".into()));
    }
    if !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed(format!("'{}' is not a whole number", shown(rest))));
    }
    match rest.parse::<usize>() {
        Ok(0) => Err(malformed("no hidden vertex".into())),
        Ok(count) if count <= limit => Ok(count),
        _ => Err(ModelError::too_large("the number of hidden vertices", shown(rest), limit)),
    }
}
