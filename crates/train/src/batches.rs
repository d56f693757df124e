use archscale_nets::{StreamKey, TensorId};
use rand::seq::SliceRandom;

/// The order in which the networks of one seed see the samples: a permutation of its own for every pass.
pub(crate) struct Order {
    key: StreamKey,
    /// Number of samples and of a minibatch.
    samples: u32,
    batch: usize,
    epoch: u64,
    permutation: Vec<u32>,
}

impl Order {
    pub(crate) fn new(case: &str, seed: u64, samples: usize, batch: usize) -> Self {
        let key = StreamKey::new("training order", case, seed);
        let mut order = Self { key, samples: samples as u32, batch, epoch: 0, permutation: Vec::new() };
        order.permute(0);
        order
    }

    /// Whether this is the order of a seed.
    pub(crate) fn is_of(&self, seed: u64) -> bool {
        self.key.seed == seed
    }

    /// The samples of the minibatch of a step, counted from 0.
    pub(crate) fn batch(&mut self, step: u64) -> &[u32] {
        let per_epoch = (self.permutation.len() / self.batch) as u64;
        if step / per_epoch != self.epoch {
            self.permute(step / per_epoch);
        }
        let start = (step % per_epoch) as usize * self.batch;
        &self.permutation[start..start + self.batch]
    }

    /// The permutation depends on the pass alone, not on those before it, so that a run can be taken up anywhere.
    fn permute(&mut self, epoch: u64) {
        self.epoch = epoch;
        self.permutation = (0..self.samples).collect();
        self.permutation.shuffle(&mut self.key.rng(epoch, TensorId::Label));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_sees_every_sample_at_most_once_and_each_pass_in_another_order() {
        let mut order = Order::new("", 3, 10, 3);
        let mut pass = |epoch: u64| -> Vec<u32> { (0..3).flat_map(|step| order.batch(3 * epoch + step).to_vec()).collect() };
        let (first, second) = (pass(0), pass(1));
        for pass in [&first, &second] {
            let mut sorted = pass.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert!(sorted.len() == 9 && sorted.iter().all(|&sample| sample < 10));
        }
        assert_ne!(first, second);
        assert_eq!(pass(0), first);
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(Order::new("", 1, 50, 50).batch(0), Order::new("", 2, 50, 50).batch(0));
    }
}
