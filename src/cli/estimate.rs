//! Simulated means with their standard errors.

use archscale_stats::Moments;
use archscale_text::with_error;
use serde::Serialize;

use super::output;

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Estimate {
    /// Null where nothing can be averaged; the report says why.
    pub(crate) mean: Option<f64>,
    /// Null for a single network.
    standard_error: Option<f64>,
}

impl From<&Moments> for Estimate {
    fn from(moments: &Moments) -> Self {
        Self { mean: finite(moments.mean()), standard_error: finite(moments.standard_error()) }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Estimate {
    /// The mean with as many digits as the standard error bears, two of its own.
    pub(crate) fn text(self) -> String {
        let Some(mean) = self.mean else { return "—".into() };
        let Some(error) = self.standard_error else { return format!("{} ± unknown", output::number(mean)) };
        if error == 0.0 {
            return format!("{} ± 0", output::number(mean));
        }
        with_error(mean, error)
    }
}
