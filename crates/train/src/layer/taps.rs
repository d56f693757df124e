use std::ops::Range;

use archscale_model::{Grid, ModelError};
use candle_core::{Device, Tensor};

use crate::TrainError;
use crate::kernel::{Real, by_format, with_slices};

/// Entries of the columns that are laid out at a time: few enough that they are still in the processor's cache when the product
/// reads them. At width 24, 64 positions, 9 or 25 taps and 32 samples the whole at once took twice the time, and so did one product
/// for each tap.
const TILE_ENTRIES: usize = 1 << 17;

/// The taps of a kernel on a grid of m positions, and products with fields over them.
///
/// Fields are (G, c, m·B): networks, channels, and column p·B + b for position p of sample b, so that a run of positions is a run of
/// numbers. A kernel's matrix has column tap·c + channel, as in the simulator.
pub(super) struct Taps {
    /// q.
    pub(super) count: usize,
    /// m.
    positions: usize,
    read: Map,
    readers: Map,
}

/// By tap, then position: another position, or `None` for zero.
type Map = Vec<Vec<Option<usize>>>;

/// Which way fields go over the taps.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Position p takes what its taps read: a convolution.
    Read,
    /// Position r takes what reads it, tap by tap: the adjoint.
    Readers,
}

impl Taps {
    pub(super) fn new(grid: &Grid, kernel: usize) -> Result<Self, ModelError> {
        let (m, read) = (grid.positions(), grid.taps(kernel)?);
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

    /// Σ_k M_k x(p + k), or with the readers of p in place of p + k, for matrices M of (G, rows, q·c): (G, rows, m·B).
    pub(super) fn product(&self, matrices: &Tensor, fields: &Tensor, way: Way) -> Result<Tensor, TrainError> {
        if self.count == 1 {
            return Ok(matrices.matmul(fields)?);
        }
        by_format!(fields, T => self.tiled_product::<T>(matrices, fields, way))
    }

    fn tiled_product<T: Real>(&self, matrices: &Tensor, fields: &Tensor, way: Way) -> Result<Tensor, TrainError> {
        let (networks, channels, all) = fields.dims3()?;
        let rows = matrices.dim(1)?;
        let mut sums = vec![T::from_f64(0.0); networks * rows * all];
        for (network, sums) in sums.chunks_exact_mut(rows * all).enumerate() {
            let matrix = matrices.get(network)?;
            for tile in self.tiles(channels, all) {
                let product = matrix.matmul(&self.columns::<T>(fields, network, way, &tile)?)?;
                with_slices::<T, _>(&[&product], |slices| {
                    for (to, from) in sums.chunks_exact_mut(all).zip(slices[0].chunks_exact(tile.columns.len())) {
                        to[tile.columns.clone()].copy_from_slice(from);
                    }
                })?;
            }
        }
        Ok(Tensor::from_vec(sums, (networks, rows, all), &Device::Cpu)?)
    }

    /// Σ over positions and samples of δ(p) x(p + k)ᵀ for every tap k, (G, rows, q·c), for δ of (G, rows, m·B).
    pub(super) fn gradient(&self, gradient: &Tensor, fields: &Tensor) -> Result<Tensor, TrainError> {
        let (networks, channels, all) = fields.dims3()?;
        if self.count == 1 {
            return Ok(gradient.matmul(&fields.t()?)?);
        }
        let mut parts = Vec::with_capacity(networks);
        for network in 0..networks {
            let own = gradient.get(network)?;
            let mut sum: Option<Tensor> = None;
            for tile in self.tiles(channels, all) {
                let columns = by_format!(fields, T => self.columns::<T>(fields, network, Way::Read, &tile)?);
                // The long side in front: the other order of the same product takes twice the time.
                let part = columns.matmul(&own.narrow(1, tile.columns.start, tile.columns.len())?.t()?)?;
                sum = Some(match sum {
                    Some(sum) => (sum + part)?,
                    None => part,
                });
            }
            parts.extend(sum);
        }
        Ok(Tensor::stack(&parts, 0)?.transpose(1, 2)?.contiguous()?)
    }

    /// Positions whose columns are laid out together; sizes decide, so that a network has the same tiles whatever its neighbours.
    fn tiles(&self, channels: usize, all: usize) -> impl Iterator<Item = Tile> + use<> {
        let (m, batch) = (self.positions, all / self.positions);
        let size = (TILE_ENTRIES / (self.count * channels * batch).max(1)).clamp(1, m);
        (0..m).step_by(size).map(move |start| {
            let end = m.min(start + size);
            Tile { positions: start..end, columns: start * batch..end * batch }
        })
    }

    /// What a tile of positions takes from the field of one network: (q·c, tile·B), row tap·c + channel.
    fn columns<T: Real>(&self, fields: &Tensor, network: usize, way: Way, tile: &Tile) -> Result<Tensor, TrainError> {
        let (_, channels, all) = fields.dims3()?;
        let batch = all / self.positions;
        let map = match way {
            Way::Read => &self.read,
            Way::Readers => &self.readers,
        };
        let shape = (self.count * channels, tile.columns.len());
        let mut columns: Vec<T> = Vec::with_capacity(shape.0 * shape.1);
        with_slices::<T, _>(&[fields], |slices| {
            let field = &slices[0][network * channels * all..][..channels * all];
            for taken in map {
                let runs = runs(&taken[tile.positions.clone()]);
                for channel in field.chunks_exact(all) {
                    for &(from, length) in &runs {
                        match from {
                            Some(from) => columns.extend_from_slice(&channel[from * batch..][..length * batch]),
                            None => columns.resize(columns.len() + length * batch, T::from_f64(0.0)),
                        }
                    }
                }
            }
        })?;
        Ok(Tensor::from_vec(columns, shape, &Device::Cpu)?)
    }
}

/// A range of positions, and the columns of a field over it.
struct Tile {
    positions: Range<usize>,
    columns: Range<usize>,
}

/// Neighbours that come from neighbours as one: where a run starts, and its length.
fn runs(taken: &[Option<usize>]) -> Vec<(Option<usize>, usize)> {
    let mut runs: Vec<(Option<usize>, usize)> = Vec::new();
    for &from in taken {
        match (runs.last_mut(), from) {
            (Some((Some(start), length)), Some(from)) if *start + *length == from => *length += 1,
            (Some((None, length)), None) => *length += 1,
            _ => runs.push((from, 1)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn runs_join_what_lies_side_by_side() {
        let taken = [None, None, Some(4), Some(5), Some(0), Some(1), Some(3), None];
        let expected = [(None, 2), (Some(4), 2), (Some(0), 2), (Some(3), 1), (None, 1)];
        assert_eq!(runs(&taken), expected);
    }

    #[test]
    fn tiles_cover_every_position_once() {
        let grid = Grid::new(vec![40], archscale_model::Padding::Zero).unwrap();
        let taps = Taps::new(&grid, 5).unwrap();
        for (channels, batch, count) in [(1, 1, 1), (128, 32, 7), (4096, 64, 40)] {
            let tiles: Vec<Tile> = taps.tiles(channels, 40 * batch).collect();
            assert_eq!(tiles.len(), count);
            assert!(tiles.iter().flat_map(|tile| tile.positions.clone()).eq(0..40));
            assert!(tiles.iter().flat_map(|tile| tile.columns.clone()).eq(0..40 * batch));
        }
    }
    fn random(shape: (usize, usize, usize), seed: u64) -> Tensor {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let entries = (0..shape.0 * shape.1 * shape.2).map(|_| rng.random_range(-1.0..1.0)).collect();
        crate::kernel::tensor(entries, shape, candle_core::DType::F64).unwrap()
    }

    fn entries(tensor: &Tensor) -> Vec<f64> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn inner(one: &Tensor, other: &Tensor) -> f64 {
        entries(one).iter().zip(entries(other)).map(|(x, y)| x * y).sum()
    }

    /// Two networks of 8 channels on 64 positions with 25 taps and 20 samples: two tiles, the second of them shorter. The product is
    /// compared with its definition, and the other two with it: ⟨δ, W x⟩ is bilinear in W and x.
    #[test]
    fn products_over_several_tiles_are_the_sums_they_stand_for() {
        let (channels, rows, m, batch) = (8, 3, 64, 20);
        for padding in [archscale_model::Padding::Circular, archscale_model::Padding::Zero] {
            let grid = Grid::new(vec![8, 8], padding).unwrap();
            let taps = Taps::new(&grid, 5).unwrap();
            assert_eq!(taps.tiles(channels, m * batch).map(|tile| tile.positions.len()).collect::<Vec<_>>(), [32, 32]);
            assert_eq!(taps.tiles(rows, m * batch).count(), 1);
            let (w, x) = (random((2, rows, 25 * channels), 1), random((2, channels, m * batch), 2));
            let z = taps.product(&w, &x, Way::Read).unwrap();
            let (w_at, x_at, z_at) = (entries(&w), entries(&x), entries(&z));
            let read = grid.taps(5).unwrap();
            for (network, row, p, b) in [(0, 0, 0, 0), (0, 2, 31, 19), (1, 1, 32, 0), (1, 2, 63, 19), (1, 0, 40, 7)] {
                let mut expected = 0.0;
                for (tap, targets) in read.iter().enumerate() {
                    for channel in 0..channels {
                        let weight = w_at[(network * rows + row) * 25 * channels + tap * channels + channel];
                        let field = &x_at[(network * channels + channel) * m * batch..];
                        expected += weight * targets[p].map_or(0.0, |target| field[target * batch + b]);
                    }
                }
                let found = z_at[(network * rows + row) * m * batch + p * batch + b];
                assert!((found - expected).abs() < 1e-12, "{padding} {network} {row} {p} {b}: {found} for {expected}");
            }
            let delta = random((2, rows, m * batch), 3);
            let by_taps = w.reshape((2, rows, 25, channels)).unwrap().permute((0, 3, 2, 1)).unwrap();
            let transposed = by_taps.contiguous().unwrap().reshape((2, channels, 25 * rows)).unwrap();
            let back = taps.product(&transposed, &delta, Way::Readers).unwrap();
            let gradient = taps.gradient(&delta, &x).unwrap();
            let expected = inner(&delta, &z);
            assert!(expected.abs() > 1.0);
            for (name, found) in [("fields", inner(&x, &back)), ("matrices", inner(&w, &gradient))] {
                assert!((found - expected).abs() < 1e-9, "{padding}, by {name}: {found} for {expected}");
            }
        }
    }
}
