use archscale_model::{Architecture, ConvNetwork, Graph, InitRule, Lowering, ModelError, Program};
use archscale_theory::LawInput;

use super::CliError;

/// What a user may write where an architecture is due: a graph of vectors, or of fields over an image.
#[derive(Debug)]
pub(crate) enum Network {
    Vectors(Architecture),
    Images(Box<ConvNetwork>),
}

impl Network {
    /// Reads either.
    pub(crate) fn parse(text: &str) -> Result<Self, ModelError> {
        let keyword = text.trim().split_once(':').map_or(text.trim(), |(keyword, _)| keyword);
        if keyword == ConvNetwork::KEYWORD {
            return Ok(Self::Images(Box::new(ConvNetwork::parse(text)?)));
        }
        Ok(Self::Vectors(Architecture::parse(text)?))
    }

    /// The text that gives this network again; every default of a network over images is written out.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Vectors(architecture) => architecture.text().into(),
            Self::Images(network) => network.to_string(),
        }
    }

    /// The graph of its vertices.
    pub(crate) fn architecture(&self) -> &Architecture {
        match self {
            Self::Vectors(architecture) => architecture,
            Self::Images(network) => network.architecture(),
        }
    }

    pub(crate) fn graph(&self) -> &Graph {
        self.architecture().graph()
    }

    /// The lowering of its family under an initialisation rule.
    pub(crate) fn lowering(&self, init: InitRule) -> Lowering {
        self.architecture().lowering(init)
    }

    /// The network as primitive operations.
    pub(crate) fn lower(&self, how: &Lowering) -> Result<Program, ModelError> {
        match self {
            Self::Vectors(architecture) => architecture.graph().lower_with(how),
            Self::Images(network) => network.lower(how),
        }
    }

    /// Taps of the kernel on an edge; 1 between vectors.
    pub(crate) fn taps(&self, from: usize, to: usize) -> Result<usize, ModelError> {
        match self {
            Self::Vectors(_) => Ok(1),
            Self::Images(network) => network.taps(from, to),
        }
    }

    /// What the learning-rate laws read of it.
    pub(crate) fn law_input(&self, how: &Lowering, width: Option<u64>) -> Result<LawInput, CliError> {
        Ok(match self {
            Self::Vectors(architecture) => LawInput::new(architecture.graph(), how, width)?,
            Self::Images(network) => LawInput::over_images(network, how)?,
        })
    }

    /// What a user should know of how it was read.
    pub(crate) fn warnings(&self) -> Vec<String> {
        match self {
            Self::Vectors(architecture) => architecture.graph().warnings().to_vec(),
            Self::Images(network) => network.warnings(),
        }
    }
}
