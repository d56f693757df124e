//! Training: the accuracy of one network of handwritten digits at two learning rates.
//!
//!     cargo run --example train_one

use std::error::Error;
use std::sync::Arc;

use archscale::data::{Dataset, Standardisation, Standardiser};
use archscale::model::{Architecture, InitRule};
use archscale::train::{Budget, Member, Protocol, Samples, Trainer};

/// Learning rates of the two networks, which start from the same weights.
const RATES: [f64; 2] = [0.01, 0.3];

/// The data as the trainer reads them.
fn samples(data: &Dataset) -> Result<Samples, Box<dyn Error>> {
    let labels = data.labels().iter().map(|&label| u32::from(label)).collect();
    Ok(Samples::classified(data.inputs().to_vec(), data.features(), labels, data.classes())?)
}

/// Fractions of held-out digits that a network of two hidden layers reads rightly after two passes, one for each of
/// [`RATES`].
///
/// # Errors
/// None in practice.
pub(crate) fn accuracies() -> Result<Vec<f64>, Box<dyn Error>> {
    let digits = Dataset::parse("digits")?;
    let (train, test) = digits.split(digits.len() / 5, 1)?;
    let standard = Standardiser::fit(&train, Standardisation::Global)?;
    let (train, test) = (Arc::new(samples(&standard.apply(&train)?)?), samples(&standard.apply(&test)?)?);

    let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
    let protocol = Protocol { width: 64, batch: 32, budget: Budget::Epochs(2), ..Protocol::default() };
    let members = RATES.map(|learning_rate| Member { learning_rate, seed: 1 });
    let mut trainer = Trainer::new(&program, &train, &protocol, &members)?;
    trainer.run(u64::MAX, &|_| ())?;
    // A network that diverged has no evaluation: it counts as one that reads nothing.
    Ok(trainer.evaluate(&test)?.iter().map(|found| found.map_or(0.0, |found| found.accuracy)).collect())
}

/// Prints both.
///
/// # Errors
/// None in practice.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    for (rate, accuracy) in RATES.iter().zip(accuracies()?) {
        println!("learning rate {rate}: {:.1} % of the held-out digits", 100.0 * accuracy);
    }
    Ok(())
}
