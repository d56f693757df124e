use std::sync::Arc;

use archscale_model::Program;
use archscale_nets::layer::OutsideLayers;
use archscale_nets::{DeviceChoice, Draw, Machine, Network, Networks, Precision, Spare, StreamKey, Weights};

use crate::load::{Load, checked};
use crate::weights::BLOCK_ELEMENTS;
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

/// Number of features whose gradients are carried at once: all, or as many as keep what their positions read in cache.
pub(crate) fn feature_chunk(network: &Network) -> usize {
    let column = network.widest().saturating_mul(network.positions()).max(1);
    (BLOCK_ELEMENTS / column).clamp(1, network.features().max(1))
}

/// The networks of replicate `replicate`, a full block of them: those that every estimator draws with these settings.
///
/// # Errors
/// Settings out of their domain, too little memory, a device that cannot be used, an operation without a rule.
///
/// ```
/// use archscale_model::{Architecture, InitRule};
/// use archscale_sim::{Settings, StreamKey, block};
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let networks = block(&program, &Settings::new(4, 10, StreamKey::new("doc", "chain:2", 1)), 0)?;
/// assert_eq!(networks.value(program.nodes()[0].op).dims(), [10, 4, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn block(program: &Program, settings: &Settings, replicate: u64) -> Result<Networks, SimError> {
    settings.check()?;
    let network = Arc::new(Network::new(program, settings.width, &settings.outside)?);
    // One block is drawn, however many networks the settings count.
    let settings = &settings.chosen(&network, Load::Functions(1));
    checked(&Settings { samples: 1, ..settings.clone() }, &network, Load::Functions(1))?;
    settings.draw(&network, replicate, &Machine::open(settings.device, settings.precision)?, &Spare::default())
}
