//! The infinite-channel law of programs over images: convolutions, ReLUs, skips and pooling.

mod blocks;
mod chain;
mod closed;
mod dense;
mod engine;
mod exponent;
mod gate;
mod lags;
mod layout;
mod map;
mod orthant;
mod pairs;
mod readings;
mod space;

use std::fmt;
use std::sync::Arc;

use archscale_model::{Image, OpId, Padding, PositionReadout, Program, Scaled};
use nalgebra::DMatrix;

use crate::{Scalar, TheoryError};
pub use chain::{StationaryChain, StationaryLayer};
use closed::Closed;
use dense::Dense;
use engine::Passes;
pub use exponent::{KernelChange, KernelExponents, TapReading, kernel_exponents};
use lags::Lags;
use layout::{Layout, Picture};
use map::PositionMap;
use pairs::{Pairs, orthant_count};
pub(crate) use readings::spatial_readings;
use space::Acts;

/// Most numbers that the matrices over positions of one program may hold together.
const NUMBER_LIMIT: usize = 1 << 28;

/// Most four-dimensional orthant probabilities of one program: some ten seconds.
const ORTHANT_LIMIT: usize = 2_000_000;

/// Relative deviation, from a function of the lag alone, that counts as rounding in a Gram matrix.
const STATIONARY: f64 = 1e-12;

/// What the infinite-channel law says at one reported vertex.
#[derive(Debug, Clone, PartialEq)]
pub struct SpatialNode<S = f64> {
    /// The vertex number that the program reports it under.
    pub id: usize,
    /// Index of the operation that holds its field.
    pub op: OpId,
    /// lim E x_i(p)² at every position p.
    pub second_moments: Vec<S>,
    /// lim E K_ii(p, p)/n, the diagonal of its tangent kernel, at every position.
    pub kernels: Vec<S>,
    /// D(p) = lim E(Δx_i(p))² after one step of gradient descent, per unit η² and label variance, at every position.
    pub per_position: Vec<S>,
    /// Mean of `second_moments`.
    pub second_moment: S,
    /// Mean of `kernels`.
    pub kernel: S,
    /// Mean of `per_position`.
    pub mean_squared_change: S,
}

/// How the matrices over positions are represented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpatialRoute {
    /// Entry by entry, m × m; without pooling. O(m³) for each pair of features that share a slot.
    Positions,
    /// One value for each lag and Fourier transforms for products; without pooling, and only on a torus whose input and readout do
    /// not single out a position. O(m log m) for each pair.
    Lags,
    /// Entry by entry, and the fluctuation at every pair of positions: what pooling between layers needs. O(m⁴) orthant
    /// probabilities, so for small images.
    Pairs,
}

impl fmt::Display for SpatialRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Positions => "by positions",
            Self::Lags => "by lags",
            Self::Pairs => "by pairs of positions",
        })
    }
}

/// What the reader of a law should know besides its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpatialCaveat {
    /// The input has a fixed number of channels: the law is the limit n → ∞ at that number, where the first layer's own weights
    /// move nothing; at width n their part is of relative order channels/n.
    FewChannels {
        /// Channels of the image.
        channels: usize,
    },
    /// A reported field is identically zero at some positions: nothing passes there, since relu′(0) = 0.
    ZeroField {
        /// The vertex.
        id: usize,
        /// How many positions.
        positions: usize,
    },
}

impl fmt::Display for SpatialCaveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewChannels { channels } => write!(
                f,
                "the image keeps {channels} channels as the width grows, so the first layer's own weights move nothing in the limit"
            ),
            Self::ZeroField { id, positions } => {
                write!(f, "vertex {id} is identically zero at {positions} positions, where no gradient passes")
            }
        }
    }
}

/// The infinite-channel law of a program over images.
#[derive(Debug, Clone, PartialEq)]
pub struct Spatial<S = f64> {
    /// One entry for each reported vertex, in the program's order.
    pub nodes: Vec<SpatialNode<S>>,
    /// How it was evaluated.
    pub route: SpatialRoute,
    /// What to know besides.
    pub caveats: Vec<SpatialCaveat>,
}

impl Spatial<Scaled> {
    /// The same in doubles.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] where a number is none.
    pub fn in_doubles(&self) -> Result<Spatial, TheoryError> {
        let node = |node: &SpatialNode<Scaled>| {
            let double = |value: Scaled, what| f64::carried(value, what, || format!("vertex {}", node.id));
            let list = |values: &[Scaled], what| values.iter().map(|value| double(*value, what)).collect::<Result<_, _>>();
            Ok(SpatialNode {
                id: node.id,
                op: node.op,
                second_moments: list(&node.second_moments, "the second moment")?,
                kernels: list(&node.kernels, "the tangent kernel")?,
                per_position: list(&node.per_position, "the mean squared change")?,
                second_moment: double(node.second_moment, "the second moment")?,
                kernel: double(node.kernel, "the tangent kernel")?,
                mean_squared_change: double(node.mean_squared_change, "the mean squared change")?,
            })
        };
        let nodes = self.nodes.iter().map(node).collect::<Result<_, TheoryError>>()?;
        Ok(Spatial { nodes, route: self.route, caveats: self.caveats.clone() })
    }
}

