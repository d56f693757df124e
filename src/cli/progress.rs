//! The line on standard error while a command works: one for all it has to do, the same for every command.
//!
//! On a terminal the line appears once the work takes noticeable time, is clipped to the width, and is gone before anything else is
//! written. Elsewhere there is a line from time to time. A command that counts its work shows a bar and the time left; any other shows the
//! time since its start.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::narrow::Narrow;
use super::plain::plain;
use super::screen;

/// On a terminal: before the first drawing, so that quick commands show nothing, and between two.
const DELAY: Duration = Duration::from_millis(700);
const TICK: Duration = Duration::from_millis(150);

/// Between two lines of a log.
const PAUSE: Duration = Duration::from_secs(20);

static SHOWN: Mutex<Option<Shown>> = Mutex::new(None);

struct Shown {
    work: Work,
    /// Absent off a terminal.
    bar: Option<ProgressBar>,
}

/// Begins to show that a command is at work; `what` it does stands in the line as long as nothing is counted.
pub(crate) fn start(what: &'static str) {
    let terminal = std::io::stderr().is_terminal() && !screen::dumb();
    let target = || ProgressDrawTarget::term_like(Box::new(Narrow::stderr()));
    let bar = terminal.then(|| ProgressBar::with_draw_target(Some(0), target()).with_style(style("")));
    *shown() = Some(Shown { work: Work::new(what, Instant::now()), bar });
    let (first, next) = if terminal { (DELAY, TICK) } else { (PAUSE, PAUSE) };
    std::thread::spawn(move || {
        let mut pause = first;
        loop {
            std::thread::sleep(pause);
            let Some(shown) = &*shown() else { return };
            shown.draw();
            pause = next;
        }
    });
}

/// Ends it, and clears the line.
pub(crate) fn end() {
    if let Some(Shown { bar: Some(bar), .. }) = shown().take() {
        bar.finish_and_clear();
    }
}

/// Writes to standard error beside the line.
pub(crate) fn aside(write: impl FnOnce()) {
    match &*shown() {
        Some(Shown { bar: Some(bar), .. }) => bar.suspend(write),
        _ => write(),
    }
}

/// Says that `done` of `count` units of the whole work are done.
pub(crate) fn whole(units: &str, done: u64, count: u64) {
    tell(|work| work.whole(units, done, count, Instant::now()));
}

/// Says that that many more units of the whole are done.
pub(crate) fn advance(by: u64) {
    tell(|work| {
        if let Some(whole) = &mut work.whole {
            whole.done += by;
        }
    });
}

/// Says what is under way within the whole, and how far it is: `done` of `length` parts of it, of none where they are not counted.
pub(crate) fn stage(what: &str, done: u64, length: u64) {
    tell(|work| work.stage = Some(Stage { what: what.into(), done, length }));
}

/// Says how far a training is, with its number among all, from 1, and theirs.
pub(crate) fn training(units: &str, (number, count): (usize, usize), what: &str, at: archscale_train::TrainingProgress) {
    whole(units, number.saturating_sub(1) as u64, count as u64);
    stage(what, at.step, at.steps);
}

/// Tells the line what claims tell.
pub(crate) struct Teller;

/// Tells the line what a command tells whose stages are all there is to count.
pub(crate) struct StageTeller;

impl archscale_text::Progress for Teller {
    fn whole(&self, units: &str, done: u64, count: u64, next: &str) {
        whole(units, done, count);
        tell(|work| {
            work.item = next.into();
            work.stage = None;
        });
    }

    fn begin(&self, what: &str, networks: u64) {
        stage(what, 0, networks);
    }

    fn advance(&self, networks: u64) {
        tell(|work| {
            if let Some(stage) = &mut work.stage {
                stage.done += networks;
            }
        });
    }
}

impl archscale_text::Progress for StageTeller {
    fn begin(&self, stage: &str, steps: u64) {
        whole(stage, 0, steps);
    }

    fn advance(&self, steps: u64) {
        advance(steps);
    }
}

fn shown() -> MutexGuard<'static, Option<Shown>> {
    // A poisoned lock only means that another thread stopped while drawing.
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell(what: impl FnOnce(&mut Work)) {
    if let Some(shown) = &mut *shown() {
        what(&mut shown.work);
    }
}

fn style(bar: &str) -> ProgressStyle {
    let template = format!("{{spinner}} {bar}{{wide_msg}}");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.tick_chars("-\\|/ ").progress_chars("=> ")
}

