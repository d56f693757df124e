/// Most decimals of a number that is written out.
const MOST_DECIMALS: f64 = 12.0;

/// A number with so many significant digits, trailing zeros cut.
///
/// At least the whole part is written; beyond twelve decimals nothing is. What is not finite is written as Rust does.
///
/// ```
/// use archscale_text::significant;
/// assert_eq!(significant(0.123_456_789, 5), "0.12346");
/// assert_eq!(significant(1500.0, 3), "1500");
/// assert_eq!(significant(2.50, 5), "2.5");
/// ```
#[must_use]
pub fn significant(value: f64, digits: u32) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let decimals = (f64::from(digits) - 1.0 - value.abs().log10().floor()).clamp(0.0, MOST_DECIMALS) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// A number with so many decimals, as columns that are read downwards want it.
///
/// ```
/// assert_eq!(archscale_text::fixed(0.5, 3), "0.500");
/// ```
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}")
}

/// An estimate and its standard error with as many digits as the error bears (two of its own).
///
/// Without a positive finite error the estimate has five significant digits and stands alone.
///
/// ```
/// use archscale_text::with_error;
/// assert_eq!(with_error(0.123_456, 0.001_2), "0.1235 ± 0.0012");
/// assert_eq!(with_error(0.123_456, 0.0), "0.12346");
/// ```
#[must_use]
pub fn with_error(estimate: f64, error: f64) -> String {
    let rounds = estimate.is_finite() && error.is_finite() && error > 0.0;
    if !rounds {
        return significant(estimate, 5);
    }
    let decimals = (1.0 - error.log10().floor()).clamp(0.0, MOST_DECIMALS) as usize;
    format!("{estimate:.decimals$} ± {error:.decimals$}")
}
