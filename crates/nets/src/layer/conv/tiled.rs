//! Convolutions a few positions at a time, on tensors in the host's memory.

use std::ops::Range;

use candle_core::{DType, Tensor};

use super::taps::{Map, Taps};
use crate::NetsError;
use crate::rows::{Real, Work, on_rows};
use crate::tensor::plus;

/// Entries of the columns that are laid out at a time: few enough that they are still in the processor's cache when the
/// product reads them. At width 24, 64 positions, 9 or 25 taps and 32 samples the whole at once took twice the time, and so
/// did one product for each tap.
const TILE_ENTRIES: usize = 1 << 17;

/// Which way fields go over the taps.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Position p takes what its taps read: a convolution.
    Read,
    /// Position r takes what reads it, tap by tap: the adjoint.
    Readers,
}

/// Σ_k M_k x(p + k), or with the readers of p in place of p + k, for matrices M of (N, rows, q·c): (N, rows, m·B).
///
/// Fields are (N, c, m·B), with column p·B + b for position p of sample b, so that a run of positions is a run of numbers.
pub(super) fn product(taps: &Taps, matrices: &Tensor, fields: &Tensor, way: Way) -> Result<Tensor, NetsError> {
    if taps.count == 1 {
        return Ok(matrices.matmul(fields)?);
    }
    Ok(match fields.dtype() {
        DType::F32 => tiled_product::<f32>(taps, matrices, fields, way)?,
        _ => tiled_product::<f64>(taps, matrices, fields, way)?,
    })
}

fn tiled_product<T: Real>(taps: &Taps, matrices: &Tensor, fields: &Tensor, way: Way) -> candle_core::Result<Tensor> {
    let fields = &fields.contiguous()?;
    let (networks, channels, all) = fields.dims3()?;
    let rows = matrices.dim(1)?;
    let mut sums = vec![T::zero(); networks * rows * all];
    for (network, sums) in sums.chunks_exact_mut(rows * all).enumerate() {
        let matrix = matrices.get(network)?;
        for tile in tiles(taps, channels, all) {
            let product = matrix.matmul(&columns::<T>(taps, fields, network, way, &tile)?)?;
            on_rows(&[&product], Place { sums: &mut *sums, all, columns: tile.columns })?;
        }
    }
    Tensor::from_vec(sums, (networks, rows, all), fields.device())
}

/// Σ over positions and samples of δ(p) x(p + k)ᵀ for every tap k, (N, rows, q·c), for δ of (N, rows, m·B).
pub(super) fn gradient(taps: &Taps, gradient: &Tensor, fields: &Tensor) -> Result<Tensor, NetsError> {
    let (networks, channels, all) = fields.dims3()?;
    if taps.count == 1 {
        return Ok(gradient.matmul(&fields.t()?)?);
    }
    let fields = &fields.contiguous()?;
    let mut parts = Vec::with_capacity(networks);
    for network in 0..networks {
        let own = gradient.get(network)?;
        let mut sum: Option<Tensor> = None;
        for tile in tiles(taps, channels, all) {
            let columns = match fields.dtype() {
                DType::F32 => columns::<f32>(taps, fields, network, Way::Read, &tile)?,
                _ => columns::<f64>(taps, fields, network, Way::Read, &tile)?,
            };
            // The long side in front: the other order of the same product takes twice the time.
            let part = columns.matmul(&own.narrow(1, tile.columns.start, tile.columns.len())?.t()?)?;
            sum = Some(plus(sum, part)?);
        }
        parts.extend(sum);
    }
    Ok(Tensor::stack(&parts, 0)?.transpose(1, 2)?.contiguous()?)
}

/// From (N, n, q·c) with column tap·c + channel to (N, c, q·n) with column tap·n + channel: W_kᵀ side by side.
pub(super) fn transpose(matrix: &Tensor, taps: usize) -> Result<Tensor, NetsError> {
    let (networks, rows, columns) = matrix.dims3()?;
    let channels = columns / taps;
    let by_tap = matrix.reshape((networks, rows, taps, channels))?.permute((0, 3, 2, 1))?.contiguous()?;
    Ok(by_tap.reshape((networks, channels, taps * rows))?)
}

/// Positions whose columns are laid out together; sizes decide, so that a network has the same tiles whatever its
/// neighbours.
fn tiles(taps: &Taps, channels: usize, all: usize) -> impl Iterator<Item = Tile> + use<> {
    let (m, batch) = (taps.positions, all / taps.positions);
    let size = (TILE_ENTRIES / (taps.count * channels * batch).max(1)).clamp(1, m);
    (0..m).step_by(size).map(move |start| {
        let end = m.min(start + size);
        Tile { positions: start..end, columns: start * batch..end * batch }
    })
}

/// What a tile of positions takes from the field of one network: (q·c, tile·B), row tap·c + channel.
fn columns<T: Real>(taps: &Taps, fields: &Tensor, network: usize, way: Way, tile: &Tile) -> candle_core::Result<Tensor> {
    let (_, channels, all) = fields.dims3()?;
    let map = match way {
        Way::Read => &taps.read,
        Way::Readers => &taps.readers,
    };
    let shape = (taps.count * channels, tile.columns.len());
    let laid_out = LayOut { map, network, channels, all, batch: all / taps.positions, tile };
    Tensor::from_vec(on_rows::<T, _>(&[fields], laid_out)?, shape, fields.device())
}

