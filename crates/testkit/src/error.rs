use archscale_model::ModelError;
use archscale_theory::TheoryError;
use thiserror::Error;

/// The failure of a helper of the tests.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TestkitError {
    /// An architecture that the model refuses.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A closed form that cannot be evaluated.
    #[error(transparent)]
    Theory(#[from] TheoryError),
    /// A search that drew no more cases.
    #[error("the search stopped after {cases} cases: {why}; give a strategy that rejects less")]
    Search {
        /// Cases tried before it stopped.
        cases: u32,
        /// The generator's own message.
        why: String,
    },
}
