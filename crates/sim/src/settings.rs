use std::sync::Arc;

use archscale_nets::layer::OutsideLayers;
use archscale_nets::{DeviceChoice, Draw, Machine, Network, Networks, Precision, Spare, StreamKey, Weights};

use archscale_text::Refusal;

use crate::{Readout, SimError};

/// Memory allowed unless the settings say otherwise: 4 GiB.
const DEFAULT_MEMORY: u64 = 4 << 30;

/// Work allowed unless the settings say otherwise: thirty days at [`NOMINAL_RATE`].
const DEFAULT_WORK: u64 = 30 * 86_400 * NOMINAL_RATE;

/// Arithmetic operations a second of the machine that limits of work are stated for: a large processor.
pub const NOMINAL_RATE: u64 = 100_000_000_000;

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
    pub method: Weights,
    /// The tensors of the operations from outside that the program reads, by name.
    pub outside: OutsideLayers,
    /// Bytes that the tensors of all blocks in flight may take together. It bounds how many blocks run at once and never
    /// changes a result.
    pub memory_limit: u64,
    /// Arithmetic operations that a run may be expected to take; see [`NOMINAL_RATE`]. A run above it is refused before it
    /// starts.
    pub work_limit: u64,
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
            method: Weights::default(),
            outside: OutsideLayers::default(),
            memory_limit: DEFAULT_MEMORY,
            work_limit: DEFAULT_WORK,
        }
    }

    /// Networks of replicate `replicate`: a full block but for the last.
    pub(crate) fn networks(&self, network: &Network, replicate: u64) -> usize {
        let size = self.block_size(network) as u64;
        // At most a block, so the cast keeps the number.
        size.min(self.samples.saturating_sub(replicate.saturating_mul(size))) as usize
    }

    /// The networks of replicate `replicate`.
    pub(crate) fn draw(
        &self,
        network: &Arc<Network>,
        replicate: u64,
        machine: &Machine,
        spare: &Spare,
    ) -> Result<Networks, SimError> {
        let draw = Draw {
            width: self.width,
            networks: self.networks(network, replicate),
            key: self.key.clone(),
            device: self.device,
            precision: self.precision,
            weights: self.method,
            outside: self.outside.clone(),
        };
        Ok(Networks::draw_on(network, &draw, replicate, machine, spare)?)
    }

    pub(crate) fn check(&self) -> Result<(), SimError> {
        let zero = |name, mend| Err(SimError::Setting(Refusal::new(name, "0", mend)));
        if self.width == 0 {
            return zero("width", "a network has at least one neuron per vertex");
        }
        if self.samples == 0 {
            return zero("samples", "simulate at least one network");
        }
        Ok(())
    }
}
