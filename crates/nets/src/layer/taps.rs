use archscale_model::{Grid, ModelError};
use candle_core::Tensor;

use crate::NetsError;

/// The taps of a kernel on a grid of m positions as lists of rows to pick from fields laid out position by position.
///
/// Row m is a row of zeros, which stands for what lies outside the grid.
pub(super) struct Taps {
    /// q.
    pub(super) count: usize,
    /// m.
    positions: usize,
    /// By position, then tap: the position that is read.
    read: Vec<u32>,
    /// By tap, then position r: the row (position, tap) of [`Taps::columns`] that reads r.
    readers: Vec<Vec<u32>>,
    /// Whether something lies outside the grid.
    padded: bool,
}

impl Taps {
    pub(super) fn new(grid: &Grid, kernel: usize) -> Result<Self, ModelError> {
        let (m, taps) = (grid.positions(), grid.taps(kernel)?);
        let q = taps.len();
        let mut read = vec![m as u32; m * q];
        let mut readers = vec![vec![(m * q) as u32; m]; q];
        for (tap, targets) in taps.iter().enumerate() {
            for (position, target) in targets.iter().enumerate() {
                let Some(target) = *target else { continue };
                read[position * q + tap] = target as u32;
                // A shift is one to one, so a tap reads a position from one place at most.
                readers[tap][target] = (position * q + tap) as u32;
            }
        }
        let padded = taps.iter().flatten().any(Option::is_none);
        Ok(Self { count: q, positions: m, read, readers, padded })
    }

    /// What every position reads: (R, q·c, J·m) from fields (R, c, J·m), row tap·c + channel.
    pub(super) fn columns(&self, fields: &Tensor) -> Result<Tensor, NetsError> {
        let (networks, channels, all) = fields.dims3()?;
        let rows = fields.t()?.contiguous()?.reshape(((), self.positions, channels))?;
        let picked = pick(&self.pad(rows)?, &self.read)?;
        // Row by row in memory, and seen as columns.
        Ok(picked.reshape((networks, all, self.count * channels))?.t()?)
    }

    /// The adjoint of [`Taps::columns`]: position r collects from every place that reads it.
    pub(super) fn collect(&self, columns: &Tensor) -> Result<Tensor, NetsError> {
        let (networks, rows, all) = columns.dims3()?;
        let channels = rows / self.count;
        let by_row = columns.t()?.contiguous()?.reshape(((), self.positions * self.count, channels))?;
        let by_row = self.pad(by_row)?;
        let mut sum: Option<Tensor> = None;
        for readers in &self.readers {
            sum = Some(crate::tensor::plus(sum, pick(&by_row, readers)?)?);
        }
        let sum = match sum {
            Some(sum) => sum.reshape((networks, all, channels))?,
            None => return Ok(columns.clone()),
        };
        Ok(sum.t()?.contiguous()?)
    }

    /// (B, rows, c) with a row of zeros at the end, if anything reads it.
    fn pad(&self, rows: Tensor) -> Result<Tensor, NetsError> {
        Ok(if self.padded { rows.pad_with_zeros(1, 0, 1)? } else { rows })
    }

    /// Σ_k K(p + k, p' + k) over taps k, row by row, for a matrix K over positions; what is outside the grid counts nothing.
    pub(super) fn sum_of_shifts(&self, matrix: &[f64]) -> Vec<f64> {
        let (m, q) = (self.positions, self.count);
        let mut sums = vec![0.0; m * m];
        for (p, sums) in sums.chunks_exact_mut(m).enumerate() {
            for tap in 0..q {
                let row = self.read[p * q + tap] as usize;
                if row == m {
                    continue;
                }
                for (r, sum) in sums.iter_mut().enumerate() {
                    let column = self.read[r * q + tap] as usize;
                    if column < m {
                        *sum += matrix[row * m + column];
                    }
                }
            }
        }
        sums
    }
}

fn pick(rows: &Tensor, indices: &[u32]) -> Result<Tensor, NetsError> {
    Ok(rows.index_select(&Tensor::new(indices, rows.device())?, 1)?)
}
