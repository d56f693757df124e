/// The first field in which the run that a file names differs from the one that is wanted, in words; `None` where none does.
///
/// ```
/// use archscale_records::difference;
/// let fields = |seed: u64| vec![("effort", "quick".to_string()), ("seed", seed.to_string())];
/// assert_eq!(difference(fields(0), fields(7)).as_deref(), Some("seed 0 there, 7 here"));
/// assert_eq!(difference(fields(7), fields(7)), None);
/// ```
#[must_use]
pub fn difference(found: Vec<(&str, String)>, wanted: Vec<(&str, String)>) -> Option<String> {
    let ((name, there), (_, here)) = found.into_iter().zip(wanted).find(|(there, here)| there != here)?;
    Some(format!("{name} {there} there, {here} here"))
}