impl Shown {
    fn draw(&self) {
        let text = self.work.text(Instant::now());
        let text = if screen::get().ascii { plain(&text) } else { text };
        let Some(bar) = &self.bar else {
            // A log that cannot be written has no better place to go.
            let _ = writeln!(std::io::stderr(), "{text}");
            return;
        };
        if let Some(whole) = &self.work.whole {
            if bar.length() != Some(whole.count) {
                bar.set_style(style("[{bar:20}] "));
                bar.set_length(whole.count);
            }
            bar.set_position(whole.done.min(whole.count));
        }
        bar.set_message(text);
        bar.tick();
    }
}

/// Progress of a command.
struct Work {
    what: &'static str,
    begun: Instant,
    whole: Option<Whole>,
    /// The unit of the whole that is under way, where it has a name.
    item: String,
    stage: Option<Stage>,
}

struct Whole {
    units: String,
    done: u64,
    count: u64,
    /// Units that were done when counting began, by an earlier run for instance, and that time.
    from: (u64, Instant),
}

struct Stage {
    what: String,
    done: u64,
    length: u64,
}

impl Work {
    fn new(what: &'static str, begun: Instant) -> Self {
        Self { what, begun, whole: None, item: String::new(), stage: None }
    }

    fn whole(&mut self, units: &str, done: u64, count: u64, now: Instant) {
        match &mut self.whole {
            Some(whole) if whole.units == units && whole.count == count => whole.done = done,
            _ => self.whole = Some(Whole { units: units.into(), done, count, from: (done, now) }),
        }
    }

    fn text(&self, now: Instant) -> String {
        let elapsed = duration(now - self.begun);
        let mut text = match &self.whole {
            None => format!("{}, {elapsed}", self.what),
            Some(whole) => {
                let done = whole.done.min(whole.count);
                let time = whole.left(now).map_or(elapsed, |left| format!("about {} left", duration(left)));
                format!("{done} of {} {} done, {time}", whole.count, whole.units)
            }
        };
        if !self.item.is_empty() && !self.stage.as_ref().is_some_and(|stage| stage.what.starts_with(&self.item)) {
            text.push_str(&format!("; {}", self.item));
        }
        if let Some(Stage { what, done, length }) = &self.stage {
            text.push_str(&format!("; {what}"));
            if let Some(percent) = (100 * done.min(length)).checked_div(*length) {
                text.push_str(&format!(" {percent} %"));
            }
        }
        text
    }
}

impl Whole {
    /// Time left if the rest goes as fast as what was done since counting began; unknown before anything is.
    fn left(&self, now: Instant) -> Option<Duration> {
        let since = self.done.checked_sub(self.from.0).filter(|&done| done > 0)?;
        let rest = self.count.saturating_sub(self.done) as f64;
        Some((now - self.from.1).mul_f64(rest / since as f64))
    }
}

/// A time to two units at most.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ ..3600 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_the_whole_the_time_left_and_the_stage() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let mut work = Work::new("training", begun);
        assert_eq!(work.text(after(3)), "training, 3 s");
        work.whole("claims", 4, 20, after(10));
        assert_eq!(work.text(after(12)), "4 of 20 claims done, 12 s");
        work.whole("claims", 6, 20, after(70));
        work.item = "dag-paths".into();
        work.stage = Some(Stage { what: "complete:4, pilot".into(), done: 45, length: 100 });
        // Two took a minute, so fourteen take seven.
        assert_eq!(work.text(after(70)), "6 of 20 claims done, about 7 min left; dag-paths; complete:4, pilot 45 %");
        work.stage = Some(Stage { what: "dag-paths, search".into(), done: 0, length: 0 });
        assert_eq!(work.text(after(70)), "6 of 20 claims done, about 7 min left; dag-paths, search");
        work.stage = Some(Stage { what: "exact search".into(), done: 0, length: 0 });
        assert_eq!(work.text(after(70)), "6 of 20 claims done, about 7 min left; dag-paths; exact search");
    }

    #[test]
    fn nothing_goes_beyond_its_end() {
        let begun = Instant::now();
        let mut work = Work::new("", begun);
        work.whole("networks", 0, 10, begun);
        work.whole("networks", 12, 10, begun);
        work.stage = Some(Stage { what: "main".into(), done: 89921, length: 73537 });
        assert_eq!(work.text(begun), "10 of 10 networks done, about 0 s left; main 100 %");
    }

    #[test]
    fn times_are_told_in_the_largest_units() {
        let tell = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(
            [tell(59), tell(60), tell(61), tell(3599), tell(8000)],
            ["59 s", "1 min", "2 min", "60 min", "2 h 13 min"]
        );
    }
}
