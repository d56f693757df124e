use std::fmt;

use sha2::{Digest, Sha256};

use crate::DataError;

/// How the features of one sample are arranged: channels, and the sides of each.
///
/// The features of a sample run over channels first, then over the sides in row-major order: feature (c, y, x) of an image
/// of height h and width w is number (c·h + y)·w + x.
///
/// ```
/// use archscale_data::Shape;
/// let shape = Shape::new(3, [32, 32]);
/// assert_eq!((shape.features(), shape.to_string()), (3072, "3×32×32".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    channels: usize,
    sides: Vec<usize>,
}

impl Shape {
    /// So many channels, each of these sides: none for plain vectors, one for series, two for images.
    #[must_use]
    pub fn new(channels: usize, sides: impl Into<Vec<usize>>) -> Self {
        Self { channels, sides: sides.into() }
    }

    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The sides of one channel: length of a series; height and width of an image.
    #[must_use]
    pub fn sides(&self) -> &[usize] {
        &self.sides
    }

    /// Number of features of one sample, channels × sides.
    #[must_use]
    pub fn features(&self) -> usize {
        self.sides.iter().fold(self.channels, |product, side| product.saturating_mul(*side))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.channels)?;
        self.sides.iter().try_for_each(|side| write!(f, "×{side}"))
    }
}

/// Labelled samples for classification.
///
/// N samples of d features, row-major; all finite; labels below the number of classes. N and d are at least 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    name: String,
    inputs: Vec<f32>,
    labels: Vec<u8>,
    classes: usize,
    shape: Shape,
}

impl Dataset {
    /// A data set from its parts: `inputs` of N × `shape.features()` numbers, row-major, and N `labels` in 0..`classes`.
    ///
    /// # Errors
    /// [`DataError::Invalid`] for no sample, no feature, a value that is not finite, a label that is no class, or lengths
    /// that do not match.
    ///
    /// ```
    /// use archscale_data::{Dataset, Shape};
    /// let pair = Dataset::new("pair", vec![0.0, 1.0, 2.0, 3.0], vec![1, 0], 2, Shape::new(1, [2]))?;
    /// assert_eq!((pair.len(), pair.input(1)), (2, [2.0, 3.0].as_slice()));
    /// # Ok::<(), archscale_data::DataError>(())
    /// ```
    pub fn new(
        name: impl Into<String>,
        inputs: Vec<f32>,
        labels: Vec<u8>,
        classes: usize,
        shape: Shape,
    ) -> Result<Self, DataError> {
        let name = name.into();
        let features = shape.features();
        let problem = if labels.is_empty() || features == 0 {
            Some(format!("{} samples of {features} features: give at least one of each", labels.len()))
        } else if labels.len().checked_mul(features) != Some(inputs.len()) {
            Some(format!("{} numbers are not {} samples of {features} features ({shape})", inputs.len(), labels.len()))
        } else if let Some(at) = inputs.iter().position(|value| !value.is_finite()) {
            let (sample, feature) = (at / features, at % features);
            Some(format!(
                "feature {feature} of sample {sample} is {}: only finite numbers can be trained on; leave the sample out",
                inputs[at]
            ))
        } else {
            let wrong = labels.iter().position(|label| usize::from(*label) >= classes);
            wrong.map(|at| format!("sample {at} has label {}, and there are {classes} classes from 0", labels[at]))
        };
        match problem {
            Some(problem) => Err(DataError::Invalid { name, problem }),
            None => Ok(Self { name, inputs, labels, classes, shape }),
        }
    }

    /// Where the data come from, as [`Dataset::parse`] reads it, with the parts that were taken.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number N of samples.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // a data set has at least one sample
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Number d of features of a sample.
    #[must_use]
    pub fn features(&self) -> usize {
        self.shape.features()
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How the features of a sample are arranged.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// All inputs, N × d, row-major.
    #[must_use]
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// The d features of sample `index`; empty beyond the last sample.
    #[must_use]
    pub fn input(&self, index: usize) -> &[f32] {
        let features = self.features();
        self.inputs.chunks_exact(features).nth(index).unwrap_or_default()
    }

    /// The label of each sample.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Number of samples of each class.
    #[must_use]
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for label in &self.labels {
            counts[usize::from(*label)] += 1;
        }
        counts
    }

    /// SHA-256 of shape, classes, labels and inputs (not of the name) in hexadecimal: equal data have equal digests.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for size in [self.len(), self.classes, self.shape.channels].iter().chain(&self.shape.sides) {
            hash.update((*size as u64).to_le_bytes());
        }
        hash.update(&self.labels);
        for value in &self.inputs {
            hash.update(value.to_le_bytes());
        }
        archscale_text::hex(&hash.finalize())
    }

    /// The same samples with other inputs of the same number.
    pub(crate) fn with_inputs(&self, inputs: Vec<f32>) -> Result<Self, DataError> {
        Self::new(self.name.clone(), inputs, self.labels.clone(), self.classes, self.shape.clone())
    }
}