/// Copies a product, (rows, tile·B), into its columns of (rows, m·B).
struct Place<'a, T> {
    sums: &'a mut [T],
    all: usize,
    columns: Range<usize>,
}

impl<T: Real> Work<T> for Place<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self, operands: &[&[T]]) {
        for (to, from) in self.sums.chunks_exact_mut(self.all).zip(operands[0].chunks_exact(self.columns.len())) {
            to[self.columns.clone()].copy_from_slice(from);
        }
    }
}

/// Lays out what a tile takes from a field.
struct LayOut<'a> {
    map: &'a Map,
    network: usize,
    channels: usize,
    all: usize,
    batch: usize,
    tile: &'a Tile,
}

impl<T: Real> Work<T> for LayOut<'_> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run(self, operands: &[&[T]]) -> Vec<T> {
        let Self { map, network, channels, all, batch, tile } = self;
        let field = &operands[0][network * channels * all..][..channels * all];
        let mut columns: Vec<T> = Vec::with_capacity(map.len() * channels * tile.columns.len());
        for taken in map {
            let runs = runs(&taken[tile.positions.clone()]);
            for channel in field.chunks_exact(all) {
                for &(from, length) in &runs {
                    match from {
                        Some(from) => columns.extend_from_slice(&channel[from * batch..][..length * batch]),
                        None => columns.resize(columns.len() + length * batch, T::zero()),
                    }
                }
            }
        }
        columns
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
    use archscale_model::{Grid, Padding};
    use candle_core::Device;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::gather;
    use super::*;

    #[test]
    fn runs_join_what_lies_side_by_side() {
        let taken = [None, None, Some(4), Some(5), Some(0), Some(1), Some(3), None];
        let expected = [(None, 2), (Some(4), 2), (Some(0), 2), (Some(3), 1), (None, 1)];
        assert_eq!(runs(&taken), expected);
    }

    #[test]
    fn tiles_cover_every_position_once() {
        let grid = Grid::new(vec![40], Padding::Zero).unwrap();
        let taps = Taps::new(&grid, 5, "").unwrap();
        for (channels, batch, count) in [(1, 1, 1), (128, 32, 7), (4096, 64, 40)] {
            let tiles: Vec<Tile> = super::tiles(&taps, channels, 40 * batch).collect();
            assert_eq!(tiles.len(), count);
            assert!(tiles.iter().flat_map(|tile| tile.positions.clone()).eq(0..40));
            assert!(tiles.iter().flat_map(|tile| tile.columns.clone()).eq(0..40 * batch));
        }
    }

    fn random(shape: (usize, usize, usize), seed: u64) -> Tensor {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let entries = (0..shape.0 * shape.1 * shape.2).map(|_| rng.random_range(-1.0..1.0)).collect();
        Tensor::from_vec(entries, shape, &Device::Cpu).unwrap()
    }

    fn entries(tensor: &Tensor) -> Vec<f64> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn inner(one: &Tensor, other: &Tensor) -> f64 {
        entries(one).iter().zip(entries(other)).map(|(x, y)| x * y).sum()
    }

    /// Two networks of 8 channels on 64 positions with 25 taps and 20 samples: two tiles, the second of them shorter. The
    /// product is compared with its definition, and the other two with it: ⟨δ, W x⟩ is bilinear in W and x.
    #[test]
    fn products_over_several_tiles_are_the_sums_they_stand_for() {
        let (channels, rows, m, batch) = (8, 3, 64, 20);
        for padding in [Padding::Circular, Padding::Zero] {
            let grid = Grid::new(vec![8, 8], padding).unwrap();
            let taps = Taps::new(&grid, 5, "").unwrap();
            assert_eq!(tiles(&taps, channels, m * batch).map(|tile| tile.positions.len()).collect::<Vec<_>>(), [32, 32]);
            assert_eq!(tiles(&taps, rows, m * batch).count(), 1);
            let (w, x) = (random((2, rows, 25 * channels), 1), random((2, channels, m * batch), 2));
            let z = product(&taps, &w, &x, Way::Read).unwrap();
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
            let back = product(&taps, &transpose(&w, 25).unwrap(), &delta, Way::Readers).unwrap();
            let gradient = gradient(&taps, &delta, &x).unwrap();
            let laid_out = gather::columns(&taps, &x, batch).unwrap();
            for (name, one, other) in [
                ("forward", &z, w.matmul(&laid_out).unwrap()),
                ("transpose", &back, gather::collect(&taps, &w.t().unwrap().matmul(&delta).unwrap(), batch).unwrap()),
                ("gradient", &gradient, delta.matmul(&laid_out.t().unwrap()).unwrap()),
            ] {
                let distance = (one - other).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f64>().unwrap();
                assert!(distance < 1e-11, "{padding}, {name} by gathering: {distance}");
            }
            let expected = inner(&delta, &z);
            assert!(expected.abs() > 1.0);
            for (name, found) in [("fields", inner(&x, &back)), ("matrices", inner(&w, &gradient))] {
                assert!((found - expected).abs() < 1e-9, "{padding}, by {name}: {found} for {expected}");
            }
        }
    }
}
