use archscale_model::{Grid, Kind, Node, OpId, Program};

use crate::NetsError;
use crate::layer::{Layer, image_at, rule, split};
use crate::patterns::Patterns;

/// A program with the tensor rules of its operations.
pub struct Network {
    pub(crate) layers: Vec<Box<dyn Layer>>,
    /// By operation: whether its value depends on a trained matrix, so that gradients must reach it.
    pub(crate) trained: Vec<bool>,
    pub(crate) readout_gains: Vec<f64>,
    pub(crate) readout_sources: Vec<OpId>,
    nodes: Vec<Node>,
    /// One past the last operation at which something is reported.
    pub(crate) reported_end: usize,
    /// m, the number of positions; 1 in a program over vectors.
    pub(crate) positions: usize,
    /// How the output reads the positions of a grid.
    pub(crate) patterns: Option<Patterns>,
}

impl Network {
    /// The rules of a program.
    ///
    /// # Errors
    /// An operation without a rule, a kernel that does not fit its grid, values on several grids, a gain that is not a finite number.
    pub fn new(program: &Program) -> Result<Self, NetsError> {
        let grid = program.shared_grid().map_err(NetsError::Program)?;
        check_images(program)?;
        let ops = program.ops().iter().enumerate();
        let layers = ops.map(|(op, what)| rule(op, what, program)).collect::<Result<Vec<_>, _>>()?;
        let mut trained: Vec<bool> = Vec::with_capacity(layers.len());
        for layer in &layers {
            trained.push(!layer.gains().is_empty() || layer.sources().iter().any(|&source| trained[source]));
        }
        let (readout_gains, readout_sources) = split(program.readout(), &"readout")?;
        let nodes = program.nodes().to_vec();
        let reported_end = nodes.iter().map(|node| node.op + 1).max().unwrap_or(0);
        let positions = grid.map_or(1, Grid::positions);
        let patterns = grid.map(|_| Patterns::new(program.positions(), positions));
        Ok(Self { layers, trained, readout_gains, readout_sources, nodes, reported_end, positions, patterns })
    }

    /// Number of operations.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.layers.len()
    }

    /// Vectors that the operations hold at most beside their values, gradients and tangents.
    #[must_use]
    pub fn temporaries(&self) -> usize {
        self.layers.iter().map(|layer| layer.temporaries()).sum()
    }

    /// Whether the value of an operation depends on a trained matrix.
    #[must_use]
    pub fn is_trained(&self, op: OpId) -> bool {
        self.trained[op]
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
        self.layers.iter().map(|layer| layer.gains().len()).sum()
    }

    /// Columns of every trained matrix.
    pub fn matrix_columns(&self, width: usize) -> impl Iterator<Item = usize> + '_ {
        self.layers.iter().flat_map(move |layer| (0..layer.gains().len()).map(move |term| layer.fan_in(term, width).0))
    }

    /// Columns of the widest trained matrix, at least n.
    #[must_use]
    pub fn widest(&self, width: usize) -> usize {
        self.matrix_columns(width).fold(width, usize::max)
    }

    /// m over an image, `None` over vectors.
    #[must_use]
    pub fn grid_positions(&self) -> Option<usize> {
        self.patterns.as_ref().map(|_| self.positions)
    }

    /// Number of features per readout term: n for each pattern over positions.
    #[must_use]
    pub fn features(&self, width: usize) -> usize {
        width.saturating_mul(self.patterns.as_ref().map_or(1, |patterns| patterns.count))
    }

    /// The reported vertex at a position of [`Network::nodes`].
    ///
    /// # Errors
    /// [`NetsError::NoNode`] when there is none.
    pub fn node(&self, index: usize) -> Result<&Node, NetsError> {
        self.nodes.get(index).ok_or(NetsError::NoNode { index, count: self.nodes.len() })
    }
}

/// Only convolutions and the readout, whose weights turn with the channels, read an image, and nothing is reported there.
fn check_images(program: &Program) -> Result<(), NetsError> {
    let check = |source: OpId, place: &dyn Fn() -> String| match image_at(program, source) {
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
