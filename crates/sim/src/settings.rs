use crate::method::BLOCK_ELEMENTS;
use crate::network::Network;
use crate::{DeviceChoice, Method, Precision, Readout, SimError, StreamKey, block_size, lazy_block_size};

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

    /// Networks in a full block.
    pub(crate) fn block_size(&self) -> usize {
        match self.method {
            Method::Lazy => lazy_block_size(self.width),
            Method::Dense | Method::Auto => block_size(self.width),
        }
    }

    /// Networks of replicate `replicate`: a full block but for the last.
    pub(crate) fn networks(&self, replicate: u64) -> usize {
        let size = self.block_size() as u64;
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
    let n = settings.width as u128;
    let (steps, functions) = (load.steps as u128, load.functions as u128);
    let columns = load.functions.min(column_chunk(settings.width)) as u128;
    // Vectors of length n: for each trained matrix, and what is at work on one.
    let (held, in_work) = match settings.method {
        // Every query is held with its answer, and an update is two vectors.
        Method::Lazy => (2 * (1 + 2 * functions + 2 * steps) + 2 * steps, 6 + 4 * columns),
        // After a step there are the weights, their gradients and the moved weights.
        Method::Dense | Method::Auto => (n * if steps == 0 { 1 } else { 3 }, n),
    };
    // Per operation: value, norm and slope; a gradient and a tangent of every column, and temporaries.
    let temporaries: u128 = network.layers.iter().map(|layer| layer.temporaries() as u128).sum();
    let vectors = (network.matrix_count() as u128).saturating_mul(held)
        + in_work
        + network.layers.len() as u128 * (3 + 3 * columns)
        + temporaries
        + network.readout_sources.len() as u128;
    let bytes = (settings.block_size() as u128 * settings.precision.dtype().size_in_bytes() as u128)
        .saturating_mul(vectors.saturating_mul(n));
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
