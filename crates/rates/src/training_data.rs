use std::collections::HashMap;
use std::sync::Arc;

use archscale_data::{Dataset, Shape, Standardisation, Standardiser};
use archscale_train::Samples;

use crate::RatesError;

/// Data sets that were read, by their text.
#[derive(Default)]
pub(crate) struct SampleCache(HashMap<String, Arc<Samples>>);

impl SampleCache {
    /// Every sample of a data set: plain features each with mean 0 and variance 1, and series and images with one mean and
    /// one variance for all positions, as a convolution sees every position alike.
    pub(crate) fn get(&mut self, text: &str, over_positions: bool) -> Result<Arc<Samples>, RatesError> {
        let key = format!("{over_positions} {text}");
        if let Some(known) = self.0.get(&key) {
            return Ok(Arc::clone(known));
        }
        let data = Dataset::parse(text)?;
        let kind = if over_positions { Standardisation::Global } else { Standardisation::PerFeature };
        let samples = labelled(&Standardiser::fit(&data, kind)?.apply(&data)?)?;
        Ok(Arc::clone(self.0.entry(key).or_insert_with(|| Arc::new(samples))))
    }
}

/// Samples to train on and others to test on.
pub(crate) struct Parts {
    pub(crate) train: Arc<Samples>,
    pub(crate) test: Samples,
    /// Names of the two parts.
    pub(crate) names: (String, String),
    pub(crate) shape: Shape,
    pub(crate) classes: usize,
}

/// Seed of the draw of a test set where none is published.
const SPLIT: u64 = 1;

impl Parts {
    /// Four fifths of a data set to train on and the rest to test on: the published split of MNIST-1D, whose samples stand
    /// in order, and a random one of other data. One mean and one variance for all positions, those of the training set.
    pub(crate) fn of(text: &str) -> Result<Self, RatesError> {
        let data = Dataset::parse(text)?;
        let test = data.len() / 5;
        let (train, test) =
            if text.trim().starts_with("mnist1d") { data.split_at(data.len() - test)? } else { data.split(test, SPLIT)? };
        let fitted = Standardiser::fit(&train, Standardisation::Global)?;
        Ok(Self {
            train: Arc::new(labelled(&fitted.apply(&train)?)?),
            test: labelled(&fitted.apply(&test)?)?,
            names: (train.name().into(), test.name().into()),
            shape: data.shape().clone(),
            classes: data.classes(),
        })
    }
}

fn labelled(data: &Dataset) -> Result<Samples, RatesError> {
    let labels = data.labels().iter().map(|label| u32::from(*label)).collect();
    Samples::classified(data.inputs().to_vec(), data.features(), labels, data.classes()).map_err(|error| {
        // The data crate has checked all that samples ask for.
        RatesError::Suite { place: data.name().into(), problem: error.to_string() }
    })
}
