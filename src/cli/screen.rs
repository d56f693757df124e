//! Width and letters of the place where the output appears.

use std::sync::OnceLock;

use console::Term;

/// Width of what goes to a file or a pipe, and of a terminal that does not tell its own.
const WIDTH: usize = 80;

/// Narrower terminals than this are written to as if they were this wide.
const LEAST_WIDTH: usize = 40;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// Columns of text; `None` under `--wide`, where nothing is shortened, left out or wrapped.
    pub(crate) width: Option<usize>,
    /// True where only ASCII can be shown.
    pub(crate) ascii: bool,
}

static SCREEN: OnceLock<Screen> = OnceLock::new();

/// Says once, before anything is printed, whether the user asked for `--wide`.
pub(crate) fn set(wide: bool) {
    SCREEN.get_or_init(|| Screen::found(wide));
}

pub(crate) fn get() -> Screen {
    *SCREEN.get_or_init(|| Screen::found(false))
}

impl Screen {
    fn found(wide: bool) -> Self {
        Self { width: (!wide).then(width), ascii: dumb() || ascii_locale(|name| std::env::var(name).ok()) }
    }
}

/// The terminal's width; off a terminal what COLUMNS says.
fn width() -> usize {
    let term = Term::stdout();
    let of_terminal = term.is_term().then(|| term.size_checked()).flatten().map(|(_, columns)| usize::from(columns));
    let told = || std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    of_terminal.or_else(told).filter(|&columns| columns > 0).unwrap_or(WIDTH).max(LEAST_WIDTH)
}

/// Wider lines than this are hard to read.
const WIDEST_HELP: usize = 110;

/// Columns of a help text: those of the screen, up to [`WIDEST_HELP`].
pub(crate) fn help_width() -> usize {
    width().min(WIDEST_HELP)
}

/// True for a terminal that can neither move its cursor nor be trusted with more than ASCII.
pub(crate) fn dumb() -> bool {
    std::env::var("TERM").is_ok_and(|term| term == "dumb")
}

/// True for a locale that knows ASCII only. The first variable that is set decides; none at all says nothing.
fn ascii_locale(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|locale| !locale.is_empty())
        .is_some_and(|locale| locale == "C" || locale == "POSIX")
}

#[cfg(test)]
mod tests {
    use super::ascii_locale;

    #[test]
    fn the_first_variable_that_is_set_names_the_locale() {
        let of = |set: &[(&str, &str)]| {
            ascii_locale(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_string()))
        };
        assert!(of(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
        assert!(of(&[("LC_ALL", ""), ("LC_CTYPE", "POSIX")]));
        assert!(!of(&[("LC_ALL", "C.UTF-8"), ("LANG", "C")]));
        assert!(!of(&[("LC_CTYPE", "de_DE.UTF-8"), ("LANG", "C")]));
        assert!(!of(&[]));
    }
}
