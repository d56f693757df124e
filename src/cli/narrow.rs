//! A terminal for the progress line that leaves room for the `^C` which terminals echo.

use std::io;

use console::Term;
use indicatif::TermLike;

/// Columns that are left free: `^C` goes there and not onto a line of its own, which would keep the progress line from
/// being cleared.
const FREE: u16 = 3;

/// A terminal that says it is narrower than it is.
#[derive(Debug)]
pub(crate) struct Narrow(Term);

impl Narrow {
    pub(crate) fn stderr() -> Self {
        Self(Term::stderr())
    }
}

/// A width with [`FREE`] columns fewer, and at least one.
fn narrowed(width: u16) -> u16 {
    width.saturating_sub(FREE).max(1)
}

impl TermLike for Narrow {
    fn width(&self) -> u16 {
        narrowed(self.0.size().1)
    }

    fn height(&self) -> u16 {
        self.0.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
