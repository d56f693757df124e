use super::{ClosedForm, leaky};

/// σ(z) = max(z, 0): the leaky ReLU of slope 0.
pub(super) static CLOSED_FORM: ClosedForm = ClosedForm {
    family: "relu",
    group: leaky::GROUP,
    group_parameter: |_| 0.0,
    moments: |_, variance| leaky::moments(0.0, variance),
    slope_pair: leaky::slope_pair,
};
