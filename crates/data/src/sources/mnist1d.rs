//! MNIST-1D, generated.

use super::Source;
use crate::{DataError, Dataset, Mnist1d};

pub(crate) const SOURCE: Source = Source {
    keyword: "mnist1d",
    grammar: "mnist1d[:seed=N][,samples=N]",
    help: "series of length 40 that resemble ten digits, made by the recipe of MNIST-1D; the first 4 000 of 5 000 to \
           train on",
    load,
};

fn load(rest: &str) -> Result<Dataset, DataError> {
    let mut recipe = Mnist1d::default();
    for part in rest.split(',').map(str::trim).filter(|_| !rest.is_empty()) {
        let number =
            |text: &str| text.parse::<u64>().map_err(|_| SOURCE.malformed(rest, format!("'{text}' is no whole number")));
        match part.split_once('=') {
            Some(("seed", value)) => recipe.seed = number(value)?,
            Some(("samples", value)) => {
                let count = number(value)?;
                if count == 0 || !count.is_multiple_of(10) || count > Mnist1d::LARGEST {
                    let problem =
                        format!("{count} samples are not a multiple of its ten classes from 10 to {}", Mnist1d::LARGEST);
                    return Err(SOURCE.malformed(rest, problem));
                }
                recipe.samples = count as usize;
            }
            _ => return Err(SOURCE.malformed(rest, format!("'{part}' is no setting of it"))),
        }
    }
    recipe.dataset()
}
