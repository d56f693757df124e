use archscale_model::{ModelError, OpId, Program};
use archscale_text::Refusal;
use thiserror::Error;

/// A closed form that cannot be evaluated: each kind holds the place, what is wrong there, and the mend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TheoryError {
    /// The program has an operation that the law does not cover.
    #[error(transparent)]
    OutOfDomain(Refusal),
    /// The evaluation would need more memory than is accepted.
    #[error(transparent)]
    TooLarge(Refusal),
    /// A result beyond the range of double precision, where doubles were asked for.
    #[error(transparent)]
    OutOfRange(Refusal),
    /// A Gaussian integral does not settle at the accuracy that is promised.
    #[error(transparent)]
    Inaccurate(Refusal),
    /// A number or name that cannot be used, or a quantity that is not defined for what it was asked of.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The architecture cannot be built as asked.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl TheoryError {
    /// A law that does not cover an operation of a program.
    pub(crate) fn out_of_domain(program: &Program, op: OpId, law: &str, found: &str, mend: &'static str) -> Self {
        Self::OutOfDomain(Refusal::new(place(program, op), format!("{found}, which {law} does not cover"), mend))
    }

    /// A law that does not cover a network as a whole.
    pub(crate) fn network_out_of_domain(law: &str, found: &str, mend: &'static str) -> Self {
        Self::OutOfDomain(Refusal::new("the network", format!("{found}, which {law} does not cover"), mend))
    }

    /// A quantity whose evaluation takes more than `limit` of these units.
    pub(crate) fn too_large(what: &str, limit: usize, unit: &str, mend: &'static str) -> Self {
        let found = format!("beyond {limit} {unit}, the most that is accepted");
        Self::TooLarge(Refusal::new(format!("{what} of this network"), found, mend))
    }

    /// An expectation over a pre-activation of this variance that cannot be integrated.
    pub(crate) fn inaccurate(what: &str, variance: impl std::fmt::Display, mend: &'static str) -> Self {
        let place = format!("the Gaussian {what} at pre-activation variance {variance}");
        Self::Inaccurate(Refusal::new(place, "beyond integration to the stated accuracy", mend))
    }

    /// A quantity that is not defined for what it was asked of.
    #[must_use]
    pub fn undefined(what: &'static str, found: impl std::fmt::Display, mend: &'static str) -> Self {
        Self::Refused(Refusal::new(what, format!("not defined for {found}"), mend))
    }

    /// Width zero.
    pub(crate) fn zero_width() -> Self {
        Self::Refused(Refusal::new("the width", 0, "a layer has at least one neuron, so give a width of 1 or more"))
    }

    /// Layer zero of a chain.
    pub(crate) fn zero_layer() -> Self {
        Self::Refused(Refusal::new("the layer of a chain", 0, "hidden layers are counted from 1"))
    }
}

/// The place of an operation in the user's numbers: by the vertex that it makes, follows or leads to.
fn place(program: &Program, op: OpId) -> String {
    let vertex_at = |op: OpId| program.nodes().iter().find(|node| node.op == op);
    if let Some(vertex) = vertex_at(op) {
        return format!("vertex {}", vertex.id);
    }
    let Some(operation) = program.ops().get(op) else { return "the output".into() };
    if let Some(vertex) = operation.sources().into_iter().find_map(vertex_at) {
        return format!("the operation after vertex {}", vertex.id);
    }
    match program.nodes().iter().filter(|node| node.op > op).min_by_key(|node| node.op) {
        Some(vertex) => format!("the operation before vertex {}", vertex.id),
        None => format!("operation {op}"),
    }
}
