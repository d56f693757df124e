//! Matrices over positions whose entries may be of any size together.

use archscale_model::{PositionReadout, Scaled};
use num_traits::Zero;

use super::space::{Acts, Space};

/// Sizes of the largest entry of a block: such that a product of three is a double.
const SETTLED: std::ops::Range<f64> = 1e-70..1e70;

/// A matrix over positions, times a power of two.
///
/// One power holds for all entries: one image's positions differ by bounded factors where its layers differ by unbounded ones.
#[derive(Debug, Clone)]
pub(super) struct Block<M> {
    pub(super) entries: M,
    pub(super) exponent: i32,
}

impl<M> Block<M> {
    /// The power of two.
    fn unit(&self) -> Scaled {
        Scaled::power_of_two(self.exponent)
    }

    /// An entry, or a sum of entries, in its full size.
    fn full(&self, entry: f64) -> Scaled {
        Scaled::from(entry) * self.unit()
    }
}

/// The operations of a [`Space`] on blocks.
pub(super) struct Blocks<'s, S> {
    space: &'s S,
}

impl<S> Clone for Blocks<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Blocks<'_, S> {}

impl<'s, S: Space> Blocks<'s, S> {
    pub(super) fn new(space: &'s S) -> Self {
        Self { space }
    }

    /// These entries times 2^exponent.
    pub(super) fn block(self, entries: S::Matrix, exponent: i32) -> Block<S::Matrix> {
        let mut block = Block { entries, exponent };
        let largest = self.space.largest(&block.entries);
        if largest == 0.0 {
            block.exponent = 0;
        } else if !SETTLED.contains(&largest) {
            // The even part of the exponent, so that square roots keep their bits.
            let (_, quarters) = Scaled::from(largest).quarters();
            self.space.scale(&mut block.entries, Scaled::power_of_two(-2 * quarters));
            block.exponent += 2 * quarters;
        }
        block
    }

    pub(super) fn zero(self) -> Block<S::Matrix> {
        Block { entries: self.space.zero(), exponent: 0 }
    }

    /// `into` + `scale`·`from`, in place.
    pub(super) fn add(self, into: &mut Block<S::Matrix>, scale: Scaled, from: &Block<S::Matrix>) {
        let largest = self.space.largest(&from.entries);
        if scale.is_zero() || largest == 0.0 {
            return;
        }
        let added = from.full(largest) * scale;
        let present = into.full(self.space.largest(&into.entries));
        let fits = |size: Scaled| size.is_zero() || size.fit().is_some_and(|size| SETTLED.contains(&size.abs()));
        let (here, there) = (into.unit(), from.unit() * scale / into.unit());
        // Where both fit the exponent in use, it stays, so that sums within the range of doubles have the bits of doubles.
        if !(fits(added / here) && fits(present / here) && there.fit().is_some()) {
            let (_, quarters) = present.max(if added < Scaled::zero() { -added } else { added }).quarters();
            self.space.scale(&mut into.entries, here * Scaled::power_of_two(-2 * quarters));
            into.exponent = 2 * quarters;
        }
        let factor = (from.unit() * scale / into.unit()).to_f64();
        self.space.add(&mut into.entries, factor, &from.entries);
        *into = self.block(std::mem::replace(&mut into.entries, self.space.zero()), into.exponent);
    }

    /// The entrywise product.
    pub(super) fn product(self, one: &Block<S::Matrix>, two: &Block<S::Matrix>) -> Block<S::Matrix> {
        self.block(self.space.product(&one.entries, &two.entries), one.exponent + two.exponent)
    }

    /// f(X(p, p'), l(p), r(p')) at every entry, where f gives entries in units of 2^exponent.
    pub(super) fn combine(
        self,
        x: &Block<S::Matrix>,
        [left, right]: [&[Scaled]; 2],
        exponent: i32,
        f: impl Fn(Scaled, Scaled, Scaled) -> f64,
    ) -> Block<S::Matrix> {
        self.block(self.space.combine(&x.entries, left, right, |entry, l, r| f(x.full(entry), l, r)), exponent)
    }

    pub(super) fn diagonal(self, x: &Block<S::Matrix>) -> Vec<Scaled> {
        self.space.diagonal(&x.entries).into_iter().map(|entry| x.full(entry)).collect()
    }

    /// Replaces X(p, p) by numbers in the units of the block.
    pub(super) fn set_diagonal(self, x: &mut Block<S::Matrix>, values: &[f64]) {
        self.space.set_diagonal(&mut x.entries, values);
    }

    pub(super) fn average(self, kernel: usize, x: &Block<S::Matrix>) -> Block<S::Matrix> {
        self.block(self.space.average(kernel, &x.entries), x.exponent)
    }

    pub(super) fn average_profile(self, kernel: usize, v: &[Scaled]) -> Vec<Scaled> {
        self.space.average_profile(kernel, v)
    }

    /// [K B K'ᵀ](p, p).
    pub(super) fn quadratic(self, k: &Block<S::Matrix>, b: &Block<S::Matrix>, other: &Block<S::Matrix>) -> Vec<Scaled> {
        let unit = k.unit() * b.unit() * other.unit();
        let values = self.space.quadratic(&k.entries, &b.entries, &other.entries);
        values.into_iter().map(|value| Scaled::from(value) * unit).collect()
    }

    /// ⟨X, Y⟩.
    pub(super) fn inner(self, one: &Block<S::Matrix>, two: &Block<S::Matrix>) -> Scaled {
        Scaled::from(self.space.inner(&one.entries, &two.entries)) * one.unit() * two.unit()
    }

    pub(super) fn readout(self, positions: PositionReadout) -> Block<S::Matrix> {
        self.block(self.space.readout(positions), 0)
    }

    /// L X Rᵀ.
    pub(super) fn forth<P>(self, left: &P, x: &Block<S::Matrix>, right: &P) -> Block<S::Matrix>
    where
        S: Acts<P>,
    {
        self.block(self.space.forth(left, &x.entries, right), x.exponent)
    }

    /// Mᵀ X M.
    pub(super) fn back<P>(self, map: &P, x: &Block<S::Matrix>) -> Block<S::Matrix>
    where
        S: Acts<P>,
    {
        self.block(self.space.back(map, &x.entries), x.exponent)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use archscale_model::{Grid, Padding};
    use nalgebra::DMatrix;

    use super::super::dense::Dense;
    use super::*;

    #[test]
    fn a_block_keeps_its_numbers_whatever_their_size() {
        let dense = Dense::new(&Grid::new(vec![2], Padding::Circular).unwrap());
        let blocks = Blocks::new(&dense);
        for size in [1e-200, 1e-71, 1.0, 3e69, 1e71, 7e200] {
            for exponent in [-6_644, -2, 0, 2, 6_644] {
                let block = blocks.block(DMatrix::from_element(2, 2, size), exponent);
                let whole = Scaled::from(size) * Scaled::power_of_two(exponent);
                assert_eq!(blocks.diagonal(&block), [whole; 2], "{size} · 2^{exponent}");
                assert!(SETTLED.contains(&block.entries[(0, 1)]), "{size} · 2^{exponent}");
                // Beside a block of any other size the sum is that of the numbers.
                let mut sum = blocks.block(DMatrix::from_element(2, 2, 1.5), 40);
                blocks.add(&mut sum, Scaled::from(2.0), &block);
                let expected = Scaled::from(1.5) * Scaled::power_of_two(40) + Scaled::from(2.0) * whole;
                assert_eq!(blocks.diagonal(&sum), [expected; 2], "{size} · 2^{exponent} added");
            }
        }
    }
}
