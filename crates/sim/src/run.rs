use archscale_nets::{Network, Spare};
use archscale_stats::Moments;
use rayon::prelude::*;

use crate::SimError;
use crate::settings::Settings;

/// Called with the number of networks just finished, from any thread.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// Blocks computed before their results are merged, at most.
const MAX_WAVE: u128 = 1024;

/// Runs `work` on every block, with what finished blocks left, and merges what it returns, quantity by quantity, in the
/// order of the blocks.
///
/// `bytes` is what one block takes. A wave of blocks fits the memory limit as a whole, because a thread that waits inside
/// a large matrix product may start on another block of the wave.
pub(crate) fn over_blocks(
    settings: &Settings,
    network: &Network,
    bytes: u128,
    progress: Progress<'_>,
    work: impl Fn(u64, &Spare) -> Result<Vec<Moments>, SimError> + Sync,
) -> Result<Vec<Moments>, SimError> {
    let blocks = settings.samples.div_ceil(settings.block_size(network) as u64);
    let wave = (u128::from(settings.memory_limit) / bytes).clamp(1, MAX_WAVE) as u64;
    let spare = Spare::default();
    let mut total: Vec<Moments> = Vec::new();
    let mut start = 0;
    while start < blocks {
        let end = blocks.min(start + wave);
        let parts: Vec<Vec<Moments>> = (start..end)
            .into_par_iter()
            .map(|replicate| {
                let part = work(replicate, &spare)?;
                progress(settings.networks(network, replicate) as u64);
                Ok(part)
            })
            .collect::<Result<_, SimError>>()?;
        for part in parts {
            if total.is_empty() {
                total = part;
            } else {
                for (total, part) in total.iter_mut().zip(&part) {
                    *total = total.merge(part);
                }
            }
        }
        start = end;
    }
    Ok(total)
}
