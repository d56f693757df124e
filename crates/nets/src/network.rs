use std::sync::Arc;

use archscale_model::{Grid, Image, Kind, Node, Op, OpId, Program, ops};

use crate::layer::{OutsideLayers, Place, rule, split};
use crate::patterns::Patterns;
use crate::{Layers, NetsError};

/// A program at a width, with the tensor rules of its operations.
pub struct Network {
    /// One for each operation.
    pub(crate) layers: Layers,
    width: usize,
    readout_gains: Vec<f64>,
    readout_sources: Vec<OpId>,
    nodes: Vec<Node>,
    /// One past the last operation at which something is reported.
    pub(crate) reported_end: usize,
    positions: usize,
    /// How the output reads the positions of a grid.
    pub(crate) patterns: Option<Patterns>,
}

impl Network {
    /// The rules of a program at width n, with those of the operations from outside that it reads.
    ///
    /// # Errors
    /// An operation from outside that is not given, a kernel that does not fit its grid, values on several grids, a gain
    /// that is not a finite number.
    pub fn new(program: &Program, width: usize, outside: &OutsideLayers) -> Result<Self, NetsError> {
        let grid = program.shared_grid().map_err(NetsError::Program)?;
        let images: Vec<Option<Arc<Image>>> = program.ops().iter().map(image_of).collect();
        check_images(program, &images)?;
        let mut layers = Layers::default();
        for (op, what) in program.ops().iter().enumerate() {
            let positions = program.grid_of(op).map_or(1, Grid::positions);
            layers.push(rule(what, &Place { op, width, layers: None, images: &images, positions, outside })?);
        }
        let (readout_gains, readout_sources) = split(program.readout(), &"the readout")?;
        let nodes = program.nodes().to_vec();
        let reported_end = nodes.iter().map(|node| node.op + 1).max().unwrap_or(0);
        let positions = grid.map_or(1, Grid::positions);
        let patterns = grid.map(|_| Patterns::new(program.positions(), positions));
        Ok(Self { layers, width, readout_gains, readout_sources, nodes, reported_end, positions, patterns })
    }

    /// n, the width.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of operations.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.layers.len()
    }

    /// Vectors that the operations hold at most beside their values, gradients and tangents.
    #[must_use]
    pub fn temporaries(&self) -> usize {
        self.layers.temporaries()
    }

    /// Whether the value of an operation depends on a trained matrix.
    #[must_use]
    pub fn is_trained(&self, op: OpId) -> bool {
        self.layers.is_trained(op)
    }

    /// The gain C and the source of every readout term.
    pub fn readout(&self) -> impl ExactSizeIterator<Item = (f64, OpId)> + '_ {
        self.readout_gains.iter().copied().zip(self.readout_sources.iter().copied())
    }

    /// The reported vertices, in topological order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// m, the number of positions; 1 in a program over vectors.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.positions
    }

    /// Number of trained matrices.
    #[must_use]
    pub fn matrix_count(&self) -> usize {
        self.layers.matrices().count()
    }

    /// Columns of every trained matrix.
    pub fn matrix_columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.layers.matrices().map(|matrix| matrix.columns)
    }

    /// Columns of the widest trained matrix, at least n.
    #[must_use]
    pub fn widest(&self) -> usize {
        self.matrix_columns().fold(self.width, usize::max)
    }

    /// m over an image, `None` over vectors.
    #[must_use]
    pub fn grid_positions(&self) -> Option<usize> {
        self.patterns.as_ref().map(|_| self.positions)
    }

    /// Number of features per readout term: n for each pattern over positions.
    #[must_use]
    pub fn features(&self) -> usize {
        self.width.saturating_mul(self.patterns.as_ref().map_or(1, Patterns::count))
    }

    /// The reported vertex at a position of [`Network::nodes`].
    ///
    /// # Errors
    /// [`NetsError::NoNode`] when there is none.
    pub fn node(&self, index: usize) -> Result<&Node, NetsError> {
        self.nodes.get(index).ok_or(NetsError::NoNode { index, count: self.nodes.len() })
    }
}

fn image_of(op: &Op) -> Option<Arc<Image>> {
    match op {
        Op::Image(ops::Image { field }) => Some(Arc::clone(field)),
        _ => None,
    }
}

/// Only convolutions and the readout, whose weights turn with the channels, read an image, and nothing is reported there.
fn check_images(program: &Program, images: &[Option<Arc<Image>>]) -> Result<(), NetsError> {
    let check = |source: OpId, place: &dyn Fn() -> String| match images[source] {
        Some(_) => Err(NetsError::Image { place: place(), image: source }),
        None => Ok(()),
    };
    for (op, what) in program.ops().iter().enumerate() {
        let place = || format!("operation {op}");
        if what.kind() != Kind::Trained {
            what.sources().into_iter().try_for_each(|source| check(source, &place))?;
        }
    }
    program.nodes().iter().try_for_each(|node| check(node.op, &|| format!("vertex {}", node.id)))
}
