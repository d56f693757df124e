use candle_core::{DType, Device};

use crate::{DeviceChoice, NetsError, Precision};

/// An open device, the format of the tensors on it, and the way in which operations are done there.
///
/// In the host's memory some operations are loops over rows, several times as fast as the tensor operations that stand for
/// them. Every other device does the tensor operations.
#[derive(Debug, Clone)]
pub struct Machine {
    device: Device,
    precision: Precision,
    loops: bool,
}

impl Machine {
    /// Opens a device.
    ///
    /// # Errors
    /// [`NetsError::Device`] as [`DeviceChoice::open`].
    pub fn open(device: DeviceChoice, precision: Precision) -> Result<Self, NetsError> {
        let device = device.open(precision)?;
        Ok(Self { loops: device.is_cpu(), device, precision })
    }

    /// The same device with tensor operations alone, as devices other than the host do them.
    ///
    /// It gives the same numbers but for rounding; tests compare the two ways on a machine without such a device.
    #[must_use]
    pub fn without_loops(self) -> Self {
        Self { loops: false, ..self }
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The floating-point format.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Candle's name of the format.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.precision.dtype()
    }

    /// Whether loops over rows take the place of tensor operations.
    pub(crate) fn loops(&self) -> bool {
        self.loops
    }
}
