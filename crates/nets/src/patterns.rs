use archscale_model::PositionReadout;
use candle_core::{DType, Device, Tensor};

use crate::rows::{Real, Work, on_rows, plain};
use crate::{NetsError, Precision};

/// How the scalar output reads m positions: by S fixed patterns over them, each with an independent weight N(0, C/n²) per
/// channel.
///
/// f = Σ_s Σ_j w_js φ_js with features φ_js = Σ_p P(s, p) h_j(p): one pattern 1/m for the average, m patterns e_p/√m for a
/// weight per position, one pattern e_p for a single one. PᵀP is the matrix of [`PositionReadout::matrix`].
pub(crate) struct Patterns {
    readout: PositionReadout,
    /// m.
    positions: usize,
}

impl Patterns {
    pub(crate) fn new(readout: PositionReadout, positions: usize) -> Self {
        Self { readout, positions }
    }

    /// S.
    pub(crate) fn count(&self) -> usize {
        match self.readout {
            PositionReadout::Average | PositionReadout::Single(_) => 1,
            PositionReadout::Flatten => self.positions,
        }
    }

    /// P(s, p).
    fn entry(&self, pattern: usize, position: usize) -> f64 {
        match self.readout {
            PositionReadout::Average => self.mean(),
            PositionReadout::Flatten if pattern == position => self.root(),
            PositionReadout::Single(at) if at == position => 1.0,
            PositionReadout::Flatten | PositionReadout::Single(_) => 0.0,
        }
    }

    /// 1/m.
    fn mean(&self) -> f64 {
        1.0 / self.positions as f64
    }

    /// 1/√m.
    fn root(&self) -> f64 {
        1.0 / (self.positions as f64).sqrt()
    }

    /// Fields, (N, c, J·m·B), of features, (N, c·S, J·B), by the transpose: features with weights as entries are spread over
    /// positions.
    pub(crate) fn spread(&self, features: &Tensor, samples: usize) -> Result<Tensor, NetsError> {
        let (m, count) = (self.positions, self.count());
        let networks = features.dim(0)?;
        let channels = features.dim(1)? / count;
        // (N·c, S, J, B) to (N·c, J, S, B).
        let by_pattern = features.reshape((networks * channels, count, (), samples))?.transpose(1, 2)?.contiguous()?;
        let (rows, functions, ..) = by_pattern.dims4()?;
        let fields = match self.readout {
            PositionReadout::Average => {
                (by_pattern * self.mean())?.broadcast_as((rows, functions, m, samples))?.contiguous()?
            }
            PositionReadout::Flatten => (by_pattern * self.root())?,
            PositionReadout::Single(at) => by_pattern.pad_with_zeros(2, at, m - 1 - at)?,
        };
        Ok(fields.reshape((networks, channels, functions * m * samples))?)
    }

    /// Means over the positions of (N·c, J, m, B) in the host's memory; there candle's sum over a middle dimension takes far longer.
    fn averages<T: Real>(&self, fields: &Tensor) -> candle_core::Result<Tensor> {
        let (rows, functions, positions, samples) = fields.dims4()?;
        let means = on_rows::<T, _>(&[fields], Means { positions, samples, share: T::from_f64(self.mean()) })?;
        Tensor::from_vec(means, (rows, functions, samples), fields.device())
    }

    /// Features, (N, c·S, J·B), of fields, (N, c, J·m·B); with loops over the host's memory where they are wanted.
    pub(crate) fn features(&self, fields: &Tensor, samples: usize, loops: bool) -> Result<Tensor, NetsError> {
        let (networks, channels, _) = fields.dims3()?;
        let (m, count) = (self.positions, self.count());
        let by_position = fields.contiguous()?.reshape((networks * channels, (), m, samples))?;
        let functions = by_position.dim(1)?;
        let features = match self.readout {
            PositionReadout::Average if samples == 1 => {
                let means = Tensor::full(self.mean(), (1, m), fields.device())?.to_dtype(fields.dtype())?;
                by_position.reshape(((), m))?.matmul(&means.t()?)?
            }
            PositionReadout::Average if loops && plain(&by_position, [&by_position]) => match fields.dtype() {
                DType::F32 => self.averages::<f32>(&by_position)?,
                _ => self.averages::<f64>(&by_position)?,
            },
            PositionReadout::Average => (by_position.sum(2)? * self.mean())?,
            PositionReadout::Flatten => (by_position * self.root())?.transpose(1, 2)?.contiguous()?,
            PositionReadout::Single(at) => by_position.narrow(2, at, 1)?.contiguous()?,
        };
        Ok(features.reshape((networks, channels * count, functions * samples))?)
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
            let (channel, pattern) = ((start + function) / self.count(), (start + function) % self.count());
            let field = &mut entries[(channel * count + function) * m..][..m];
            field.iter_mut().enumerate().for_each(|(position, entry)| *entry = self.entry(pattern, position));
        }
        Ok(Tensor::from_vec(entries, (1, n, count * m), device)?.to_dtype(precision.dtype())?)
    }
}

