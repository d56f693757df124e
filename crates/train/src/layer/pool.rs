use archscale_model::{Grid, ModelError};
use candle_core::{Device, Tensor};

use super::{Flow, Layer, Pass, Value};
use crate::TrainError;
use crate::kernel::{Real, by_format, with_slices};

/// y(p) = the mean of x over the positions of a kernel around p that lie inside the image.
pub(super) struct Pool {
    source: [usize; 1],
    /// Π by rows: for every position those it reads, and the weight of each.
    rows: Sparse,
    /// Π by columns.
    columns: Sparse,
}

type Sparse = Vec<Vec<(usize, f64)>>;

impl Pool {
    pub(super) fn new(grid: &Grid, kernel: usize, source: usize) -> Result<Self, ModelError> {
        let (m, taps) = (grid.positions(), grid.taps(kernel)?);
        let (mut rows, mut columns) = (vec![Vec::new(); m], vec![Vec::new(); m]);
        for (p, row) in rows.iter_mut().enumerate() {
            let inside: Vec<usize> = taps.iter().filter_map(|targets| targets[p]).collect();
            let weight = 1.0 / inside.len() as f64;
            for target in inside {
                row.push((target, weight));
                columns[target].push((p, weight));
            }
        }
        Ok(Self { source: [source], rows, columns })
    }
}

/// Π or Πᵀ times every channel of fields (G, n, m·B).
fn along_positions(matrix: &Sparse, fields: &Tensor) -> Result<Tensor, TrainError> {
    let batch = fields.dim(2)? / matrix.len();
    by_format!(fields, T => {
        let sums = with_slices::<T, _>(&[fields], |slices| sums(matrix, slices[0], batch))?;
        Ok(Tensor::from_vec(sums, fields.shape(), &Device::Cpu)?)
    })
}

fn sums<T: Real>(matrix: &Sparse, fields: &[T], batch: usize) -> Vec<T> {
    let mut sums = vec![T::from_f64(0.0); fields.len()];
    let all = matrix.len() * batch;
    for (channel, sums) in fields.chunks_exact(all).zip(sums.chunks_exact_mut(all)) {
        for (sum, row) in sums.chunks_exact_mut(batch).zip(matrix) {
            for &(position, weight) in row {
                let weight = T::from_f64(weight);
                for (sum, &x) in sum.iter_mut().zip(&channel[position * batch..][..batch]) {
                    *sum += weight * x;
                }
            }
        }
    }
    sums
}

impl Layer for Pool {
    fn sources(&self) -> &[usize] {
        &self.source
    }

    fn forward(&self, pass: &Pass, _weights: &[&Tensor], _with_slopes: bool) -> Result<Value, TrainError> {
        Ok(along_positions(&self.rows, pass.value(self.source[0]))?.into())
    }

    fn backward(
        &self,
        _pass: &Pass,
        _own: &Value,
        _weights: &[&Tensor],
        gradient: &Tensor,
        flow: &mut Flow<'_>,
    ) -> Result<(), TrainError> {
        flow.add(self.source[0], || along_positions(&self.columns, gradient))
    }
}
