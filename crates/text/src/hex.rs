/// Bytes as lower-case hexadecimal digits, two for each.
///
/// ```
/// assert_eq!(archscale_text::hex(&[0, 10, 255]), "000aff");
/// ```
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