/// Means over positions, of which every one has `samples` numbers.
struct Means<T> {
    positions: usize,
    samples: usize,
    share: T,
}

impl<T: Real> Work<T> for Means<T> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run(self, operands: &[&[T]]) -> Vec<T> {
        let (fields, samples) = (operands[0], self.samples);
        let mut means = vec![T::zero(); fields.len() / self.positions];
        for (mean, field) in means.chunks_exact_mut(samples).zip(fields.chunks_exact(self.positions * samples)) {
            for position in field.chunks_exact(samples) {
                mean.iter_mut().zip(position).for_each(|(mean, &x)| *mean += x);
            }
            mean.iter_mut().for_each(|mean| *mean *= self.share);
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READOUTS: [PositionReadout; 3] = [PositionReadout::Average, PositionReadout::Flatten, PositionReadout::Single(2)];

    #[test]
    fn patterns_make_the_matrix_of_the_readout() {
        let m = 3;
        for readout in READOUTS {
            let patterns = Patterns::new(readout, m);
            for (index, expected) in readout.matrix(m).into_iter().enumerate() {
                let entry = |s: usize, p: usize| patterns.entry(s, p);
                let found: f64 = (0..patterns.count()).map(|s| entry(s, index / m) * entry(s, index % m)).sum();
                assert!((found - expected).abs() < 1e-15, "{readout} {index}: {found} for {expected}");
            }
        }
    }

    /// Features are Σ_p P(s, p) x(p) for every channel, function and sample, and `spread` is the transpose.
    #[test]
    fn features_are_sums_over_positions_and_spread_is_their_transpose() {
        let (networks, channels, functions, m) = (2, 3, 2, 4);
        let wave = |count: usize, step: f64| (0..count).map(|k| (k as f64 * step).sin()).collect::<Vec<f64>>();
        let all = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        for readout in READOUTS {
            for samples in [1, 5] {
                let patterns = Patterns::new(readout, m);
                let fields = wave(networks * channels * functions * m * samples, 0.7);
                let shape = (networks, channels, functions * m * samples);
                let x = Tensor::from_vec(fields.clone(), shape, &Device::Cpu).unwrap();
                let features = patterns.features(&x, samples, true).unwrap();
                assert_eq!(all(&features), all(&patterns.features(&x, samples, false).unwrap()), "two ways, the same bits");
                assert_eq!(features.dims3().unwrap(), (networks, channels * patterns.count(), functions * samples));
                let found = all(&features);
                for (index, found) in found.iter().enumerate() {
                    let (row, column) = (index / (functions * samples), index % (functions * samples));
                    let (channel, pattern) = (row / patterns.count(), row % patterns.count());
                    let (function, sample) = (column / samples, column % samples);
                    let at = |p: usize| ((channel * functions + function) * m + p) * samples + sample;
                    let expected: f64 = (0..m).map(|p| patterns.entry(pattern, p) * fields[at(p)]).sum();
                    assert!((found - expected).abs() < 1e-14, "{readout} {index}: {found} for {expected}");
                }
                let weights = wave(found.len(), 1.3);
                let spread =
                    patterns.spread(&Tensor::from_vec(weights.clone(), features.shape(), &Device::Cpu).unwrap(), samples);
                let spread = all(&spread.unwrap());
                let left: f64 = weights.iter().zip(&found).map(|(w, f)| w * f).sum();
                let right: f64 = spread.iter().zip(&fields).map(|(s, x)| s * x).sum();
                assert!((left - right).abs() < 1e-12 && left.abs() > 1e-3, "{readout}: {left} {right}");
            }
        }
    }
}
