use serde::Serialize;
use sha2::{Digest, Sha256};

/// SHA-256 of the JSON of a value, in hexadecimal.
///
/// Fields are written in the order of their declaration, so a renamed or moved field changes the digest.
///
/// # Errors
/// A value that JSON cannot hold, such as a map whose keys are no texts.
///
/// ```
/// // `printf '[1,2]' | sha256sum` gives the same.
/// let digest = archscale_records::digest(&[1, 2])?;
/// assert!(digest.starts_with("49a64717") && digest.len() == 64, "{digest}");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn digest(of: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(archscale_text::hex(&Sha256::digest(serde_json::to_vec(of)?)))
}
