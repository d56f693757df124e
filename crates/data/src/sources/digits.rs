//! The UCI handwritten digits, carried by the program.

use smartcore::dataset::digits::load_dataset;

use super::Source;
use crate::{DataError, Dataset, Shape};

pub(crate) const SOURCE: Source = Source {
    keyword: "digits",
    grammar: "digits",
    help: "1 797 handwritten digits of 8×8 pixels in 0..=16: test part of the UCI Optical Recognition of Handwritten \
           Digits set",
    load: |rest| if rest.is_empty() { load() } else { Err(SOURCE.malformed(rest, "it takes nothing after its name")) },
};

/// The 1 797 handwritten digits of 8×8 pixels, in the order of the published file; pixels are counts in 0..=16.
///
/// **Source.** E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository (1998),
/// test part, by 13 writers who did not write the training part. Each pixel counts the dark ones of a 4×4 block of a 32×32
/// bitmap. The numbers are those that the crate `smartcore` carries; their digest is that of the copy in scikit-learn.
///
/// # Errors
/// Only if the carried copy is damaged.
pub fn load() -> Result<Dataset, DataError> {
    let carried = load_dataset();
    let damaged = |problem: String| DataError::Invalid { name: SOURCE.keyword.into(), problem };
    let labels = carried
        .target
        .iter()
        .map(|label| (0..10_u8).find(|class| f32::from(*class) == *label))
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| damaged("a label is no digit".into()))?;
    if let Some(pixel) = carried.data.iter().find(|pixel| !(0.0..=16.0).contains(*pixel) || pixel.fract() != 0.0) {
        return Err(damaged(format!("a pixel is {pixel}, and should be a count from 0 to 16")));
    }
    Dataset::new(SOURCE.keyword, carried.data, labels, 10, Shape::new(1, [8, 8]))
}
