//! Pieces of work that stay in the processor's cache.

use archscale_nets::Network;

/// Elements of one trained matrix of a block, at most; keeps a block's matrices in the processor's cache.
pub(crate) const BLOCK_ELEMENTS: usize = 32_768;

/// Number of functions whose gradients are carried at once: all n, or as many as keep a network's columns in cache.
pub(crate) fn column_chunk(width: usize) -> usize {
    (BLOCK_ELEMENTS / width.max(1)).clamp(1, width.max(1))
}

/// Number of features whose gradients are carried at once: all, or as many as keep what their positions read in cache.
pub(crate) fn feature_chunk(network: &Network) -> usize {
    let column = network.widest().saturating_mul(network.positions()).max(1);
    (BLOCK_ELEMENTS / column).clamp(1, network.features().max(1))
}
