use archscale_model::ModelError;
use thiserror::Error;

/// What kept networks from being made or run, where, and how to mend it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetsError {
    /// A device name is not of the accepted form.
    #[error("unknown device '{found}': expected cpu, cuda, cuda:INDEX or metal")]
    UnknownDevice {
        /// The text that was given.
        found: String,
    },
    /// The device cannot be used by this build or on this machine.
    #[error("device {device} cannot be used: {problem}; {mend}")]
    Device {
        /// The device asked for.
        device: String,
        /// Why it cannot be used.
        problem: String,
        /// How to mend it.
        mend: &'static str,
    },
    /// A precision is not `f32` or `f64`.
    #[error("unknown precision '{found}': expected f32 or f64")]
    UnknownPrecision {
        /// The text that was given.
        found: String,
    },
    /// A kind of weights is not `dense`, `lazy` or `auto`.
    #[error("unknown method '{found}': expected dense, lazy or auto")]
    UnknownWeights {
        /// The text that was given.
        found: String,
    },
    /// The program holds an operation from outside, and nobody gave its layer.
    #[error(
        "operation {op} is the outside operation {name}, and no layer of that name is given: implement OutsideLayer for it and \
         give it with the program, in OutsideLayers"
    )]
    Outside {
        /// Index of the operation.
        op: usize,
        /// Its name.
        name: String,
    },
    /// A kernel does not fit the grid.
    #[error("{place}: {problem}")]
    Spatial {
        /// The operation.
        place: String,
        /// What does not fit.
        problem: ModelError,
    },
    /// The program has values on several grids.
    #[error(transparent)]
    Program(ModelError),
    /// An image is read by something other than a convolution or the readout.
    #[error(
        "{place} reads the image at operation {image}, whose channels are known only up to a rotation: put a convolution \
         between (kernel 1 mixes no positions)"
    )]
    Image {
        /// The reader.
        place: String,
        /// Index of the image's operation.
        image: usize,
    },
    /// An activation's expression is not a function of one vector.
    #[error("{place} has no usable activation: {problem}")]
    Activation {
        /// The operation.
        place: String,
        /// What is wrong with its expression.
        problem: ModelError,
    },
    /// A gain is too large for floating point.
    #[error("gain {gain} of {place} is not a finite floating-point number; rescale the network")]
    Gain {
        /// The exact gain.
        gain: String,
        /// The operation, or the readout.
        place: String,
    },
    /// There is no such reported vertex.
    #[error("there is no reported vertex at position {index}: the program reports {count}")]
    NoNode {
        /// The position that was asked for.
        index: usize,
        /// Number of reported vertices.
        count: usize,
    },
    /// Tensors do not fit together.
    #[error("{place}: found {found}, expected {wanted}")]
    Shape {
        /// The operation.
        place: &'static str,
        /// The shapes that were given.
        found: String,
        /// The shapes that fit.
        wanted: String,
    },
    /// A tensor operation failed on the device.
    #[error("a tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
}
