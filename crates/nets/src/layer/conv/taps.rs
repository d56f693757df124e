use archscale_model::Grid;

use crate::NetsError;

/// The taps of a kernel on a grid of m positions.
pub(super) struct Taps {
    /// q.
    pub(super) count: usize,
    /// m.
    pub(super) positions: usize,
    /// Which position each tap reads.
    pub(super) read: Map,
    /// From which position each tap reads a position: the adjoint.
    pub(super) readers: Map,
}

/// By tap, then position: another position, or `None` for zero.
pub(super) type Map = Vec<Vec<Option<usize>>>;

impl Taps {
    /// `place` names the operation in errors.
    pub(super) fn new(grid: &Grid, kernel: usize, place: &str) -> Result<Self, NetsError> {
        let read = grid.taps(kernel).map_err(|problem| NetsError::Spatial { place: place.into(), problem })?;
        let m = grid.positions();
        let mut readers = vec![vec![None; m]; read.len()];
        for (readers, targets) in readers.iter_mut().zip(&read) {
            for (position, target) in targets.iter().enumerate() {
                // A shift is one to one, so a tap reads a position from one place at most.
                if let Some(target) = *target {
                    readers[target] = Some(position);
                }
            }
        }
        Ok(Self { count: read.len(), positions: m, read, readers })
    }

    /// Whether something lies outside the grid.
    pub(super) fn padded(&self) -> bool {
        self.read.iter().flatten().any(Option::is_none)
    }

    /// Σ_k K(p + k, p' + k) over taps k, row by row, for a matrix K over positions; what is outside the grid counts nothing.
    pub(super) fn sum_of_shifts(&self, matrix: &[f64]) -> Vec<f64> {
        let m = self.positions;
        let mut sums = vec![0.0; m * m];
        for (p, sums) in sums.chunks_exact_mut(m).enumerate() {
            for read in &self.read {
                let Some(row) = read[p] else { continue };
                for (sum, column) in sums.iter_mut().zip(read) {
                    if let Some(column) = column {
                        *sum += matrix[row * m + column];
                    }
                }
            }
        }
        sums
    }
}
