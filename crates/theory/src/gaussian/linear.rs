use super::{ClosedForm, leaky};

/// σ(z) = z: the leaky ReLU of slope 1.
pub(super) static CLOSED_FORM: ClosedForm = ClosedForm {
    family: "linear",
    group: leaky::GROUP,
    group_parameter: |_| 1.0,
    moments: |_, variance| leaky::moments(1.0, variance),
    slope_pair: leaky::slope_pair,
};
