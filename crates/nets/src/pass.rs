use std::sync::{Arc, OnceLock};

use candle_core::Tensor;

use crate::machine::Machine;
use crate::tape::Value;
use crate::{Matrix, NetsError};

/// One pass of a block of networks through their layers: the weights, the values so far, and what later passes reuse of
/// them.
///
/// **Shapes.** N networks, each on B samples of its own, with m positions (1 in a program over vectors). A value is (N, n,
/// m·B): column p·B + b is position p of sample b. Gradients and tangents of J functions are (N, n, J·m·B), the columns of a
/// function side by side. An estimator has B = 1, and a trainer J = 1.
pub struct Pass {
    networks: usize,
    samples: usize,
    machine: Machine,
    /// By layer, then term: (N, rows, columns).
    weights: Vec<Vec<Arc<dyn Matrix>>>,
    /// By layer; during the forward pass only the earlier ones.
    values: Vec<Tensor>,
    /// By layer, whether a gradient will reach it for certain; empty where nobody knows.
    awaited: Vec<bool>,
    /// |x|² by layer, (N, 1, 1), computed when first asked for.
    square_norms: Vec<OnceLock<Tensor>>,
    /// By layer, then argument: the slopes of a coordinatewise function, computed when first asked for.
    slopes: Vec<OnceLock<Vec<Value>>>,
    /// By layer: products of what columns read, (N, m·B, m·B), computed when first asked for.
    grams: Vec<OnceLock<Tensor>>,
}

impl Pass {
    /// A pass with weights, by layer and term, and no values yet.
    #[must_use]
    pub fn new(networks: usize, samples: usize, machine: &Machine, weights: Vec<Vec<Arc<dyn Matrix>>>) -> Self {
        let count = weights.len();
        Self {
            networks,
            samples,
            machine: machine.clone(),
            weights,
            values: Vec::with_capacity(count),
            awaited: Vec::new(),
            square_norms: cells(count),
            slopes: cells(count),
            grams: cells(count),
        }
    }

    /// N, the number of networks.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.networks
    }

    /// B, the number of samples of each network.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Where and how its tensors are computed.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The matrices of a layer, one per term.
    #[must_use]
    pub fn weights(&self, layer: usize) -> &[Arc<dyn Matrix>] {
        &self.weights[layer]
    }

    /// The matrices of all layers.
    pub(crate) fn all_weights(&self) -> &[Vec<Arc<dyn Matrix>>] {
        &self.weights
    }

    /// The value of a layer.
    #[must_use]
    pub fn value(&self, layer: usize) -> &Tensor {
        &self.values[layer]
    }

    /// Gives the value of the next layer.
    pub fn push(&mut self, value: Tensor) {
        self.values.push(value);
    }

    /// Number of layers that have values.
    pub(crate) fn done(&self) -> usize {
        self.values.len()
    }

    /// Says for every layer whether a gradient will reach it: slopes are then kept as values are computed, which share most
    /// of their work.
    pub(crate) fn await_gradients(&mut self, awaited: &[bool]) {
        self.awaited = awaited.to_vec();
    }

    pub(crate) fn is_awaited(&self, layer: usize) -> bool {
        self.awaited.get(layer).copied().unwrap_or(false)
    }

    /// |x|² of each network at a layer, over all columns, (N, 1, 1).
    ///
    /// # Errors
    /// A failed tensor operation.
    pub fn square_norm(&self, layer: usize) -> Result<Tensor, NetsError> {
        let norm = kept(&self.square_norms[layer], || {
            // Summing the last of two dimensions is candle's fast path.
            let flat = self.values[layer].flatten_from(1)?;
            Ok(flat.sqr()?.sum_keepdim(1)?.reshape((self.networks, 1, 1))?)
        })?;
        Ok(norm.clone())
    }

    pub(crate) fn slopes(
        &self,
        layer: usize,
        compute: impl FnOnce() -> Result<Vec<Value>, NetsError>,
    ) -> Result<&[Value], NetsError> {
        Ok(kept(&self.slopes[layer], compute)?)
    }

    pub(crate) fn gram(
        &self,
        layer: usize,
        compute: impl FnOnce() -> Result<Tensor, NetsError>,
    ) -> Result<&Tensor, NetsError> {
        kept(&self.grams[layer], compute)
    }
}

fn cells<T>(count: usize) -> Vec<OnceLock<T>> {
    (0..count).map(|_| OnceLock::new()).collect()
}

/// What a cell holds, computed when first asked for.
fn kept<T>(cell: &OnceLock<T>, compute: impl FnOnce() -> Result<T, NetsError>) -> Result<&T, NetsError> {
    if let Some(kept) = cell.get() {
        return Ok(kept);
    }
    let computed = compute()?;
    Ok(cell.get_or_init(|| computed))
}
