use archscale_model::PositionReadout;
use candle_core::{Device, Tensor};

use crate::{NetsError, Precision};

/// How the scalar output reads m positions: by S fixed patterns over them, each with an independent weight N(0, C/n²) per channel.
///
/// f = Σ_s Σ_j w_js φ_js with features φ_js = Σ_p P(s, p) h_j(p): one pattern 1/m for the average, m patterns e_p/√m for a weight per
/// position, one pattern e_p for a single one. PᵀP is the matrix of [`PositionReadout::matrix`].
pub(crate) struct Patterns {
    /// S.
    pub(crate) count: usize,
    /// m.
    positions: usize,
    /// P, row by row.
    entries: Vec<f64>,
}

impl Patterns {
    pub(crate) fn new(readout: PositionReadout, positions: usize) -> Self {
        let m = positions;
        let unit = |at: usize, entry: f64| (0..m).map(move |p| if p == at { entry } else { 0.0 });
        let (count, entries) = match readout {
            PositionReadout::Average => (1, vec![1.0 / m as f64; m]),
            PositionReadout::Flatten => (m, (0..m).flat_map(|at| unit(at, 1.0 / (m as f64).sqrt())).collect()),
            PositionReadout::Single(at) => (1, unit(at, 1.0).collect()),
        };
        Self { count, positions, entries }
    }

    /// Weights by position, (R, n, m), of a weight for each feature, (R, n·S, 1).
    pub(crate) fn spread(&self, weights: &Tensor) -> Result<Tensor, NetsError> {
        let product = weights.reshape(((), self.count))?.matmul(&self.matrix(weights)?)?;
        Ok(product.reshape((weights.dim(0)?, (), self.positions))?)
    }

    /// Features, (R, n·S, 1), of a field, (R, n, m).
    pub(crate) fn features(&self, field: &Tensor) -> Result<Tensor, NetsError> {
        let (networks, n, m) = field.dims3()?;
        let product = field.reshape((networks * n, m))?.matmul(&self.matrix(field)?.t()?)?;
        Ok(product.reshape((networks, n * self.count, 1))?)
    }

    /// The gradients of the features `start..start + count`, (1, n, count·m).
    pub(crate) fn seeds(
        &self,
        n: usize,
        start: usize,
        count: usize,
        precision: Precision,
        device: &Device,
    ) -> Result<Tensor, NetsError> {
        let m = self.positions;
        let mut entries = vec![0.0; n * count * m];
        for function in 0..count {
            let (channel, pattern) = ((start + function) / self.count, (start + function) % self.count);
            entries[(channel * count + function) * m..][..m].copy_from_slice(&self.entries[pattern * m..][..m]);
        }
        Ok(Tensor::from_vec(entries, (1, n, count * m), device)?.to_dtype(precision.dtype())?)
    }

    fn matrix(&self, like: &Tensor) -> Result<Tensor, NetsError> {
        Ok(Tensor::from_slice(&self.entries, (self.count, self.positions), like.device())?.to_dtype(like.dtype())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_make_the_matrix_of_the_readout() {
        let m = 3;
        for readout in [PositionReadout::Average, PositionReadout::Flatten, PositionReadout::Single(2)] {
            let patterns = Patterns::new(readout, m);
            for (index, expected) in readout.matrix(m).into_iter().enumerate() {
                let entry = |s: usize, p: usize| patterns.entries[s * m + p];
                let found: f64 = (0..patterns.count).map(|s| entry(s, index / m) * entry(s, index % m)).sum();
                assert!((found - expected).abs() < 1e-15, "{readout} {index}: {found} for {expected}");
            }
        }
    }
}
