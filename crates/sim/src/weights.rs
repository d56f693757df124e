//! Which weights `auto` stands for, and how many networks make a block.

use archscale_nets::{Network, Weights};

use crate::chunk::BLOCK_ELEMENTS;
use crate::load::{Load, fits};
use crate::{Readout, Settings};

/// Networks in one block, at most.
const MAX_BLOCK: usize = 1024;

impl Settings {
    /// The same settings with `Auto` replaced by what it stands for under a load.
    ///
    /// That is the kind of weights whose estimated time per network is smaller; the choice depends on the width and the
    /// readout alone. Where an integrated readout, which needs all entries of the weights, costs more than twice as much as
    /// a projected one on lazy weights, it becomes that. A program over images has dense weights: its passes ask for as many
    /// columns as there are positions. Where that does not fit the memory, it is lazy weights and a projected readout.
    pub(crate) fn chosen(&self, network: &Network, load: Load) -> Self {
        let (method, readout) = match self.method {
            Weights::Dense | Weights::Lazy => (self.method, self.readout),
            Weights::Auto if network.grid_positions().is_some() => (Weights::Dense, self.readout),
            Weights::Auto => choice(self.width, self.readout),
        };
        let chosen = Self { method, readout, ..self.clone() };
        if self.method != Weights::Auto || fits(&chosen, network, load) {
            return chosen;
        }
        let less = Self { method: Weights::Lazy, readout: cheap(readout), ..self.clone() };
        if fits(&less, network, load) { less } else { chosen }
    }

    /// Networks in a full block: as many as fill [`BLOCK_ELEMENTS`] elements of the largest of a network's tensors.
    pub(crate) fn block_size(&self, network: &Network) -> usize {
        let (n, m) = (self.width, network.positions());
        let widest = network.widest();
        match self.method {
            Weights::Lazy => networks_of(widest.saturating_mul(m)),
            // A matrix, what the positions read, products of positions.
            Weights::Dense | Weights::Auto => networks_of(widest.saturating_mul(n.max(m)).max(m * m)),
        }
    }
}

/// The readout for lazy weights: the n columns of an integrated one need all entries of a weight.
fn cheap(readout: Readout) -> Readout {
    if readout == Readout::Integrated { Readout::Projected } else { readout }
}

/// What `Auto` stands for at width n, where both fit the memory.
fn choice(width: usize, readout: Readout) -> (Weights, Readout) {
    let instead = cheap(readout);
    // The cheap readout's variance is up to about twice as large.
    let worth = if instead == readout { 1.0 } else { 2.0 };
    let lazy = worth * lazy_cost(width, instead.functions(width));
    if lazy < dense_cost(width, readout.functions(width)) { (Weights::Lazy, instead) } else { (Weights::Dense, readout) }
}

/// Nanoseconds per trained matrix and network with J columns, as measured on one core (chains, and DAGs of six matrices, n
/// from 3 to 4096): a constant, the normals, and the products. Only the order of the two costs matters.
fn dense_cost(width: usize, columns: usize) -> f64 {
    let (n, columns) = (width as f64, columns as f64);
    200.0 + n * n * (6.5 + 0.55 * columns)
}

/// As [`dense_cost`]: one forward query, J backward and J tangent ones, each of n normals and of products with the earlier
/// ones.
fn lazy_cost(width: usize, columns: usize) -> f64 {
    let (n, columns) = (width as f64, columns as f64);
    (1.0 + 2.0 * columns) * (150.0 + n * (15.0 + 0.8 * columns))
}

/// Number of networks in a dense block of width n: as many as fill 32 768 matrix elements, at least 1 and at most 1024.
///
/// One block is one replicate of the random streams. Its size depends on nothing but the width, so results do not depend on
/// the number of threads, the device's memory or the number of samples: with more samples the first networks stay the same.
/// In a program over images it depends on the program too: the q n columns of a convolution and the m positions enter.
///
/// ```
/// use archscale_sim::block_size;
/// assert_eq!([1, 4, 16, 128, 512].map(block_size), [1024, 1024, 128, 2, 1]);
/// ```
#[must_use]
pub fn block_size(width: usize) -> usize {
    networks_of(width.saturating_mul(width))
}

/// Networks in a block when the largest tensor of one has so many elements.
fn networks_of(elements: usize) -> usize {
    (BLOCK_ELEMENTS / elements.max(1)).clamp(1, MAX_BLOCK)
}

/// Number of networks in a lazy block of width n: as many as fill vectors of 32 768 elements, at least 1 and at most 1024.
///
/// As [`block_size`] it depends on the width alone.
///
/// ```
/// use archscale_sim::lazy_block_size;
/// assert_eq!([1, 128, 4096, 100_000].map(lazy_block_size), [1024, 256, 8, 1]);
/// ```
#[must_use]
pub fn lazy_block_size(width: usize) -> usize {
    networks_of(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_is_dense_at_small_width_and_lazy_at_large() {
        for readout in [Readout::Sampled, Readout::Projected, Readout::Integrated] {
            assert_eq!(choice(2, readout), (Weights::Dense, readout));
            assert_eq!(choice(256, readout).0, Weights::Lazy);
            let lazy: Vec<bool> = (1..300).map(|width| choice(width, readout).0 == Weights::Lazy).collect();
            assert!(lazy.is_sorted(), "one crossing");
        }
        assert_eq!(choice(4096, Readout::Integrated).1, Readout::Projected);
        assert_eq!(choice(4096, Readout::Sampled).1, Readout::Sampled);
    }
}
