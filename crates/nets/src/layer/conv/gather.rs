//! Convolutions as one product of matrices, on tensors of any device.

use candle_core::Tensor;

use super::taps::Taps;
use crate::NetsError;
use crate::tensor::plus;

/// What every position reads: (N, q·c, J·m·B) from fields (N, c, J·m·B), row tap·c + channel.
pub(super) fn columns(taps: &Taps, fields: &Tensor, samples: usize) -> Result<Tensor, NetsError> {
    let (networks, channels, all) = fields.dims3()?;
    let (m, q) = (taps.positions, taps.count);
    let read: Vec<u32> = (0..m).flat_map(|p| taps.read.iter().map(move |read| read[p].unwrap_or(m) as u32)).collect();
    let rows = fields.t()?.contiguous()?.reshape(((), m, samples * channels))?;
    let picked = pick(&pad(taps, rows)?, &read)?;
    // From tap, then sample to sample, then tap; nothing to do for one sample.
    let picked = picked.reshape(((), q, samples, channels))?.transpose(1, 2)?.contiguous()?;
    // Row by row in memory, and seen as columns.
    Ok(picked.reshape((networks, all, q * channels))?.t()?)
}

/// The adjoint of [`columns`]: position r collects from every place that reads it.
pub(super) fn collect(taps: &Taps, columns: &Tensor, samples: usize) -> Result<Tensor, NetsError> {
    let (networks, rows, all) = columns.dims3()?;
    let (m, q) = (taps.positions, taps.count);
    let channels = rows / q;
    let by_row = columns.t()?.contiguous()?.reshape(((), samples, q, channels))?.transpose(1, 2)?.contiguous()?;
    let by_row = pad(taps, by_row.reshape(((), m * q, samples * channels))?)?;
    let mut sum: Option<Tensor> = None;
    for (tap, readers) in taps.readers.iter().enumerate() {
        let places: Vec<u32> = readers.iter().map(|reader| reader.map_or(m * q, |p| p * q + tap) as u32).collect();
        sum = Some(plus(sum, pick(&by_row, &places)?)?);
    }
    match sum {
        Some(sum) => Ok(sum.reshape((networks, all, channels))?.t()?.contiguous()?),
        None => Ok(columns.clone()),
    }
}

/// A row of zeros at the end, which stands for what lies outside the grid, if anything reads it.
fn pad(taps: &Taps, rows: Tensor) -> Result<Tensor, NetsError> {
    Ok(if taps.padded() { rows.pad_with_zeros(1, 0, 1)? } else { rows })
}

fn pick(rows: &Tensor, indices: &[u32]) -> Result<Tensor, NetsError> {
    Ok(rows.index_select(&Tensor::new(indices, rows.device())?, 1)?)
}
