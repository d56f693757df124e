use std::fmt;
use std::str::FromStr;

use candle_core::{DType, Device};

use crate::NetsError;

/// Where the tensors live.
///
/// ```
/// use archscale_nets::DeviceChoice;
/// assert_eq!("cuda:1".parse::<DeviceChoice>()?, DeviceChoice::Cuda(1));
/// assert_eq!("cuda".parse::<DeviceChoice>()?.to_string(), "cuda:0");
/// assert!("tpu".parse::<DeviceChoice>().is_err());
/// # Ok::<(), archscale_nets::NetsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// The host's processor.
    #[default]
    Cpu,
    /// The NVIDIA device of this index; needs the feature `cuda`.
    Cuda(usize),
    /// The first Apple device; needs the feature `metal`.
    Metal,
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// [`NetsError::Device`] when this build lacks the feature, the machine lacks the device, or the device lacks the
    /// precision.
    pub fn open(self, precision: Precision) -> Result<Device, NetsError> {
        let fail = |problem: String, mend| NetsError::Device { device: self.to_string(), problem, mend };
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(_) if !cfg!(feature = "cuda") => {
                Err(fail("this build has no CUDA support".into(), "build with --features cuda, or use cpu"))
            }
            Self::Cuda(index) => Device::new_cuda(index)
                .map_err(|error| fail(error.to_string(), "check the driver and the index, or use cpu")),
            Self::Metal if !cfg!(feature = "metal") => {
                Err(fail("this build has no Metal support".into(), "build with --features metal, or use cpu"))
            }
            Self::Metal if precision == Precision::F64 => {
                Err(fail("it has no double precision".into(), "use precision f32, or cpu"))
            }
            Self::Metal => Device::new_metal(0).map_err(|error| fail(error.to_string(), "use cpu")),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = NetsError;

    fn from_str(text: &str) -> Result<Self, NetsError> {
        let unknown = || NetsError::UnknownDevice { found: text.into() };
        match text {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            _ => {
                let index = text.strip_prefix("cuda:").ok_or_else(unknown)?;
                // `usize::from_str` would also take "+1".
                if !index.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(unknown());
                }
                Ok(Self::Cuda(index.parse().map_err(|_| unknown())?))
            }
        }
    }
}

/// Floating-point format of the tensors. Random numbers are drawn in double precision and rounded.
///
/// ```
/// use archscale_nets::Precision;
/// assert_eq!("f32".parse::<Precision>()?, Precision::F32);
/// # Ok::<(), archscale_nets::NetsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// Single.
    F32,
    /// Double.
    #[default]
    F64,
}

impl Precision {
    /// Candle's name of the format.
    #[must_use]
    pub fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F64 => DType::F64,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dtype().as_str())
    }
}

impl FromStr for Precision {
    type Err = NetsError;

    fn from_str(text: &str) -> Result<Self, NetsError> {
        match text {
            "f32" => Ok(Self::F32),
            "f64" => Ok(Self::F64),
            _ => Err(NetsError::UnknownPrecision { found: text.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for name in ["cpu", "cuda:0", "cuda:7", "metal"] {
            assert_eq!(name.parse::<DeviceChoice>().unwrap().to_string(), name);
        }
        for name in ["", "CPU", "cuda:", "cuda:+1", "cuda:-1", "cuda:x", "cuda0", "metal:0"] {
            assert!(matches!(name.parse::<DeviceChoice>(), Err(NetsError::UnknownDevice { .. })), "{name}");
        }
        assert_eq!(Precision::F32.to_string(), "f32");
        assert!("f16".parse::<Precision>().is_err());
    }

    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    #[test]
    fn a_device_without_its_feature_names_the_feature() {
        for (device, mend) in [(DeviceChoice::Cuda(0), "--features cuda"), (DeviceChoice::Metal, "--features metal")] {
            let message = device.open(Precision::F32).unwrap_err().to_string();
            assert!(message.contains(mend), "{message}");
        }
    }
}
