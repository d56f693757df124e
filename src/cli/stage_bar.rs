//! What is shown while a run goes through stages of known lengths.

use std::sync::{Mutex, MutexGuard};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error for the stage that is under way; silent where that is no terminal.
pub(crate) struct StageBar {
    template: &'static str,
    bar: Mutex<ProgressBar>,
}

impl StageBar {
    /// `template` lays each stage's bar out, as [`ProgressStyle::with_template`] reads it.
    pub(crate) fn new(template: &'static str) -> Self {
        Self { template, bar: Mutex::new(ProgressBar::hidden()) }
    }

    pub(crate) fn finish(&self) {
        self.bar().finish_and_clear();
    }

    fn begin(&self, stage: &str, length: u64) {
        let style = ProgressStyle::with_template(self.template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let next = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr()).with_style(style);
        next.set_message(stage.to_string());
        let mut bar = self.bar();
        bar.finish_and_clear();
        *bar = next;
    }

    fn advance(&self, by: u64) {
        self.bar().inc(by);
    }

    fn bar(&self) -> MutexGuard<'_, ProgressBar> {
        // A poisoned lock only means that another thread stopped while drawing.
        self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl archscale_claims::Progress for StageBar {
    fn begin(&self, what: &str, networks: u64) {
        Self::begin(self, what, networks);
    }

    fn advance(&self, networks: u64) {
        Self::advance(self, networks);
    }
}

impl archscale_census::Progress for StageBar {
    fn begin(&self, stage: &str, steps: u64) {
        Self::begin(self, stage, steps);
    }

    fn advance(&self, steps: u64) {
        Self::advance(self, steps);
    }
}
