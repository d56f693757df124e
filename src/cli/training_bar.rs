//! What is shown while networks are trained one after another.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use archscale_train::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for the training under way on a terminal; elsewhere a line at the start and from time to time.
pub(crate) struct TrainingBar {
    bar: ProgressBar,
    begun: Instant,
    /// Where standard error is no terminal, when the next line of the log is due.
    due: Option<Cell<Instant>>,
}

/// Between two lines of a log.
const PAUSE: Duration = Duration::from_secs(20);

impl TrainingBar {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} {bar:24} {pos}/{len} steps")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style);
        let begun = Instant::now();
        Self { bar, begun, due: (!std::io::stderr().is_terminal()).then(|| Cell::new(begun)) }
    }

    /// Shows the training of `what`, with its number, from 1, and how many there are.
    pub(crate) fn update(&self, (number, count): (usize, usize), what: &str, training: Progress) {
        let text = format!("[{number}/{count}] {what}");
        let now = Instant::now();
        if let Some(due) = self.due.as_ref().filter(|due| due.get() <= now) {
            eprintln!("{text}, {} s since the start", (now - self.begun).as_secs());
            due.set(now + PAUSE);
        }
        self.bar.set_length(training.steps);
        self.bar.set_position(training.step);
        self.bar.set_message(text);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
