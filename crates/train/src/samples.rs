use sha2::{Digest, Sha256};

use crate::TrainError;

/// What a sample's outputs are compared with.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Targets {
    /// The class of each sample, below `classes`; the mean square loss compares with the class's unit vector.
    Labels {
        /// One label per sample.
        labels: Vec<u32>,
        /// Number of classes K.
        classes: usize,
    },
    /// Real targets, N × K, row-major.
    Values {
        /// The targets.
        values: Vec<f32>,
        /// Number of outputs K.
        outputs: usize,
    },
}

/// N samples of d features with their targets; checked when made.
///
/// ```
/// use archscale_train::Samples;
/// let samples = Samples::classified(vec![1.0, 0.0, 0.0, 1.0], 2, vec![0, 1], 2)?;
/// assert_eq!((samples.len(), samples.features(), samples.outputs()), (2, 2, 2));
/// assert_eq!(samples.mean_square(), 0.5);
/// assert!(Samples::classified(vec![1.0, 0.0, 0.0], 2, vec![0], 2).is_err());
/// # Ok::<(), archscale_train::TrainError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    inputs: Vec<f32>,
    features: usize,
    targets: Targets,
}

impl Samples {
    /// Samples with labels below `classes`; `inputs` is N × `features`, row-major.
    ///
    /// # Errors
    /// [`TrainError::Samples`] when there is no sample or feature, numbers are not finite, sizes disagree or a label is too
    /// large.
    pub fn classified(inputs: Vec<f32>, features: usize, labels: Vec<u32>, classes: usize) -> Result<Self, TrainError> {
        if let Some(at) = labels.iter().position(|&label| label as usize >= classes) {
            let problem =
                format!("sample {at} has label {}, and labels of {classes} classes are below {classes}", labels[at]);
            return Err(TrainError::Samples { problem });
        }
        Self::new(inputs, features, labels.len(), Targets::Labels { labels, classes })
    }

    /// Samples with real targets; `inputs` is N × `features` and `values` N × `outputs`, both row-major.
    ///
    /// # Errors
    /// [`TrainError::Samples`] when there is no sample, feature or output, numbers are not finite or sizes disagree.
    pub fn valued(inputs: Vec<f32>, features: usize, values: Vec<f32>, outputs: usize) -> Result<Self, TrainError> {
        let refuse = |problem: String| Err(TrainError::Samples { problem });
        if outputs == 0 || !values.len().is_multiple_of(outputs) {
            return refuse(format!("{} targets are no whole number of rows of {outputs} outputs", values.len()));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return refuse(format!("target {} of sample {} is {}", at % outputs, at / outputs, values[at]));
        }
        let count = values.len() / outputs;
        Self::new(inputs, features, count, Targets::Values { values, outputs })
    }

    fn new(inputs: Vec<f32>, features: usize, count: usize, targets: Targets) -> Result<Self, TrainError> {
        let refuse = |problem: String| Err(TrainError::Samples { problem });
        if features == 0 || count == 0 {
            return refuse(format!("there are {count} samples of {features} features; give at least one of each"));
        }
        if count.checked_mul(features) != Some(inputs.len()) {
            return refuse(format!(
                "{} input numbers are given, and {count} targets with {features} features need {count} × {features}",
                inputs.len()
            ));
        }
        if let Some(at) = inputs.iter().position(|value| !value.is_finite()) {
            return refuse(format!("feature {} of sample {} is {}", at % features, at / features, inputs[at]));
        }
        Ok(Self { inputs, features, targets })
    }

    /// Number of samples N.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inputs.len() / self.features
    }

    /// Always false: samples are checked when made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// Number of features d.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// Number of outputs K: classes, or real targets of a sample.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self.targets {
            Targets::Labels { classes, .. } => classes,
            Targets::Values { outputs, .. } => outputs,
        }
    }

    /// The inputs, N × d, row-major.
    #[must_use]
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    /// The targets.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The mean of all squared input numbers, Σ x² / (N d); 1 for standardised features.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        self.inputs.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / self.inputs.len() as f64
    }

    /// SHA-256 over sizes, inputs and targets, as hexadecimal text: names the data in records and checkpoints.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut sizes = |numbers: &[usize]| numbers.iter().for_each(|&n| hash.update((n as u64).to_le_bytes()));
        match &self.targets {
            Targets::Labels { labels, classes } => {
                sizes(&[0, self.len(), self.features, *classes]);
                labels.iter().for_each(|label| hash.update(label.to_le_bytes()));
            }
            Targets::Values { values, outputs } => {
                sizes(&[1, self.len(), self.features, *outputs]);
                values.iter().for_each(|value| hash.update(value.to_le_bytes()));
            }
        }
        self.inputs.iter().for_each(|value| hash.update(value.to_le_bytes()));
        archscale_text::hex(&hash.finalize())
    }
}
