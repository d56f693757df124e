use archscale_model::{Node, OpId, Program};

use crate::SimError;
use crate::layer::{Layer, rule, split};

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
}

impl Network {
    pub(crate) fn new(program: &Program) -> Result<Self, SimError> {
        let layers = program.ops().iter().enumerate().map(|(op, what)| rule(op, what)).collect::<Result<Vec<_>, _>>()?;
        let mut trained: Vec<bool> = Vec::with_capacity(layers.len());
        for layer in &layers {
            trained.push(!layer.gains().is_empty() || layer.sources().iter().any(|&source| trained[source]));
        }
        let (readout_gains, readout_sources) = split(program.readout(), &"readout")?;
        let nodes = program.nodes().to_vec();
        let reported_end = nodes.iter().map(|node| node.op + 1).max().unwrap_or(0);
        Ok(Self { layers, trained, readout_gains, readout_sources, nodes, reported_end })
    }

    pub(crate) fn matrix_count(&self) -> usize {
        self.layers.iter().map(|layer| layer.gains().len()).sum()
    }

    pub(crate) fn node(&self, index: usize) -> Result<&Node, SimError> {
        self.nodes.get(index).ok_or(SimError::NoNode { index, count: self.nodes.len() })
    }
}
