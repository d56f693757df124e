use archscale_stats::Moments;

use crate::method::BLOCK_ELEMENTS;
use crate::network::Network;
use crate::{DeviceChoice, Method, Precision, Readout, SimError, StreamKey};

/// Memory allowed unless the settings say otherwise: 4 GiB.
const DEFAULT_MEMORY: u64 = 4 << 30;

/// What to simulate.
///
/// ```
/// use archscale_sim::{Readout, Settings, StreamKey};
/// let settings = Settings { readout: Readout::Integrated, ..Settings::new(8, 1000, StreamKey::new("doc", "chain:1", 1)) };
/// assert_eq!(settings.memory_limit, 4 << 30);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Width n ≥ 1.
    pub width: usize,
    /// Number of networks ≥ 1.
    pub samples: u64,
    /// What the random numbers are derived from.
    pub key: StreamKey,
    /// Where the tensors live.
    pub device: DeviceChoice,
    /// Their floating-point format.
    pub precision: Precision,
    /// How the readout enters.
    pub readout: Readout,
    /// How the weights are represented.
    pub method: Method,
    /// Bytes that the tensors of all blocks in flight may take together. It bounds how many blocks run at once and never
    /// changes a result.
    pub memory_limit: u64,
}

impl Settings {
    /// On the processor, in double precision, with a sampled readout and dense weights.
    #[must_use]
    pub fn new(width: usize, samples: u64, key: StreamKey) -> Self {
        Self {
            width,
            samples,
            key,
            device: DeviceChoice::default(),
            precision: Precision::default(),
            readout: Readout::default(),
            method: Method::default(),
            memory_limit: DEFAULT_MEMORY,
        }
    }

    /// Networks of replicate `replicate`: a full block but for the last.
    pub(crate) fn networks(&self, network: &Network, replicate: u64) -> usize {
        let size = self.block_size(network) as u64;
        // At most a block, so the cast keeps the number.
        size.min(self.samples.saturating_sub(replicate.saturating_mul(size))) as usize
    }

    pub(crate) fn check(&self) -> Result<(), SimError> {
        let zero = |name, mend| Err(SimError::Setting { name, found: "0".into(), mend });
        if self.width == 0 {
            return zero("width", "a network has at least one neuron per vertex");
        }
        if self.samples == 0 {
            return zero("samples", "simulate at least one network");
        }
        Ok(())
    }
}

/// Number of functions whose gradients are carried at once: all n, or as many as keep a network's columns in cache.
pub(crate) fn column_chunk(width: usize) -> usize {
    (BLOCK_ELEMENTS / width.max(1)).clamp(1, width.max(1))
}

impl Network {
    /// Number of features whose gradients are carried at once: all, or as many as keep what their positions read in cache.
    pub(crate) fn feature_chunk(&self, width: usize) -> usize {
        let column = self.widest(width).saturating_mul(self.positions).max(1);
        (BLOCK_ELEMENTS / column).clamp(1, self.features(width).max(1))
    }
}

/// What a run asks of a block.
pub(crate) struct Load {
    /// True gradient steps.
    pub(crate) steps: usize,
    /// Functions whose gradients are carried, in one part or several.
    pub(crate) functions: usize,
}

/// Estimated bytes of one block under a load.
///
/// # Errors
/// [`SimError::Memory`] above the limit.
pub(crate) fn block_bytes(settings: &Settings, network: &Network, load: &Load) -> Result<u128, SimError> {
    let (n, m) = (settings.width as u128, network.positions as u128);
    let (steps, functions) = (load.steps as u128, load.functions as u128);
    let columns = load.functions.min(network.feature_chunk(settings.width)) as u128;
    let widest = network.widest(settings.width) as u128;
    let matrix_columns: u128 = network.matrix_columns(settings.width).map(|columns| columns as u128).sum();
    // Elements held for the trained matrices, and what is at work on one.
    let (held, in_work) = match settings.method {
        // Every query is held with its answer, and an update is two vectors, at every position.
        Method::Lazy => {
            let of_a_pair = (matrix_columns + n * network.matrix_count() as u128).saturating_mul(m);
            (of_a_pair.saturating_mul(1 + 2 * functions + 3 * steps), widest.saturating_mul(6 + 4 * columns * m))
        }
        // After a step there are the weights, their gradients and the moved weights.
        Method::Dense | Method::Auto => {
            (matrix_columns.saturating_mul(n * if steps == 0 { 1 } else { 3 }), widest.saturating_mul(n))
        }
    };
    // Per operation: value, norm and slope; a gradient and a tangent of every column, and temporaries.
    let temporaries: u128 = network.layers.iter().map(|layer| layer.temporaries() as u128).sum();
    let operations = network.layers.len() as u128;
    let fields = operations * (3 + 3 * columns) + temporaries + network.readout_sources.len() as u128;
    let mut elements = held.saturating_add(in_work).saturating_add(fields.saturating_mul(n.saturating_mul(m)));
    let mut moments = 0;
    if network.grid_positions().is_some() {
        // What positions read, picked, laid out anew and padded, for a value and for every function; products of positions.
        let read = widest.saturating_mul(m).saturating_mul(3 * (1 + columns));
        elements = elements.saturating_add(read).saturating_add(2 * operations * m * m);
        moments = network.nodes.len() as u128 * 4 * (m + 1) * size_of::<Moments>() as u128;
    }
    let networks = settings.block_size(network) as u128 * settings.precision.dtype().size_in_bytes() as u128;
    let bytes = networks.saturating_mul(elements).saturating_add(moments);
    if bytes > u128::from(settings.memory_limit) {
        return Err(SimError::Memory {
            width: settings.width,
            matrices: network.matrix_count(),
            operations: network.layers.len(),
            method: settings.method,
            needed: bytes,
            limit: settings.memory_limit,
        });
    }
    Ok(bytes.max(1))
}
