//! Standardisation, fitted on one data set (the training set) and applied to others.

use crate::{DataError, Dataset};

/// How inputs are standardised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standardisation {
    /// Each feature gets mean 0 and variance 1 over the fitted samples; a feature that is constant there becomes 0
    /// everywhere.
    PerFeature,
    /// One mean and one variance for all features: all numbers of the fitted samples together get mean 0 and variance 1.
    Global,
    /// Each sample is scaled to |x|² = d, that is mean square 1, without being centred. Nothing is fitted.
    PerSample,
}

/// A standardisation with its fitted means and scales.
///
/// Variances have divisor N (over samples) or N·d (global); sums run in double precision in the order of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardiser {
    kind: Standardisation,
    /// Mean and factor by feature, or one pair for all.
    fitted: Vec<(f64, f64)>,
    features: usize,
}

impl Standardiser {
    /// Fits a standardisation to a data set.
    ///
    /// # Errors
    /// [`Standardisation::Global`] of data that are one constant.
    ///
    /// ```
    /// use archscale_data::{Dataset, Shape, Standardisation, Standardiser};
    /// let data = Dataset::new("two", vec![1.0, 5.0, 3.0, 5.0], vec![0, 1], 2, Shape::new(2, []))?;
    /// let scaled = Standardiser::fit(&data, Standardisation::PerFeature)?.apply(&data)?;
    /// assert_eq!(scaled.inputs(), [-1.0, 0.0, 1.0, 0.0]);
    /// # Ok::<(), archscale_data::DataError>(())
    /// ```
    pub fn fit(data: &Dataset, kind: Standardisation) -> Result<Self, DataError> {
        let features = data.features();
        let fitted = match kind {
            Standardisation::PerFeature => {
                (0..features).map(|j| moments(data.inputs().iter().skip(j).step_by(features))).collect()
            }
            Standardisation::Global => {
                let (mean, factor) = moments(data.inputs().iter());
                if factor == 0.0 {
                    let problem = format!("every number is {mean}: there is no spread to standardise");
                    return Err(DataError::Invalid { name: data.name().into(), problem });
                }
                vec![(mean, factor)]
            }
            Standardisation::PerSample => Vec::new(),
        };
        Ok(Self { kind, fitted, features })
    }

    /// The standardised data.
    ///
    /// # Errors
    /// Another number of features than it was fitted on; a sample of zeros, which [`Standardisation::PerSample`] cannot
    /// scale; a result beyond the range of `f32`.
    pub fn apply(&self, data: &Dataset) -> Result<Dataset, DataError> {
        if data.features() != self.features {
            let problem = format!("it has {} features and the standardisation {}", data.features(), self.features);
            return Err(DataError::Invalid { name: data.name().into(), problem });
        }
        let mut inputs = Vec::with_capacity(data.inputs().len());
        for (index, sample) in data.inputs().chunks_exact(self.features).enumerate() {
            match self.kind {
                Standardisation::PerSample => {
                    let square: f64 = sample.iter().map(|value| f64::from(*value).powi(2)).sum();
                    if square == 0.0 {
                        let problem = format!("sample {index} is zero and has no norm to scale; leave it out");
                        return Err(DataError::Invalid { name: data.name().into(), problem });
                    }
                    let factor = (self.features as f64 / square).sqrt();
                    inputs.extend(sample.iter().map(|value| (f64::from(*value) * factor) as f32));
                }
                Standardisation::PerFeature | Standardisation::Global => {
                    let pairs = self.fitted.iter().cycle();
                    inputs.extend(
                        sample.iter().zip(pairs).map(|(value, (mean, factor))| ((f64::from(*value) - mean) * factor) as f32),
                    );
                }
            }
        }
        data.with_inputs(inputs)
    }
}

/// Mean and 1/standard deviation of some numbers; the factor is 0 where all are equal.
fn moments<'a>(values: impl Iterator<Item = &'a f32> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().map(|value| f64::from(*value)).sum::<f64>() / count;
    let mut low = f32::INFINITY;
    let mut high = f32::NEG_INFINITY;
    let mut square = 0.0;
    for value in values {
        (low, high) = (low.min(*value), high.max(*value));
        square += (f64::from(*value) - mean).powi(2);
    }
    (mean, if low < high { (square / count).sqrt().recip() } else { 0.0 })
}
