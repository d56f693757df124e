use crate::network::Network;
use crate::{DeviceChoice, Precision, SimError, StreamKey};

/// Elements of one trained matrix of a block, at most; keeps a block's matrices in the processor's cache.
const BLOCK_ELEMENTS: usize = 32_768;
/// Networks in one block, at most.
const MAX_BLOCK: usize = 1024;
/// Memory allowed unless the settings say otherwise: 4 GiB.
const DEFAULT_MEMORY: u64 = 4 << 30;

/// How the readout enters the estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Readout {
    /// One readout drawn per network.
    #[default]
    Sampled,
    /// The Gaussian readout integrated out exactly, given the hidden weights: conditional expectations in place of a draw,
    /// which have the same mean and a smaller variance, at the cost of n columns per readout edge.
    Integrated,
}

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
    /// Bytes that the tensors of all blocks in flight may take together. It bounds how many blocks run at once and never
    /// changes a result.
    pub memory_limit: u64,
}

impl Settings {
    /// On the processor, in double precision, with a sampled readout.
    #[must_use]
    pub fn new(width: usize, samples: u64, key: StreamKey) -> Self {
        Self {
            width,
            samples,
            key,
            device: DeviceChoice::default(),
            precision: Precision::default(),
            readout: Readout::default(),
            memory_limit: DEFAULT_MEMORY,
        }
    }

    /// Networks of replicate `replicate`: a full block but for the last.
    pub(crate) fn networks(&self, replicate: u64) -> usize {
        let size = block_size(self.width) as u64;
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

/// Number of networks in a block of width n: as many as fill 32 768 matrix elements, at least 1 and at most 1024.
///
/// One block is one replicate of the random streams. Its size depends on nothing but the width, so results do not depend on
/// the number of threads, the device's memory or the number of samples: with more samples the first networks stay the same.
///
/// ```
/// use archscale_sim::block_size;
/// assert_eq!([1, 4, 16, 128, 512].map(block_size), [1024, 1024, 128, 2, 1]);
/// ```
#[must_use]
pub fn block_size(width: usize) -> usize {
    let square = width.saturating_mul(width).max(1);
    (BLOCK_ELEMENTS / square).clamp(1, MAX_BLOCK)
}

/// Number of functions whose gradients are carried at once: all n, or as many as keep a network's columns in cache.
pub(crate) fn column_chunk(width: usize) -> usize {
    (BLOCK_ELEMENTS / width.max(1)).clamp(1, width.max(1))
}

/// Estimated bytes of one block with `copies` sets of its matrices and `columns` functions carried at once.
///
/// # Errors
/// [`SimError::Memory`] above the limit.
pub(crate) fn block_bytes(settings: &Settings, network: &Network, copies: usize, columns: usize) -> Result<u128, SimError> {
    let (n, ops) = (settings.width as u128, network.layers.len() as u128);
    let matrices = (network.matrix_count() * copies + 1) as u128;
    // Per operation: value, norm and slope; a gradient and a tangent of every column, and temporaries.
    let temporaries: u128 = network.layers.iter().map(|layer| layer.temporaries() as u128).sum();
    let vectors = ops * (3 + 3 * columns as u128) + temporaries + network.readout_sources.len() as u128;
    let elements = matrices.saturating_mul(n.saturating_mul(n)).saturating_add(vectors.saturating_mul(n));
    let bytes =
        (block_size(settings.width) as u128 * settings.precision.dtype().size_in_bytes() as u128).saturating_mul(elements);
    if bytes > u128::from(settings.memory_limit) {
        return Err(SimError::Memory {
            width: settings.width,
            matrices: network.matrix_count(),
            operations: network.layers.len(),
            needed: bytes,
            limit: settings.memory_limit,
        });
    }
    Ok(bytes.max(1))
}
