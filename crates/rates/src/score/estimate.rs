use serde::Serialize;

/// A number with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Lower and upper end; none with fewer than eight architectures, or where too few replicates of the bootstrap have a value.
    pub interval: Option<(f64, f64)>,
}
