//! The page on which everything is placed, in pixels, and its text.

/// Size of the page.
pub(crate) const WIDTH: f64 = 720.0;
pub(crate) const HEIGHT: f64 = 480.0;

/// Margins of the frame.
pub(crate) const LEFT: f64 = 84.0;
pub(crate) const RIGHT: f64 = 24.0;
pub(crate) const TOP: f64 = 48.0;
pub(crate) const BOTTOM: f64 = 64.0;

/// Text for XML: marks replaced, control characters (which XML forbids) left out.
pub(crate) fn escape(text: &str) -> String {
    let plain: String = text.chars().filter(|sign| !sign.is_control()).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
