use archscale_model::{Grid, ModelError};
use candle_core::{DType, Tensor};

use super::Layer;
use crate::rows::{Real, Work, on_rows, plain};
use crate::{NetsError, Pass};

/// y(p) = the mean of x over the positions of a kernel around p that lie inside the image.
///
/// With many samples Π is a sum over the few positions of a kernel, for whole rows of samples; with one sample, and on
/// devices other than the host, it is a product of matrices.
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

    /// Π, or Πᵀ if wanted, times every field of (N, n, J·m·B).
    fn along_positions(&self, pass: &Pass, fields: &Tensor, transposed: bool) -> Result<Tensor, NetsError> {
        let fields = fields.contiguous()?;
        if pass.samples() == 1 || !pass.machine().loops() || !plain(&fields, [&fields]) {
            return self.by_product(&fields, pass.samples(), transposed);
        }
        let matrix = if transposed { &self.columns } else { &self.rows };
        Ok(match fields.dtype() {
            DType::F32 => by_sums::<f32>(matrix, pass.samples(), &fields)?,
            _ => by_sums::<f64>(matrix, pass.samples(), &fields)?,
        })
    }

    fn by_product(&self, fields: &Tensor, samples: usize, transposed: bool) -> Result<Tensor, NetsError> {
        let m = self.rows.len();
        let mut entries = vec![0.0; m * m];
        for (row, reads) in entries.chunks_exact_mut(m).zip(&self.rows) {
            reads.iter().for_each(|&(position, weight)| row[position] = weight);
        }
        let matrix = Tensor::from_vec(entries, (m, m), fields.device())?.to_dtype(fields.dtype())?;
        let matrix = if transposed { matrix } else { matrix.t()? };
        // Positions last.
        let rows = fields.reshape(((), m, samples))?.transpose(1, 2)?.contiguous()?.reshape(((), m))?;
        let product = rows.matmul(&matrix)?.reshape(((), samples, m))?.transpose(1, 2)?;
        Ok(product.contiguous()?.reshape(fields.dims())?)
    }
}

fn by_sums<T: Real>(matrix: &Sparse, samples: usize, fields: &Tensor) -> candle_core::Result<Tensor> {
    let sums = on_rows::<T, _>(&[fields], Sums { matrix, samples })?;
    Tensor::from_vec(sums, fields.shape(), fields.device())
}

struct Sums<'a> {
    matrix: &'a Sparse,
    samples: usize,
}

impl<T: Real> Work<T> for Sums<'_> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run(self, operands: &[&[T]]) -> Vec<T> {
        let (fields, batch) = (operands[0], self.samples);
        let mut sums = vec![T::zero(); fields.len()];
        let all = self.matrix.len() * batch;
        for (field, sums) in fields.chunks_exact(all).zip(sums.chunks_exact_mut(all)) {
            for (sum, row) in sums.chunks_exact_mut(batch).zip(self.matrix) {
                for &(position, weight) in row {
                    let weight = T::from_f64(weight);
                    for (sum, &x) in sum.iter_mut().zip(&field[position * batch..][..batch]) {
                        *sum += weight * x;
                    }
                }
            }
        }
        sums
    }
}

impl Layer for Pool {
    fn sources(&self) -> &[usize] {
        &self.source
    }

    fn forward(&self, pass: &Pass, _at: usize) -> Result<Tensor, NetsError> {
        self.along_positions(pass, pass.value(self.source[0]), false)
    }

    fn transpose(&self, pass: &Pass, _at: usize, _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        self.along_positions(pass, gradient, true)
    }

    fn tangent(
        &self,
        pass: &Pass,
        _at: usize,
        _gradient: Option<&Tensor>,
        tangents: &[Option<Tensor>],
    ) -> Result<Option<Tensor>, NetsError> {
        tangents[self.source[0]].as_ref().map(|tangent| self.along_positions(pass, tangent, false)).transpose()
    }
}
