use std::fmt;
use std::str::FromStr;

use crate::{Architecture, ConvNetwork, Edge, Gain, Graph, InitRule, Lowering, ModelError, Program};

/// What a user may write where a network is due: a graph of vectors, or of fields over the positions of an image.
///
/// ```
/// use archscale_model::{InitRule, Network};
/// let vectors = Network::parse("chain:3")?;
/// assert_eq!((vectors.text().as_str(), vectors.taps(0, 1)?), ("chain:3", 1));
/// let images = Network::parse("conv:depth=3,kernel=5")?;
/// assert_eq!(images.taps(0, 1)?, 5);
/// assert_eq!(images.graph(), vectors.graph());
/// assert_eq!(images.lower(&images.lowering(InitRule::Target))?.nodes().len(), 3);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Network {
    /// Every vertex is a vector of width n.
    Vectors(Architecture),
    /// Every vertex is a field of n channels over the positions of an image.
    Images(Box<ConvNetwork>),
}

impl Network {
    /// Reads either: `conv:…` by [`ConvNetwork::parse`], every other text by [`Architecture::parse`].
    ///
    /// # Errors
    /// As those two.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let keyword = text.trim().split_once(':').map_or(text.trim(), |(keyword, _)| keyword);
        if keyword == ConvNetwork::KEYWORD {
            return Ok(Self::Images(Box::new(ConvNetwork::parse(text)?)));
        }
        Ok(Self::Vectors(Architecture::parse(text)?))
    }

    /// The text that gives this network again; every default of a network over images is written out.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Vectors(architecture) => architecture.text().into(),
            Self::Images(network) => network.to_string(),
        }
    }

    /// The graph of its vertices with the text and the conventions of its family.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        match self {
            Self::Vectors(architecture) => architecture,
            Self::Images(network) => network.architecture(),
        }
    }

    /// The graph of its vertices.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        self.architecture().graph()
    }

    /// The lowering of its family under an initialisation rule.
    #[must_use]
    pub fn lowering(&self, init: InitRule) -> Lowering {
        self.architecture().lowering(init)
    }

    /// The network as primitive operations.
    ///
    /// # Errors
    /// As [`Graph::lower_with`] and [`ConvNetwork::lower`].
    pub fn lower(&self, how: &Lowering) -> Result<Program, ModelError> {
        match self {
            Self::Vectors(architecture) => architecture.graph().lower_with(how),
            Self::Images(network) => network.lower(how),
        }
    }

    /// q, the number of taps of the kernel on the trained edge between these vertices of the graph; 1 between vectors.
    ///
    /// # Errors
    /// As [`ConvNetwork::taps`].
    pub fn taps(&self, from: usize, to: usize) -> Result<usize, ModelError> {
        match self {
            Self::Vectors(_) => Ok(1),
            Self::Images(network) => network.taps(from, to),
        }
    }

    /// The same network with one more trained layer in front: [`Graph::with_stem`], a convolution of the same kernel over images.
    ///
    /// Its text is `stem:` and the text of this network, over images inside `net=`; it can be read again.
    ///
    /// # Errors
    /// As [`Architecture::with_stem`].
    ///
    /// ```
    /// use archscale_model::Network;
    /// assert_eq!(Network::parse("complete:2")?.with_stem()?.text(), "stem:complete:2");
    /// assert!(Network::parse("conv:depth=2")?.with_stem()?.text().ends_with(",net=stem:chain:2"));
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn with_stem(&self) -> Result<Self, ModelError> {
        Ok(match self {
            Self::Vectors(architecture) => Self::Vectors(architecture.with_stem()?),
            Self::Images(network) => Self::Images(Box::new(network.with_stem()?)),
        })
    }

    /// The same network, where edges have gains of their own: [`Graph::with_gains`].
    #[must_use]
    pub fn with_gains(&self, gain_of: impl FnMut(usize, Edge) -> Option<Gain>) -> Self {
        match self {
            Self::Vectors(architecture) => Self::Vectors(architecture.with_gains(gain_of)),
            Self::Images(network) => Self::Images(Box::new(network.with_gains(gain_of))),
        }
    }

    /// The text by which equal networks are recognised: the graph as an edge list over indices, with what images add.
    #[must_use]
    pub fn edge_text(&self) -> String {
        match self {
            Self::Vectors(architecture) => architecture.graph().edge_text(),
            Self::Images(network) => network.edge_text(),
        }
    }

    /// What a user should know of how it was read.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let read = match self {
            Self::Vectors(architecture) => architecture.graph().warnings().to_vec(),
            Self::Images(network) => network.warnings(),
        };
        read.into_iter().chain(self.graph().multiplier_note()).collect()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl FromStr for Network {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self, ModelError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_decides_what_a_text_is() -> Result<(), ModelError> {
        assert!(matches!(Network::parse(" conv ")?, Network::Images(_)));
        assert!(matches!(Network::parse("conv:kernel=1")?, Network::Images(_)));
        assert!(matches!(Network::parse("complete:3")?, Network::Vectors(_)));
        for (text, part) in [("conv:kernel=2", "kernel"), ("convolution:3", "convolution"), ("chain", "chain")] {
            let message = Network::parse(text).map(|_| ()).map_err(|error| error.to_string());
            assert!(message.as_ref().is_err_and(|message| message.contains(part)), "{text}: {message:?}");
        }
        Ok(())
    }

    #[test]
    fn its_text_gives_it_again() -> Result<(), ModelError> {
        for text in
            ["chain:4", "edges:0-1,1-2s,0-2,2-3", "cell:2_22", "conv:depth=2", "conv:size=5x4,kernel=3,net=complete:2"]
        {
            let network = Network::parse(text)?;
            assert_eq!(network.text().parse::<Network>()?, network, "{text}");
            assert_eq!(network.to_string(), network.text());
        }
        Ok(())
    }

    #[test]
    fn taps_are_those_of_the_kernel_and_one_between_vectors() -> Result<(), ModelError> {
        let taps = |text: &str| Network::parse(text)?.taps(0, 1);
        assert_eq!((taps("chain:2")?, taps("conv:depth=2,kernel=3")?), (1, 3));
        assert_eq!(taps("conv:depth=2,kernel=3,dims=2,size=4")?, 9);
        Ok(())
    }

    #[test]
    fn lowering_and_warnings_are_those_of_its_parts() -> Result<(), ModelError> {
        let cell = Network::parse("edges:0-1,1-2,0-3,2-4")?;
        assert_eq!(cell.warnings(), cell.graph().warnings());
        assert_eq!(cell.warnings().len(), 1);
        let how = cell.lowering(InitRule::Target);
        assert_eq!(cell.lower(&how)?, cell.graph().lower_with(&how)?);
        let images = Network::parse("conv:depth=2")?;
        let direct = ConvNetwork::parse("conv:depth=2")?;
        assert_eq!(images.lower(&how)?, direct.lower(&how)?);
        assert!(images.warnings().is_empty());
        Ok(())
    }
}
