use archscale_model::{ConvNetwork, Graph, Lowering, ModelError, Network, PathSums, Scaled};
use num_traits::Zero;

use super::LawGap;
use crate::{
    LimitMoments, OutputKernel, ReluDag, Spatial, TheoryError, Wide, finite_label_parts, leaks, limit_moments,
    output_kernel_scaled, second_moments, spatial_moments_scaled, wide_moments_scaled,
};

/// The quantities of one architecture that laws read: path sums, and the exact law where it exists.
#[derive(Debug, Clone)]
pub struct LawInput {
    paths: PathSums,
    dag: Result<ReluDag, TheoryError>,
    engine: Option<Engine>,
    limit: Result<Vec<LimitMoments<Scaled>>, TheoryError>,
    /// B per unit second moment at each reported vertex, at the width that was asked for.
    relative_change: Result<Vec<Scaled>, TheoryError>,
    output_kernel: Result<OutputKernel<Scaled>, TheoryError>,
    /// Side of the kernels and number of their taps; 1 and 1 between vectors.
    kernel: (usize, usize),
}

/// The law of the engine that was run, whole, where one was.
#[derive(Debug, Clone)]
enum Engine {
    Wide(Wide<Scaled>),
    Spatial(Spatial<Scaled>),
}

impl LawInput {
    /// Gathers the quantities for any network: [`LawInput::new`] between vectors, [`LawInput::over_images`] over images.
    ///
    /// Over images the law of infinitely many channels is read whatever the width: no law of finite width is known there.
    ///
    /// # Errors
    /// When the network cannot be lowered to a program.
    ///
    /// ```
    /// use archscale_model::{InitRule, Network};
    /// use archscale_theory::LawInput;
    /// let network = Network::parse("conv:depth=4,kernel=3,dims=2")?;
    /// let input = LawInput::of(&network, &network.lowering(InitRule::Target), None)?;
    /// assert_eq!((input.side(), input.taps(), input.paths().longest()), (3.0, 9.0, 4));
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn of(network: &Network, how: &Lowering, width: Option<u64>) -> Result<Self, ModelError> {
        match network {
            Network::Images(network) => Self::over_images(network, how),
            Network::Vectors(architecture) => Self::new(architecture.graph(), how, width),
        }
    }

    /// Gathers the quantities for a graph under a lowering, at a finite width or in the limit (`None`).
    ///
    /// Only path sums exist for every graph; laws that need more answer with the reason. With skips or other activations
    /// than ReLU the exact law is known in the limit only ([`crate::wide_moments`]).
    ///
    /// # Errors
    /// When the graph cannot be lowered to a program.
    pub fn new(graph: &Graph, how: &Lowering, width: Option<u64>) -> Result<Self, ModelError> {
        let paths = PathSums::new(graph, how.init);
        let program = graph.lower_with(how)?;
        let dag = ReluDag::new(&program, "the law of linear edges and ReLU");
        let limit = dag.as_ref().map_err(Clone::clone).and_then(limit_moments::<Scaled>);
        let mut engine = None;
        let relative_change = match (width, &limit) {
            (None, Ok(limit)) => Ok(limit.iter().map(|at| at.change / at.second_moment).collect()),
            (None, Err(_)) => wide_moments_scaled(&program).map(|wide| {
                let changes = wide.nodes.iter().map(|at| at.mean_squared_change / at.second_moment).collect();
                engine = Some(Engine::Wide(wide));
                changes
            }),
            (Some(width), _) => dag.as_ref().map_err(Clone::clone).and_then(|dag| {
                let parts = finite_label_parts::<Scaled>(dag, width)?;
                Ok(parts.iter().zip(second_moments::<Scaled>(dag)).map(|(b, moment)| *b / moment).collect())
            }),
        };
        let output_kernel = output_kernel_scaled(&program);
        Ok(Self { paths, dag, engine, limit, relative_change, output_kernel, kernel: (1, 1) })
    }