/// The infinite-channel law at every reported vertex of a program over images.
///
/// **Statement.** In the limit n → ∞ of channels, of one step of gradient descent on ½(f − y)², to first order in η and per unit η²
/// and label variance: E x(p)², the tangent kernel's diagonal and D(p) = E(Δx_i(p))² at every position p. Exact in that limit up to one
/// decoupling step that is argued and not proved.
///
/// **Source.** proofs/cnn-kernel.md, ours; for one position, or a constant input on a torus with η → qη, it is
/// [`crate::wide_moments`].
///
/// **Domain.** Programs of image, conv, ReLU, identity, sum, pool and readout whose sums and poolings act on pre-activations; images
/// enter convolutions only. The route is the cheapest that applies.
///
/// **Errors.** [`TheoryError::OutOfDomain`] names the operation; [`TheoryError::TooLarge`].
///
/// **Evidence.** tests/spatial/.
///
/// ```
/// use archscale_model::{ConvNetwork, InitRule, Lowering};
/// use archscale_theory::spatial_moments;
/// let network = ConvNetwork::parse("conv:depth=2,kernel=3,size=8,input=constant")?;
/// let law = spatial_moments(&network.lower(&Lowering::new(InitRule::Target))?)?;
/// // q² L (2L² + 1)/12 with q = 3 taps
/// assert!((law.nodes[1].mean_squared_change - 9.0 * 1.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn spatial_moments(program: &Program) -> Result<Spatial, TheoryError> {
    spatial_moments_scaled(program)?.in_doubles()
}

/// As [`spatial_moments`], in numbers of any size.
///
/// # Errors
/// As [`spatial_moments`], but for [`TheoryError::OutOfRange`].
pub fn spatial_moments_scaled(program: &Program) -> Result<Spatial<Scaled>, TheoryError> {
    let layout = Layout::new(program)?;
    if layout.pools() {
        return by_pairs(&layout);
    }
    match stationary(&layout) {
        Some(grams) => by_lags(&layout, grams),
        None => by_positions(&layout),
    }
}

/// As [`spatial_moments`], by a given route.
///
/// # Errors
/// As [`spatial_moments`]; also where the route does not apply.
pub fn spatial_moments_by(program: &Program, route: SpatialRoute) -> Result<Spatial, TheoryError> {
    let layout = Layout::new(program)?;
    let law = match route {
        SpatialRoute::Positions => by_positions(&layout),
        SpatialRoute::Pairs => by_pairs(&layout),
        SpatialRoute::Lags => match stationary(&layout) {
            Some(grams) => by_lags(&layout, grams),
            None => Err(no_route(
                "a program that singles out positions",
                "lags need a torus, an input whose Gram matrix depends on the lag alone, and gap or flatten",
            )),
        },
    };
    law?.in_doubles()
}

type Fields = Layout<PositionMap, Arc<Image>>;

fn no_route(found: &str, mend: &'static str) -> TheoryError {
    TheoryError::undefined("the infinite-channel law by this route", found, mend)
}

fn pooled() -> TheoryError {
    no_route("average pooling between layers", "pooling needs the route by pairs of positions")
}

fn by_positions(layout: &Fields) -> Result<Spatial<Scaled>, TheoryError> {
    check_size(layout)?;
    let plain = layout.unpooled(pictures(layout, grams(layout))).ok_or_else(pooled)?;
    let space = Dense::new(&layout.grid);
    Ok(report(layout, SpatialRoute::Positions, closed_nodes(&space, &plain)))
}

fn by_lags(layout: &Fields, grams: Vec<Vec<f64>>) -> Result<Spatial<Scaled>, TheoryError> {
    let plain = layout.unpooled(pictures(layout, grams)).ok_or_else(pooled)?;
    let space = Lags::new(layout.grid.sides());
    Ok(report(layout, SpatialRoute::Lags, closed_nodes(&space, &plain)))
}

