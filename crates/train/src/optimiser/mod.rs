//! The rules by which weights move, one file each.
//!
//! A new optimiser is one file with an [`Optimiser`] and one line in the list below, which gives it its name in a protocol.
//! Neither blocks nor checkpoints know which optimiser they serve.

mod parameter;
#[macro_use]
mod registry;
mod schedule;
mod sgd;
mod step;

use candle_core::Tensor;

use crate::{ParameterId, TrainError};

pub(crate) use parameter::Parameter;
pub use schedule::Schedule;
pub use sgd::Sgd;
pub use step::Step;

registry! {
    /// An optimiser that a protocol can name.
    ///
    /// In JSON it is an object of the optimiser's settings with its name under `name`. Without a name it is SGD, which is
    /// written without one.
    ///
    /// ```
    /// use archscale_train::{Protocol, Sgd};
    /// let sgd = Sgd { momentum: 0.9, ..Sgd::default() };
    /// for text in [r#"{ "momentum": 0.9 }"#, r#"{ "name": "sgd", "momentum": 0.9 }"#] {
    ///     let protocol: Protocol = serde_json::from_str(&format!(r#"{{ "optimiser": {text} }}"#))?;
    ///     assert_eq!(protocol.optimiser, sgd.into());
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[schemars(description = "An optimiser by its `name` and settings; without a name it is SGD.")]
    pub enum NamedOptimiser {
        default "sgd" => Sgd,
    }
}

/// A rule by which the matrices of many networks move, step by step.
///
/// One optimiser serves every network of a run. What it remembers of a matrix it keeps in slots: tensors of the matrix's
/// shape, 0 at the start, which checkpoints store. A step must treat the networks of a block apart, entry by entry or matrix
/// by matrix, so that none depends on its neighbours.
///
/// A trainer takes one that no protocol names by [`Trainer::with_optimiser`](crate::Trainer::with_optimiser):
///
/// ```
/// use std::sync::Arc;
/// use archscale_model::{Architecture, InitRule};
/// use archscale_train::{Budget, Member, Optimiser, ParameterId, Protocol, Samples, Step, TrainError, Trainer};
/// use candle_core::Tensor;
///
/// /// w ← w − η sign(g).
/// struct SignDescent;
///
/// impl Optimiser for SignDescent {
///     fn identity(&self) -> String {
///         "sign descent".into()
///     }
///
///     fn slots(&self, _: ParameterId) -> usize {
///         0
///     }
///
///     fn step(&self, at: &Step<'_>, weights: &mut Tensor, gradient: Tensor, _: &mut [Tensor]) -> Result<(), TrainError> {
///         at.descend(weights, &gradient.sign()?)
///     }
/// }
///
/// let program = Architecture::parse("chain:2")?.graph().lower(InitRule::Target)?;
/// let samples = Arc::new(Samples::classified(vec![1.0, 0.5, -1.0, -0.5], 2, vec![0, 1], 2)?);
/// let protocol = Protocol { width: 16, batch: 2, budget: Budget::Steps(20), ..Protocol::default() };
/// let members = [Member { learning_rate: 0.01, seed: 1 }];
/// let mut trainer = Trainer::with_optimiser(&program, &samples, &protocol, &members, Arc::new(SignDescent))?;
/// trainer.run(u64::MAX, &|_| ())?;
/// assert!(trainer.evaluate(&samples)?[0].is_some_and(|found| found.loss < 2f64.ln()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Optimiser: Send + Sync {
    /// Its name and settings as text, by which a checkpoint knows it again.
    fn identity(&self) -> String;

    /// Refuses settings outside their domain.
    ///
    /// # Errors
    /// [`TrainError::Setting`] with the first such setting.
    fn check(&self) -> Result<(), TrainError> {
        Ok(())
    }

    /// Number of tensors that it remembers of a matrix: 0 for plain SGD, 1 with momentum.
    fn slots(&self, which: ParameterId) -> usize;

    /// Moves a matrix of G networks by its gradient.
    ///
    /// **Shapes.** Weights, gradient and each of the [`Optimiser::slots`] are (G, rows, columns), contiguous, on one device.
    ///
    /// # Errors
    /// A failed tensor operation.
    fn step(&self, at: &Step<'_>, weights: &mut Tensor, gradient: Tensor, slots: &mut [Tensor]) -> Result<(), TrainError>;

    /// Settings that stand as covariates beside a measured rate, by name; none unless said otherwise.
    fn covariates(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}
