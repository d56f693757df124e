//! Parts of a data set.

use archscale_stats::permutation;

use crate::random::stream;
use crate::{DataError, Dataset};

impl Dataset {
    /// The samples of these indices, in this order; an index may repeat.
    ///
    /// # Errors
    /// No index, or one beyond the last sample.
    pub fn subset(&self, indices: &[usize]) -> Result<Self, DataError> {
        if let Some(beyond) = indices.iter().find(|index| **index >= self.len()) {
            return Err(self.part(format!("there is no sample {beyond}, the last is {}", self.len() - 1)));
        }
        self.part_named(format!("{}[{} samples]", self.name(), indices.len()), indices)
    }

    /// The first `count` samples.
    ///
    /// # Errors
    /// When `count` is 0 or more than there are.
    pub fn first(&self, count: usize) -> Result<Self, DataError> {
        if count > self.len() {
            return Err(self.part(format!("the first {count} were asked for; ask for at most {}", self.len())));
        }
        self.part_named(format!("{}[first {count}]", self.name()), &(0..count).collect::<Vec<_>>())
    }

    /// Training and test set: the first `train` samples, and all others. For data whose order is a published split.
    ///
    /// # Errors
    /// When either part would be empty.
    ///
    /// ```
    /// use archscale_data::Dataset;
    /// let (train, test) = Dataset::parse("mnist1d")?.split_at(4000)?;
    /// assert_eq!((train.len(), test.len()), (4000, 1000));
    /// # Ok::<(), archscale_data::DataError>(())
    /// ```
    pub fn split_at(&self, train: usize) -> Result<(Self, Self), DataError> {
        self.parts(&(0..self.len()).collect::<Vec<_>>(), train, "")
    }

    /// Training and test set: `test` samples drawn without replacement are the test set, all others the training set.
    ///
    /// Every set of `test` samples is equally likely; it depends on the number of samples, `test` and the seed alone. Both
    /// parts come in random order.
    ///
    /// # Errors
    /// When either part would be empty.
    pub fn split(&self, test: usize, seed: u64) -> Result<(Self, Self), DataError> {
        let order = permutation(&mut stream("split", seed).rng(0), self.len());
        self.parts(&order, self.len().saturating_sub(test), &format!(" of seed {seed}"))
    }

    fn parts(&self, order: &[usize], train: usize, how: &str) -> Result<(Self, Self), DataError> {
        if train == 0 || train >= self.len() {
            return Err(self.part(format!(
                "a training set of {train} leaves {} to test on; both need at least one",
                self.len().saturating_sub(train)
            )));
        }
        let (first, rest) = order.split_at(train);
        let name = |part: &str, count: usize| format!("{}[{count} to {part}{how}]", self.name());
        Ok((self.part_named(name("train", first.len()), first)?, self.part_named(name("test", rest.len()), rest)?))
    }

    /// Indices are known to exist.
    fn part_named(&self, name: String, indices: &[usize]) -> Result<Self, DataError> {
        if indices.is_empty() {
            return Err(self.part("a part without any sample was asked for; ask for at least one".into()));
        }
        let inputs = indices.iter().flat_map(|index| self.input(*index)).copied().collect();
        let labels = indices.iter().map(|index| self.labels()[*index]).collect();
        Self::new(name, inputs, labels, self.classes(), self.shape().clone())
    }

    fn part(&self, problem: String) -> DataError {
        DataError::Part { name: self.name().into(), len: self.len(), problem }
    }
}
