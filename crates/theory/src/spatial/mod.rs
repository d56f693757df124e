//! The infinite-channel law of programs over images: convolutions, ReLUs, skips and pooling.

mod closed;
mod dense;
mod engine;
mod gate;
mod lags;
mod layout;
mod map;
mod space;

use std::fmt;
use std::sync::Arc;

use archscale_model::{Image, OpId, Padding, PositionReadout, Program};
use nalgebra::DMatrix;

use crate::TheoryError;
use closed::Closed;
use dense::Dense;
use engine::Passes;
use lags::Lags;
use layout::{Layout, Picture};
use map::PositionMap;
use space::Acts;

/// Most numbers that the matrices over positions of one program may hold together.
const NUMBER_LIMIT: usize = 1 << 28;

/// Relative deviation, from a function of the lag alone, that counts as rounding in a Gram matrix.
const STATIONARY: f64 = 1e-12;

/// What the infinite-channel law says at one reported vertex.
#[derive(Debug, Clone, PartialEq)]
pub struct SpatialNode {
    /// The vertex number that the program reports it under.
    pub id: usize,
    /// Index of the operation that holds its field.
    pub op: OpId,
    /// lim E x_i(p)² at every position p.
    pub second_moments: Vec<f64>,
    /// lim E K_ii(p, p)/n, the diagonal of its tangent kernel, at every position.
    pub kernels: Vec<f64>,
    /// D(p) = lim E(Δx_i(p))² after one step of gradient descent, per unit η² and label variance, at every position.
    pub per_position: Vec<f64>,
    /// Mean of `second_moments`.
    pub second_moment: f64,
    /// Mean of `kernels`.
    pub kernel: f64,
    /// Mean of `per_position`.
    pub mean_squared_change: f64,
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
}

impl fmt::Display for SpatialRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Positions => "by positions",
            Self::Lags => "by lags",
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
pub struct Spatial {
    /// One entry for each reported vertex, in the program's order.
    pub nodes: Vec<SpatialNode>,
    /// How it was evaluated.
    pub route: SpatialRoute,
    /// What to know besides.
    pub caveats: Vec<SpatialCaveat>,
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
    let layout = Layout::new(program)?;
    let route = if stationary(&layout).is_some() { SpatialRoute::Lags } else { SpatialRoute::Positions };
    evaluate(&layout, route)
}

/// As [`spatial_moments`], by a given route.
///
/// # Errors
/// As [`spatial_moments`]; also where the route does not apply.
pub fn spatial_moments_by(program: &Program, route: SpatialRoute) -> Result<Spatial, TheoryError> {
    evaluate(&Layout::new(program)?, route)
}

type Read = Layout<PositionMap, Arc<Image>>;

fn evaluate(layout: &Read, route: SpatialRoute) -> Result<Spatial, TheoryError> {
    let m = layout.grid.positions();
    let refuse = |found: &str, mend| {
        Err(TheoryError::OutOfDomain { law: "the infinite-channel law by this route", found: found.into(), op: 0, mend })
    };
    let nodes = match route {
        SpatialRoute::Lags => {
            let Some(grams) = stationary(layout) else {
                return refuse(
                    "a program that singles out positions",
                    "lags need a torus, an input whose Gram matrix depends on the lag alone, and gap or flatten",
                );
            };
            let Some(plain) = layout.unpooled(pictures(layout, grams)) else {
                return refuse("pooling between layers", "ask for pairs of positions");
            };
            let space = Lags::new(layout.grid.sides());
            closed_nodes(&space, &plain, m)
        }
        SpatialRoute::Positions => {
            check_size(layout)?;
            let grams = layout.images.iter().map(|image| DMatrix::from_row_slice(m, m, image.gram.gram())).collect();
            let Some(plain) = layout.unpooled(pictures(layout, grams)) else {
                return refuse("pooling between layers", "ask for pairs of positions");
            };
            closed_nodes(&Dense::new(&layout.grid), &plain, m)
        }
    };
    let mut caveats = layout.caveats();
    caveats.extend(nodes.iter().filter_map(|node| {
        let positions = node.second_moments.iter().filter(|&&moment| moment <= 0.0).count();
        (positions > 0).then_some(SpatialCaveat::ZeroField { id: node.id, positions })
    }));
    Ok(Spatial { nodes, route, caveats })
}

fn check_size(layout: &Read) -> Result<(), TheoryError> {
    let m = layout.grid.positions();
    let matrices = 2 * layout.slots.len() + 3 * layout.features.len();
    if matrices * m * m > NUMBER_LIMIT {
        return Err(TheoryError::TooLarge {
            what: "the covariances between positions",
            limit: NUMBER_LIMIT,
            unit: "numbers",
            mend: "use a smaller image, or a torus with a stationary input and gap or flatten, which needs lags alone",
        });
    }
    Ok(())
}

fn pictures<G>(layout: &Read, grams: Vec<G>) -> Vec<Picture<G>> {
    layout.images.iter().zip(grams).map(|(image, gram)| Picture { gram, share: image.share }).collect()
}

/// The Gram matrices by lag, if nothing singles out a position.
fn stationary(layout: &Read) -> Option<Vec<Vec<f64>>> {
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

fn closed_nodes<S: Acts<f64>>(space: &S, layout: &Layout<f64, S::Matrix>, positions: usize) -> Vec<SpatialNode> {
    let passes = Passes::run(space, layout);
    let mut closed = Closed::run(&passes);
    let nodes = layout.nodes.iter();
    nodes.map(|&(id, op, field)| node(id, op, positions, passes.state(field), closed.change(field))).collect()
}

/// Spreads profiles of one entry over the positions, and takes means.
fn node(id: usize, op: OpId, positions: usize, (moments, kernels): (Vec<f64>, Vec<f64>), changes: Vec<f64>) -> SpatialNode {
    let spread = |values: Vec<f64>| if values.len() == positions { values } else { vec![values[0]; positions] };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / positions as f64;
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
}
