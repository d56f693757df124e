//! Numbers of any size in output: doubles where they are doubles, else their decimal logarithms.

use archscale_model::Scaled;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::output;

/// One field of a JSON object: a number; null beside its `_log10` where it is beyond double precision; null where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    name: &'static str,
    value: Option<Scaled>,
}

impl Field {
    pub(crate) fn new(name: &'static str, value: Scaled) -> Self {
        Self { name, value: Some(value) }
    }

    /// A number that may be missing.
    pub(crate) fn maybe(name: &'static str, value: Option<Scaled>) -> Self {
        Self { name, value }
    }

    /// As text for a table.
    pub(crate) fn text(&self) -> String {
        self.value.map_or_else(|| "—".into(), text)
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, &self.value.and_then(Scaled::fit))?;
        if let Some(log10) = self.value.and_then(log10) {
            map.serialize_entry(&format!("{}_log10", self.name), &log10)?;
        }
        map.end()
    }
}

/// The decimal logarithm of a number that is no double.
pub(crate) fn log10(value: Scaled) -> Option<f64> {
    if value.fit().is_some() { None } else { Some(value.log10()) }
}

/// As text for a table, in six digits.
pub(crate) fn text(value: Scaled) -> String {
    value.fit().map_or_else(|| value.to_string(), output::number)
}
