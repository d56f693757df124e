use crate::layer::OutsideLayers;
use crate::{DeviceChoice, Precision, StreamKey, Weights};

/// What a block of networks is drawn with.
///
/// ```
/// use archscale_nets::{Draw, Precision, StreamKey};
/// let draw = Draw { precision: Precision::F32, ..Draw::new(4, 10, StreamKey::new("doc", "chain:2", 1)) };
/// assert_eq!((draw.width, draw.networks), (4, 10));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Width n ≥ 1.
    pub width: usize,
    /// R ≥ 1, the number of networks.
    pub networks: usize,
    /// What the random numbers are derived from.
    pub key: StreamKey,
    /// Where the tensors live.
    pub device: DeviceChoice,
    /// Their floating-point format.
    pub precision: Precision,
    /// How the weights are represented.
    pub weights: Weights,
    /// The operations from outside that the program reads.
    pub outside: OutsideLayers,
}

impl Draw {
    /// On the processor, in double precision, with dense weights.
    #[must_use]
    pub fn new(width: usize, networks: usize, key: StreamKey) -> Self {
        let (device, precision, weights, outside) = Default::default();
        Self { width, networks, key, device, precision, weights, outside }
    }
}
