use archscale_model::ModelError;
use thiserror::Error;

/// Why a closed form cannot be evaluated, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TheoryError {
    /// The program has an operation that the law does not cover.
    #[error("{law} does not cover {found} (operation {op}): {mend}")]
    OutOfDomain {
        /// The law that was asked for.
        law: &'static str,
        /// The operation that it does not cover.
        found: String,
        /// Index of the operation in the program.
        op: usize,
        /// What is covered.
        mend: &'static str,
    },
    /// Width zero.
    #[error("width 0: a layer has at least one neuron, so give a width of 1 or more")]
    ZeroWidth,
    /// Layer zero of a chain.
    #[error("layer 0 of a chain: hidden layers are counted from 1")]
    ZeroLayer,
    /// The evaluation would need more memory than is accepted.
    #[error("{what} of this network takes more than {limit} {unit}, the most that is accepted: {mend}")]
    TooLarge {
        /// The quantity.
        what: &'static str,
        /// The most that is accepted.
        limit: usize,
        /// What is counted.
        unit: &'static str,
        /// A cheaper quantity to ask for.
        mend: &'static str,
    },
    /// A result beyond the range of double precision, where doubles were asked for.
    #[error(
        "{what} at {place} is {value}, beyond the range of double precision: ask for it as a logarithm, or take an initialisation that keeps the variance"
    )]
    OutOfRange {
        /// The quantity.
        what: &'static str,
        /// Where.
        place: String,
        /// The value.
        value: String,
    },
    /// A Gaussian integral does not settle at the accuracy that is promised.
    #[error("the Gaussian {what} at pre-activation variance {variance} cannot be integrated to the stated accuracy: {mend}")]
    Inaccurate {
        /// The expectation and the activation.
        what: String,
        /// The variance of the pre-activation.
        variance: String,
        /// What to do about it.
        mend: &'static str,
    },
    /// A quantity is not defined for what it was asked of.
    #[error("{what} does not apply to {found}: {mend}")]
    Unusable {
        /// The quantity.
        what: &'static str,
        /// What it was asked of.
        found: String,
        /// What to ask instead.
        mend: &'static str,
    },
    /// The architecture cannot be built as asked.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// No law of this name is registered.
    #[error("unknown law '{found}': expected one of {expected}")]
    UnknownLaw {
        /// The text that was given.
        found: String,
        /// The registered names.
        expected: String,
    },
}
