use std::io::{ErrorKind, Write};

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;

use super::CliError;

/// Writes to standard output; a reader that has gone away (a closed pipe) is no error of ours.
///
/// # Errors
/// Whatever else keeps the text from being written whole, a full disk for instance.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    written(out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush()))
}

/// What came of writing to standard output.
pub(crate) fn written(outcome: std::io::Result<()>) -> Result<(), CliError> {
    match outcome {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::File {
            place: "standard output".into(),
            problem: format!("cannot be written: {error}; what is there is not whole"),
        }),
        _ => Ok(()),
    }
}

/// Writes pretty JSON to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| CliError::Usage(format!("the result is no JSON: {error}")))?;
    print(&text)
}

/// A table with this heading.
pub(crate) fn table(heading: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(heading.to_vec());
    table
}

/// Six significant digits, plain where that is short.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..9.0).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    let text = format!("{:.*}", (5.0 - magnitude).clamp(0.0, 9.0) as usize, value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// Warnings go to standard error, so that JSON on standard output stays whole.
pub(crate) fn warn(warnings: &[String]) {
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
}
