//! The report as Markdown.

use std::fmt::Write as _;

use crate::{Estimate, GroupReport, LawReport, ScoreReport};

impl ScoreReport {
    /// Tables in Markdown: for each group the ceiling, every law's scores, and the leader against the others.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let percent = 100.0 * self.settings.level;
        for group in &self.groups {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "## {}\n", group.name);
            let _ = writeln!(text, "{}\n", heading(group, percent));
            if let Some(distinction) = &group.distinction {
                let _ = writeln!(text, "{}\n", distinction.sentence(group));
            }
            text += "| law | fitted | n | r | slope | rms | rms from base | held-out rms | small → large: rms (bias) |\n";
            text += "|---|---|---|---|---|---|---|---|---|\n";
            for law in &group.laws {
                let _ = writeln!(text, "{}", row(law, group.leader.as_deref()));
            }
            text.push('\n');
            notes(&mut text, group);
            comparisons(&mut text, group);
        }
        let _ = writeln!(
            text,
            "Intervals in brackets: {percent} %, studentised bootstrap over architectures, {} replicates, seed {}. Held \
             out: {} folds over architectures, {} repeats. rms: root mean square of ln measured − ln predicted.",
            self.settings.replicates, self.settings.seed, self.settings.folds, self.settings.repeats
        );
        laws(&mut text, &self.groups);
        text
    }
}

/// What each law says; each is meant up to one constant.
fn laws(text: &mut String, groups: &[GroupReport]) {
    let Some(group) = groups.first() else { return };
    *text += "\n## Laws\n\n| law | learning rate, up to a constant | meant where, or tried because |\n|---|---|---|\n";
    for law in &group.laws {
        let _ = writeln!(text, "| {} | {} | {} |", law.law, law.formula, law.hypotheses);
    }
}

impl GroupReport {
    /// What was measured, in a sentence or two: networks, architectures, seeds, the base.
    #[must_use]
    pub fn measured(&self) -> String {
        let seeds = match self.seeds {
            (1, 1) => "one seed each".into(),
            (low, high) if low == high => format!("{low} seeds each"),
            (low, high) => format!("{low} to {high} seeds each"),
        };
        let error = self.base.standard_error.map_or_else(|| "unknown".into(), |error| format!("{error:.3}"));
        format!(
            "{} networks of {} architectures, {seeds}. Base: {}{} (standard error of its log-rate: {error}).",
            self.networks,
            self.architectures,
            self.base.architectures.join(", "),
            if self.base.declared { "" } else { ", the smallest, as none is declared" },
        )
    }
}

fn heading(group: &GroupReport, percent: f64) -> String {
    let ceiling = match &group.ceiling {
        Some(found) => format!(
            "A perfect law would score r = {} and rms {:.3}, given the noise between seeds (standard deviation {:.3})",
            estimate(&found.correlation),
            found.rms,
            found.seed_variance.sqrt()
        ),
        None => "No noise ceiling is known: it needs architectures with two or more seeds each".into(),
    };
    let one_rate = group.one_rate.map_or_else(String::new, |found| {
        let base = found.base_rms.map_or_else(String::new, |from| format!(", {} from the base", estimate(&from)));
        format!(" One rate for all would score rms {}{base}.", estimate(&found.rms))
    });
    format!("{} {ceiling}.{one_rate} Level {percent} %.", group.measured())
}

fn estimate(found: &Estimate) -> String {
    match found.interval {
        Some((low, high)) => format!("{:.3} [{low:.3}, {high:.3}]", found.value),
        None => format!("{:.3}", found.value),
    }
}

fn row(law: &LawReport, leader: Option<&str>) -> String {
    let mark = if leader == Some(law.law.as_str()) { "**" } else { "" };
    let name = format!("{mark}{}{mark}", law.law);
    let none = || "—".to_string();
    let (mut n, mut r, mut slope, mut rms, mut base, mut fitted) = (none(), none(), none(), none(), none(), none());
    if let Some(score) = &law.score {
        n = score.networks.to_string();
        (r, slope, rms) = (estimate(&score.correlation), estimate(&score.slope), estimate(&score.rms));
        base = score.base_rms.as_ref().map_or_else(none, estimate);
        let pairs = law.parameters.iter().zip(&score.theta);
        fitted = pairs.map(|(name, value)| format!("{name} = {value:.3}")).collect::<Vec<_>>().join(", ");
        if fitted.is_empty() {
            fitted = "—".into();
        }
    }
    let held_out = law.held_out.as_ref().map_or_else(none, |found| estimate(&found.rms));
    let transfer =
        law.transfer.as_ref().map_or_else(none, |found| format!("{} ({})", estimate(&found.rms), estimate(&found.bias)));
    format!("| {name} | {fitted} | {n} | {r} | {slope} | {rms} | {base} | {held_out} | {transfer} |")
}

/// Why something is absent from the table.
fn notes(text: &mut String, group: &GroupReport) {
    let mut any = false;
    for law in &group.laws {
        if let Some(first) = law.missing.first() {
            any = true;
            let _ = writeln!(
                text,
                "- {}: no prediction for {} of {} networks, such as {} ({})",
                law.law,
                law.missing.len(),
                group.networks,
                first.architecture,
                first.reason
            );
        }
        for reason in &law.reasons {
            any = true;
            let _ = writeln!(text, "- {}, {reason}", law.law);
        }
    }
    if any {
        text.push('\n');
    }
}

fn comparisons(text: &mut String, group: &GroupReport) {
    let Some(leader) = group.leader.as_ref().filter(|_| !group.comparisons.is_empty()) else { return };
    let _ = writeln!(text, "| {leader} minus | n | r | rms | held-out rms |\n|---|---|---|---|---|");
    for against in &group.comparisons {
        let of = &against.scores;
        let held_out = against.held_out.as_ref().map_or_else(|| "—".into(), estimate);
        let (r, rms) = (estimate(&of.correlation), estimate(&of.rms));
        let _ = writeln!(text, "| {} | {} | {r} | {rms} | {held_out} |", of.second, of.networks);
    }
    text.push('\n');
}
