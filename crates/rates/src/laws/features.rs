use std::collections::BTreeMap;

use archscale_model::{Lowering, ModelError, Network, Program, Scaled};
use archscale_theory::{LawGap, LawInput, LimitMoments, TheoryError, spatial_moments, wide_moments};

use crate::Gap;

/// What the infinite-width law says at one hidden vertex, per unit η² and label variance; over images a mean over positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VertexFeatures {
    /// v, the forward second moment.
    pub second_moment: f64,
    /// κ, the diagonal of the tangent kernel over n.
    pub kernel: f64,
    /// B, the mean squared change.
    pub change: f64,
    /// T, the change that leaks from other neurons if the readout were at this vertex; known for linear edges and ReLU.
    pub cross: Option<f64>,
}

/// The properties of one measured network that laws read.
#[derive(Debug, Clone)]
pub struct Features {
    input: LawInput,
    vertices: Result<Vec<VertexFeatures>, TheoryError>,
    edges: usize,
    hidden: usize,
    width: u64,
    covariates: BTreeMap<String, f64>,
}

impl Features {
    /// Gathers the features of a network under a lowering.
    ///
    /// Laws of the theory crate are evaluated in the limit of infinite width, or at `width` if `at_width`; the vertices, and
    /// over images everything, always in the limit.
    ///
    /// # Errors
    /// When the network cannot be lowered.
    pub fn new(network: &Network, how: &Lowering, width: u64, at_width: bool) -> Result<Self, ModelError> {
        let input = LawInput::of(network, how, at_width.then_some(width))?;
        let vertices = match (network, input.limit()) {
            (Network::Images(_), _) => Self::over_images(&network.lower(how)?),
            (Network::Vectors(_), Ok(limit)) => Ok(Self::dag(limit, input.leaks().ok())),
            (Network::Vectors(_), Err(_)) => Self::wide(&network.lower(how)?),
        };
        let (edges, hidden) = (network.graph().edge_count(), network.graph().hidden_count());
        Ok(Self { input, vertices, edges, hidden, width, covariates: BTreeMap::new() })
    }

    /// Beyond the range of double precision a law of these numbers is not finite, which its reader refuses.
    fn dag(limit: &[LimitMoments<Scaled>], leaks: Option<Vec<Scaled>>) -> Vec<VertexFeatures> {
        let vertex = |(index, at): (usize, &LimitMoments<Scaled>)| VertexFeatures {
            second_moment: at.second_moment.to_f64(),
            kernel: at.kernel.to_f64(),
            change: at.change.to_f64(),
            cross: leaks.as_ref().map(|leaks| leaks[index].to_f64()),
        };
        limit.iter().enumerate().map(vertex).collect()
    }

    fn wide(program: &Program) -> Result<Vec<VertexFeatures>, TheoryError> {
        let vertex = |at: &archscale_theory::WideNode| VertexFeatures {
            second_moment: at.second_moment,
            kernel: at.kernel,
            change: at.mean_squared_change,
            cross: None,
        };
        Ok(wide_moments(program)?.nodes.iter().map(vertex).collect())
    }

    fn over_images(program: &Program) -> Result<Vec<VertexFeatures>, TheoryError> {
        let vertex = |at: &archscale_theory::SpatialNode| VertexFeatures {
            second_moment: at.second_moment,
            kernel: at.kernel,
            change: at.mean_squared_change,
            cross: None,
        };
        Ok(spatial_moments(program)?.nodes.iter().map(vertex).collect())
    }

    /// The same with these covariates.
    #[must_use]
    pub fn with_covariates(self, covariates: BTreeMap<String, f64>) -> Self {
        Self { covariates, ..self }
    }

    /// What the laws of the theory crate read.
    #[must_use]
    pub fn input(&self) -> &LawInput {
        &self.input
    }

    /// Number of edges, input and readout included.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.edges
    }

    /// Number of hidden vertices.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Width of the measured network.
    #[must_use]
    pub fn width(&self) -> u64 {
        self.width
    }

    /// The hidden vertices in topological order.
    ///
    /// # Errors
    /// Where the infinite-width law does not exist.
    pub fn vertices(&self) -> Result<&[VertexFeatures], Gap> {
        self.vertices.as_deref().map_err(|error| Gap::Law(LawGap::Unavailable(error.clone())))
    }

    /// The T of a vertex.
    ///
    /// # Errors
    /// With skips, other activations than ReLU, or another convention, where the split of B is not known.
    pub fn cross(&self, vertex: &VertexFeatures) -> Result<f64, Gap> {
        match (vertex.cross, self.input.limit()) {
            (Some(cross), _) => Ok(cross),
            (None, Err(gap)) => Err(gap.into()),
            (None, Ok(_)) => Err(Gap::Law(LawGap::Unbounded("T"))),
        }
    }

    /// A covariate of the measurement.
    ///
    /// # Errors
    /// When the measurement does not state it.
    pub fn covariate(&self, name: &str) -> Result<f64, Gap> {
        self.covariates.get(name).copied().ok_or_else(|| Gap::Covariate { name: name.into() })
    }
}
