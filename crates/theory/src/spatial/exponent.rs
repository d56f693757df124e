//! The exponent of the kernel's side in the largest learning rate.

use std::fmt;

use archscale_model::{ConvNetwork, Lowering};

use super::spatial_moments;
use crate::TheoryError;

/// D at one kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelChange {
    /// Side k of the kernel.
    pub kernel: usize,
    /// q = k^dims.
    pub taps: usize,
    /// Mean over the positions of D at the last reported vertex.
    pub mean_squared_change: f64,
}

/// How the largest learning rate scales with the kernel's side in one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelExponents {
    /// Dimensions of the image.
    pub dims: usize,
    /// One entry for each kernel, ascending.
    pub rows: Vec<KernelChange>,
    /// α in η* ~ k^−α by least squares over all kernels.
    pub exponent: f64,
    /// α between neighbouring kernels.
    pub local: Vec<f64>,
}

/// Which meaning of q makes the published factor q⁻¹ right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TapReading {
    /// In one dimension the side is the number of taps, and q⁻¹ holds.
    Both,
    /// q is the number of taps: α = dims.
    Taps,
    /// q is the side: α = 1.
    Side,
    /// Neither.
    Neither,
}

impl fmt::Display for TapReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Both => "q⁻¹ holds",
            Self::Taps => "q⁻¹ holds with q = taps",
            Self::Side => "q⁻¹ holds with q = side",
            Self::Neither => "q⁻¹ does not hold",
        })
    }
}

impl KernelExponents {
    /// Which reading of q⁻¹ holds to within `tolerance` in α between every two neighbouring kernels.
    ///
    /// A fit over all kernels may pass by chance through an exponent that holds nowhere; that is not asked.
    #[must_use]
    pub fn reading(&self, tolerance: f64) -> TapReading {
        let holds = |exponent: usize| self.local.iter().all(|alpha| (alpha - exponent as f64).abs() <= tolerance);
        match (holds(self.dims), holds(1)) {
            (true, true) if self.dims == 1 => TapReading::Both,
            (true, _) => TapReading::Taps,
            (false, true) => TapReading::Side,
            (false, false) => TapReading::Neither,
        }
    }
}

/// The exponent of the kernel's side: D at several kernels of one network of convolutions.
///
/// **Statement.** η* ~ D^(−½), so with η* ~ k^−α the exponent is half the slope of log D on log k.
///
/// **Source.** proofs/cnn-kernel.md. Chen et al. 2024, equation 9, has η* ~ q⁻¹ for kernel size q: α = dims if q counts taps, α = 1
/// if it is the side.
///
/// **Domain.** As [`spatial_moments`]; kernels that do not fit the image are left out.
///
/// # Errors
/// As [`spatial_moments`]; fewer than two kernels that fit; a network whose last vertex does not move; what the model refuses.
///
/// ```
/// use archscale_model::{ConvNetwork, InitRule, Lowering};
/// use archscale_theory::{TapReading, kernel_exponents};
/// let network = ConvNetwork::parse("conv:depth=2,dims=2,size=8,padding=circular,input=iid")?;
/// let found = kernel_exponents(&network, &Lowering::new(InitRule::Target), &[1, 3, 5, 7])?;
/// assert!((found.exponent - 2.0).abs() < 1e-9);
/// assert_eq!(found.reading(0.05), TapReading::Taps);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn kernel_exponents(network: &ConvNetwork, how: &Lowering, kernels: &[usize]) -> Result<KernelExponents, TheoryError> {
    let mut fitting: Vec<usize> =
        kernels.iter().copied().filter(|&kernel| network.grid().tap_count(kernel).is_ok()).collect();
    fitting.sort_unstable();
    fitting.dedup();
    let unusable = |found: String, mend| TheoryError::undefined("the kernel-size exponent", found, mend);
    if fitting.len() < 2 {
        let found = format!("an image of {} with kernels {kernels:?}", network.grid());
        return Err(unusable(found, "give at least two odd kernels that are no larger than the image"));
    }
    let mut rows = Vec::with_capacity(fitting.len());
    for kernel in fitting {
        let law = spatial_moments(&network.with_kernel(kernel)?.lower(how)?)?;
        let change = law.nodes.last().map_or(0.0, |node| node.mean_squared_change);
        if !(change.is_finite() && change > 0.0) {
            return Err(unusable(
                format!("a change of {change} at kernel {kernel}"),
                "the last vertex must be trained and move",
            ));
        }
        rows.push(KernelChange { kernel, taps: network.grid().tap_count(kernel)?, mean_squared_change: change });
    }
    let points: Vec<(f64, f64)> =
        rows.iter().map(|row| ((row.kernel as f64).ln(), 0.5 * row.mean_squared_change.ln())).collect();
    let local = points.windows(2).map(|pair| (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)).collect();
    Ok(KernelExponents { dims: network.grid().dims(), exponent: slope(&points), rows, local })
}

/// Slope of the least-squares line.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let products = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>();
    products / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>()
}
