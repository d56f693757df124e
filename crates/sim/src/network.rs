use archscale_model::{Grid, Kind, Node, OpId, Program};

use crate::SimError;
use crate::layer::{Layer, image_at, rule, split};
use crate::patterns::Patterns;

/// A program with the tensor rules of its operations.
pub(crate) struct Network {
    pub(crate) layers: Vec<Box<dyn Layer>>,
    /// By operation: whether its value depends on a trained matrix, so that gradients must reach it.
    pub(crate) trained: Vec<bool>,
    pub(crate) readout_gains: Vec<f64>,
    pub(crate) readout_sources: Vec<OpId>,
    pub(crate) nodes: Vec<Node>,
    /// One past the last operation at which something is reported.
    pub(crate) reported_end: usize,
    /// m, the number of positions; 1 in a program over vectors.
    pub(crate) positions: usize,
    /// How the output reads the positions of a grid.
    pub(crate) patterns: Option<Patterns>,
}

impl Network {
    pub(crate) fn new(program: &Program) -> Result<Self, SimError> {
        let grid = program.shared_grid().map_err(SimError::Program)?;
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

    pub(crate) fn matrix_count(&self) -> usize {
        self.layers.iter().map(|layer| layer.gains().len()).sum()
    }

    /// Columns of every trained matrix.
    pub(crate) fn matrix_columns(&self, width: usize) -> impl Iterator<Item = usize> + '_ {
        self.layers.iter().flat_map(move |layer| (0..layer.gains().len()).map(move |term| layer.fan_in(term, width).0))
    }

    /// Columns of the widest trained matrix, at least n.
    pub(crate) fn widest(&self, width: usize) -> usize {
        self.matrix_columns(width).fold(width, usize::max)
    }

    /// m over an image, `None` over vectors.
    pub(crate) fn grid_positions(&self) -> Option<usize> {
        self.patterns.as_ref().map(|_| self.positions)
    }

    /// Number of features per readout term: n for each pattern over positions.
    pub(crate) fn features(&self, width: usize) -> usize {
        width.saturating_mul(self.patterns.as_ref().map_or(1, |patterns| patterns.count))
    }

    pub(crate) fn node(&self, index: usize) -> Result<&Node, SimError> {
        self.nodes.get(index).ok_or(SimError::NoNode { index, count: self.nodes.len() })
    }
}

/// Only convolutions and the readout, whose weights turn with the channels, read an image, and nothing is reported there.
fn check_images(program: &Program) -> Result<(), SimError> {
    let check = |source: OpId, place: &dyn Fn() -> String| match image_at(program, source) {
        Some(_) => Err(SimError::Image { place: place(), image: source }),
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
