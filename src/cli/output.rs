//! Output as the screen can show it: prose, tables, numbers, JSON, messages.

use std::io::{ErrorKind, Write};

use archscale_text::Refusal;
use console::measure_text_width;
use serde::Serialize;

use super::CliError;
use super::plain::plain;
use super::table::Table;
use super::{progress, screen};

/// Writes prose and tables to standard output as the screen can show them: lines that are too long are broken at spaces.
///
/// # Errors
/// As [`print_unaltered`].
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let screen = screen::get();
    let text = if screen.ascii { plain(text) } else { text.into() };
    print_unaltered(&screen.width.map_or_else(|| text.clone(), |width| wrapped(&text, width)))
}

/// Writes text for another program to standard output; a reader that has gone away (a closed pipe) is no error of ours.
///
/// # Errors
/// Whatever else keeps the text from being written whole, a full disk for instance.
pub(crate) fn print_unaltered(text: &str) -> Result<(), CliError> {
    progress::end();
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    written(out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush()))
}

/// The outcome of writing to standard output; a closed pipe is no error.
pub(crate) fn written(outcome: std::io::Result<()>) -> Result<(), CliError> {
    match outcome {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Refusal::new("standard output", format!("not written whole ({error})"), "write to a place with room").into())
        }
        _ => Ok(()),
    }
}

/// Writes the end of the reading of arguments: help and version to standard output, complaints to standard error.
pub(crate) fn tell(message: &clap::Error) -> Result<(), CliError> {
    match (screen::get().ascii, message.use_stderr()) {
        (false, _) => written(message.print().and_then(|()| std::io::stdout().flush())),
        (true, false) => print_unaltered(&plain(&message.render().to_string())),
        (true, true) => {
            complain(message.render().to_string().trim_end());
            Ok(())
        }
    }
}

/// Writes pretty JSON to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| CliError::Usage(format!("the result is no JSON: {error}")))?;
    print_unaltered(&text)
}

/// The text with lines of at most `width` columns, broken at spaces and begun like the line that they go on; a longer word stays whole.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if measure_text_width(line.trim_end()) <= width {
            out.push_str(line);
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        out.push_str(indent);
        let mut column = measure_text_width(indent);
        let begin = column;
        for word in line.split_whitespace() {
            let length = measure_text_width(word);
            if column > begin && column + 1 + length > width {
                out.push('\n');
                out.push_str(indent);
                column = begin;
            }
            if column > begin {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        if line.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

/// A table with this heading.
pub(crate) fn table(heading: &[&str]) -> Table {
    Table::new(heading)
}

/// Digits of a whole number from which on it is shortened.
const LONG: usize = 16;

/// Letters of a fraction from which on the screen does not show it: rounded it would be no longer exact.
const LONG_FRACTION: usize = 12;

/// A whole number or a fraction as text. Unless `--wide` is given, a number of more than fifteen digits is shortened to three, and in
/// the place of a long fraction stands where to find it; JSON has both whole.
pub(crate) fn exact(text: &str) -> String {
    if screen::get().width.is_none() { text.into() } else { shortened(text) }
}

fn shortened(text: &str) -> String {
    if text.contains('/') {
        return if text.len() < LONG_FRACTION { text.into() } else { "(--json)".into() };
    }
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if digits.len() < LONG || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_string();
    }
    // Four digits are enough to round to three; the carry of 9995 makes a new one.
    let leading = (digits[..4].parse::<usize>().unwrap_or(0) + 5) / 10;
    let (leading, exponent) = if leading == 1000 { (100, digits.len()) } else { (leading, digits.len() - 1) };
    format!("{sign}{}.{:02}e{exponent}", leading / 100, leading % 100)
}

/// Six significant digits, plain where that is short.
pub(crate) fn number(value: f64) -> String {
    archscale_text::general(value, 6)
}

/// The same; a dash where there is none.
pub(crate) fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "—".into(), number)
}

/// Warnings go to standard error, so that JSON on standard output stays whole.
pub(crate) fn warn(warnings: &[String]) {
    for warning in warnings {
        complain(&format!("warning: {warning}"));
    }
}

/// A message on standard error; one that cannot be written has no better place to go.
pub(crate) fn complain(text: &str) {
    let text = if screen::get().ascii { plain(text) } else { text.into() };
    progress::aside(|| {
        let _ = writeln!(std::io::stderr(), "{text}");
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_at_spaces_and_keep_their_indent() {
        assert_eq!(wrapped("one two three\nfour", 8), "one two\nthree\nfour");
        assert_eq!(wrapped("  η² to the end\n", 10), "  η² to\n  the end\n");
        assert_eq!(wrapped("a /very/long/path b", 8), "a\n/very/long/path\nb");
        assert_eq!(wrapped("as it  is", 9), "as it  is");
    }

    #[test]
    fn long_integers_are_rounded_to_three_digits() {
        assert_eq!(shortened("123456789012345"), "123456789012345");
        assert_eq!(shortened("1234567890123456"), "1.23e15");
        assert_eq!(shortened("1235567890123456"), "1.24e15");
        assert_eq!(shortened("1230567890123456"), "1.23e15");
        assert_eq!(shortened("-9996000000000000"), "-1.00e16");
        assert_eq!(shortened("17/8"), "17/8");
        assert_eq!(shortened(&format!("1{}", "0".repeat(301))), "1.00e301");
        assert_eq!(shortened(&format!("1{}/3", "0".repeat(30))), "(--json)");
    }
}
