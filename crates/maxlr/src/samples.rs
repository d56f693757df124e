use std::collections::HashMap;
use std::sync::Arc;

use archscale_data::{Dataset, Standardisation, Standardiser};
use archscale_train::Samples;

use crate::MaxlrError;

/// Data sets that were read, by their text.
#[derive(Default)]
pub(crate) struct Shelf(HashMap<String, Arc<Samples>>);

impl Shelf {
    /// Every sample of a data set: plain features each with mean 0 and variance 1, and series and images with one mean and one
    /// variance for all positions, as a convolution sees every position alike.
    pub(crate) fn get(&mut self, text: &str, over_positions: bool) -> Result<Arc<Samples>, MaxlrError> {
        let key = format!("{over_positions} {text}");
        if let Some(known) = self.0.get(&key) {
            return Ok(Arc::clone(known));
        }
        let data = Dataset::parse(text)?;
        let kind = if over_positions { Standardisation::Global } else { Standardisation::PerFeature };
        let data = Standardiser::fit(&data, kind)?.apply(&data)?;
        let labels = data.labels().iter().map(|label| u32::from(*label)).collect();
        let samples =
            Samples::classified(data.inputs().to_vec(), data.features(), labels, data.classes()).map_err(|error| {
                // The data crate has checked all that samples ask for.
                MaxlrError::Suite { place: text.into(), problem: error.to_string() }
            })?;
        Ok(Arc::clone(self.0.entry(key).or_insert_with(|| Arc::new(samples))))
    }
}