fn by_pairs(layout: &Fields) -> Result<Spatial<Scaled>, TheoryError> {
    check_size(layout)?;
    if orthant_count(layout) > ORTHANT_LIMIT {
        return Err(TheoryError::too_large(
            "the fluctuation at every pair of positions",
            ORTHANT_LIMIT,
            "orthant probabilities",
            "with pooling between layers use a smaller image (4×4, say); without pooling no such table is needed",
        ));
    }
    let full = layout.with(layout.forms.clone(), pictures(layout, grams(layout)));
    let space = Dense::new(&layout.grid);
    let passes = Passes::run(&space, &full);
    let mut pairs = Pairs::run(&passes);
    let nodes = full.nodes.iter().map(|&(id, op, field)| (id, op, passes.state(field), pairs.change(field))).collect();
    Ok(report(layout, SpatialRoute::Pairs, nodes))
}

fn check_size(layout: &Fields) -> Result<(), TheoryError> {
    let m = layout.grid.positions();
    let matrices = 2 * layout.slots.len() + 3 * layout.features.len();
    if matrices * m * m > NUMBER_LIMIT {
        return Err(TheoryError::too_large(
            "the covariances between positions",
            NUMBER_LIMIT,
            "numbers",
            "use a smaller image, or a torus with a stationary input and gap or flatten, which needs lags alone",
        ));
    }
    Ok(())
}

fn pictures<G>(layout: &Fields, grams: Vec<G>) -> Vec<Picture<G>> {
    layout.images.iter().zip(grams).map(|(image, gram)| Picture { gram, share: image.share }).collect()
}

/// The Gram matrices entry by entry.
fn grams(layout: &Fields) -> Vec<DMatrix<f64>> {
    let m = layout.grid.positions();
    layout.images.iter().map(|image| DMatrix::from_row_slice(m, m, image.gram.gram())).collect()
}

/// The Gram matrices by lag, if nothing singles out a position.
fn stationary(layout: &Fields) -> Option<Vec<Vec<f64>>> {
    let grid = &layout.grid;
    if grid.padding() != Padding::Circular || matches!(layout.positions, PositionReadout::Single(_)) {
        return None;
    }
    let m = grid.positions();
    let places: Vec<Vec<usize>> = (0..m).map(|position| grid.coordinates(position)).collect();
    let lag = |p: usize, r: usize| {
        let steps = places[r].iter().zip(&places[p]).zip(grid.sides());
        steps.fold(0, |index, ((to, from), side)| index * side + (to + side - from) % side)
    };
    let by_lag = |image: &Picture<Arc<Image>>| {
        let gram = image.gram.gram();
        let row = gram[..m].to_vec();
        let even = (0..m).all(|p| (0..m).all(|r| (gram[p * m + r] - row[lag(p, r)]).abs() <= STATIONARY * row[0]));
        even.then_some(row)
    };
    layout.images.iter().map(by_lag).collect()
}

/// Vertex, operation, (second moments, kernel's diagonal), change; a profile of one entry holds for every position.
type Profiles = (usize, OpId, (Vec<Scaled>, Vec<Scaled>), Vec<Scaled>);

fn closed_nodes<S: Acts<f64>>(space: &S, layout: &Layout<f64, S::Matrix>) -> Vec<Profiles> {
    let passes = Passes::run(space, layout);
    let mut closed = Closed::run(&passes);
    layout.nodes.iter().map(|&(id, op, field)| (id, op, passes.state(field), closed.change(field))).collect()
}

fn report(layout: &Fields, route: SpatialRoute, profiles: Vec<Profiles>) -> Spatial<Scaled> {
    let m = layout.grid.positions();
    let spread = |values: Vec<Scaled>| if values.len() == m { values } else { vec![values[0]; m] };
    let mean = |values: &[Scaled]| values.iter().copied().sum::<Scaled>() / Scaled::from(m as f64);
    let node = |(id, op, (moments, kernels), changes): Profiles| {
        let (second_moments, kernels, per_position) = (spread(moments), spread(kernels), spread(changes));
        SpatialNode {
            id,
            op,
            second_moment: mean(&second_moments),
            kernel: mean(&kernels),
            mean_squared_change: mean(&per_position),
            second_moments,
            kernels,
            per_position,
        }
    };
    let nodes: Vec<SpatialNode<Scaled>> = profiles.into_iter().map(node).collect();
    let few = layout.images.iter().filter_map(|image| image.gram.channels());
    let mut caveats: Vec<SpatialCaveat> = few.map(|channels| SpatialCaveat::FewChannels { channels }).collect();
    caveats.extend(nodes.iter().filter_map(|node| {
        let positions = node.second_moments.iter().filter(|&&moment| !gate::is_alive(moment)).count();
        (positions > 0).then_some(SpatialCaveat::ZeroField { id: node.id, positions })
    }));
    Spatial { nodes, route, caveats }
}
