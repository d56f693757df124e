use thiserror::Error;

/// What kept a simulation from running, where, and how to mend it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimError {
    /// A setting lies outside its domain.
    #[error("{name} is {found}: {mend}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The value that was given.
        found: String,
        /// The rule, or how to mend it.
        mend: &'static str,
    },
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
    /// A method is not `dense`, `lazy` or `auto`.
    #[error("unknown method '{found}': expected dense, lazy or auto")]
    UnknownMethod {
        /// The text that was given.
        found: String,
    },
    /// One block of networks does not fit.
    #[error(
        "width {width} with {matrices} trained {method} matrices and {operations} operations needs about {needed} of memory for one \
         block of networks, above the limit of {limit}: {}",
        remedy.map_or_else(|| "take a smaller width, a smaller network or fewer steps".into(), |way| format!("take {way}"))
    )]
    Memory {
        /// The width n.
        width: usize,
        /// Number of trained matrices.
        matrices: usize,
        /// Number of operations.
        operations: usize,
        /// How the matrices are represented.
        method: crate::Method,
        /// Estimated memory of one block.
        needed: String,
        /// The limit of the settings.
        limit: String,
        /// Another way to run that is within the limits.
        remedy: Option<crate::Remedy>,
    },
    /// The run would not end.
    #[error(
        "{what} need about {needed} at 10¹¹ operations a second, above the limit of {limit}: take {}",
        remedy.map_or_else(|| format!("fewer {fewer}, a smaller width or a smaller network"), |way| way.to_string())
    )]
    Work {
        /// What was asked for.
        what: String,
        /// Estimated time on a large processor.
        needed: String,
        /// The limit of the settings.
        limit: String,
        /// What to take less of.
        fewer: &'static str,
        /// Another way to run that is within the limits.
        remedy: Option<crate::Remedy>,
    },
    /// The program holds an operation that this crate has no rule for.
    #[error("operation {op} is {found}, which the simulator has no rule for")]
    Unsupported {
        /// Index of the operation.
        op: usize,
        /// The operation.
        found: String,
    },
    /// A kernel does not fit the grid.
    #[error("operation {op}: {problem}")]
    Spatial {
        /// Index of the operation.
        op: usize,
        /// What does not fit.
        problem: archscale_model::ModelError,
    },
    /// The program has values on several grids.
    #[error(transparent)]
    Program(archscale_model::ModelError),
    /// An image is read by something other than a convolution or the readout.
    #[error(
        "{place} reads the image at operation {image}, whose channels are known only up to a rotation: put a convolution between \
         (kernel 1 mixes no positions)"
    )]
    Image {
        /// The reader.
        place: String,
        /// Index of the image's operation.
        image: usize,
    },
    /// A quantity is defined for vectors alone.
    #[error("{what} is defined for programs over vectors, and this one is over an image of {grid} positions: {mend}")]
    OverImages {
        /// The quantity.
        what: &'static str,
        /// The sides of the image.
        grid: String,
        /// How to mend it.
        mend: &'static str,
    },
    /// An activation's expression is not a function of one vector.
    #[error("operation {op} has no usable activation: {problem}")]
    Activation {
        /// Index of the operation.
        op: usize,
        /// What is wrong with its expression.
        problem: archscale_model::ModelError,
    },
    /// A gain is too large for floating point.
    #[error("gain {gain} of operation {place} is not a finite floating-point number; rescale the network")]
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