    /// The same for a network of convolutions, in the limit of many channels.
    ///
    /// The change at a vertex and its second moment are means over positions.
    ///
    /// # Errors
    /// When the network cannot be lowered to a program.
    pub fn over_images(network: &ConvNetwork, how: &Lowering) -> Result<Self, ModelError> {
        let program = network.lower(how)?;
        let mut engine = None;
        let relative_change = spatial_moments_scaled(&program).map(|law| {
            let changes = law.nodes.iter().map(|at| at.mean_squared_change / at.second_moment).collect();
            engine = Some(Engine::Spatial(law));
            changes
        });
        let vectors_only = TheoryError::network_out_of_domain(
            "the law of linear edges and ReLU",
            "an image",
            "over images only the change as a whole is known: ask exact-B",
        );
        let paths = PathSums::new(network.architecture().graph(), how.init);
        let kernel = (network.kernel(), network.grid().tap_count(network.kernel())?);
        let output_kernel = output_kernel_scaled(&program);
        Ok(Self {
            paths,
            dag: Err(vectors_only.clone()),
            engine,
            limit: Err(vectors_only),
            relative_change,
            output_kernel,
            kernel,
        })
    }

    /// Side k of the kernels; 1 between vectors.
    #[must_use]
    pub fn side(&self) -> f64 {
        self.kernel.0 as f64
    }

    /// q, the number of taps of the kernels; 1 between vectors.
    #[must_use]
    pub fn taps(&self) -> f64 {
        self.kernel.1 as f64
    }

    /// Sums over the input–output paths.
    #[must_use]
    pub fn paths(&self) -> &PathSums {
        &self.paths
    }

    /// The infinite-width law at every vertex.
    ///
    /// # Errors
    /// [`LawGap::Unavailable`] outside the domain of that law.
    pub fn limit(&self) -> Result<&[LimitMoments<Scaled>], LawGap> {
        self.limit.as_deref().map_err(|error| LawGap::Unavailable(error.clone()))
    }

    /// The infinite-width law with skips or other activations, which was evaluated whole for these quantities.
    ///
    /// # Errors
    /// The reason why there is none; that of linear edges and ReLU is [`LawInput::limit`].
    pub fn wide(&self) -> Result<&Wide<Scaled>, TheoryError> {
        match (&self.engine, &self.relative_change) {
            (Some(Engine::Wide(law)), _) => Ok(law),
            (_, Err(error)) => Err(error.clone()),
            (_, Ok(_)) => Err(other_law("the infinite-width law of skips")),
        }
    }

    /// The infinite-channel law, which was evaluated whole for these quantities.
    ///
    /// # Errors
    /// The reason why there is none; between vectors there is not.
    pub fn spatial(&self) -> Result<&Spatial<Scaled>, TheoryError> {
        match (&self.engine, &self.relative_change) {
            (Some(Engine::Spatial(law)), _) => Ok(law),
            (_, Err(error)) => Err(error.clone()),
            (_, Ok(_)) => Err(other_law("the infinite-channel law")),
        }
    }

    /// T at every vertex, computed on every call: it costs more than all else.
    ///
    /// # Errors
    /// [`LawGap::Unavailable`] outside the domain of [`leaks`].
    pub fn leaks(&self) -> Result<Vec<Scaled>, LawGap> {
        self.dag.as_ref().map_err(Clone::clone).and_then(leaks).map_err(LawGap::Unavailable)
    }

    /// The largest B/E|z|² over the vertices, at the width that was asked for.
    ///
    /// # Errors
    /// [`LawGap::Unavailable`] outside the domain of the exact law.
    pub fn largest_relative_change(&self) -> Result<Scaled, LawGap> {
        let changes = self.relative_change.as_ref().map_err(|error| LawGap::Unavailable(error.clone()))?;
        Ok(changes.iter().copied().fold(Scaled::zero(), Scaled::max))
    }

    /// The tangent kernel of the output, in the limit whatever the width.
    ///
    /// # Errors
    /// [`LawGap::Unavailable`] outside the domain of [`crate::output_kernel`].
    pub fn output_kernel(&self) -> Result<OutputKernel<Scaled>, LawGap> {
        self.output_kernel.clone().map_err(LawGap::Unavailable)
    }
}

fn other_law(what: &'static str) -> TheoryError {
    TheoryError::undefined(what, "a network that another law covers", "ask for the law that was evaluated")
}
