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

/// Decimal orders of magnitude that are written out, from the first up to and without the second; others as a power of ten.
const PLAIN: std::ops::Range<f64> = -4.0..9.0;

/// A number with so many significant digits (at least one), written out where that is short, else as a power of ten: C's `%g`.
///
/// ```
/// use archscale_text::general;
/// assert_eq!(general(0.000_123_45, 6), "0.00012345");
/// assert_eq!(general(123_456_789_012.0, 6), "1.23457e11");
/// assert_eq!(general(-0.0, 6), "0");
/// ```
#[must_use]
pub fn general(value: f64, digits: u32) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() || PLAIN.contains(&value.abs().log10().floor()) {
        return significant(value, digits);
    }
    format!("{value:.*e}", digits.saturating_sub(1) as usize)
}

/// An estimate and its standard error with as many digits as the error bears (two of its own).
///
/// Where the larger of the two is below 10⁻⁴, or 10⁹ and more, both are powers of ten. Without a positive finite error the
/// estimate has five significant digits and stands alone.
///
/// ```
/// use archscale_text::with_error;
/// assert_eq!(with_error(0.123_456, 0.001_2), "0.1235 ± 0.0012");
/// assert_eq!(with_error(0.123_456, 0.0), "0.12346");
/// assert_eq!(with_error(1.234_56e-7, 1.2e-9), "1.235e-7 ± 1.2e-9");
/// ```
#[must_use]
pub fn with_error(estimate: f64, error: f64) -> String {
    let rounds = estimate.is_finite() && error.is_finite() && error > 0.0;
    if !rounds {
        return significant(estimate, 5);
    }
    let of_error = error.log10().floor();
    let leading = estimate.abs().log10().floor().max(of_error);
    if PLAIN.contains(&leading) {
        let decimals = (1.0 - of_error).clamp(0.0, MOST_DECIMALS) as usize;
        return format!("{estimate:.decimals$} ± {error:.decimals$}");
    }
    let digits = (leading - of_error + 1.0).clamp(1.0, MOST_DECIMALS) as usize;
    format!("{estimate:.digits$e} ± {error:.1e}")
}
