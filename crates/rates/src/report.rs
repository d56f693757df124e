use std::fmt::Write as _;
use std::path::Path;

use archscale_files::Outputs;
use serde::Serialize;

use crate::quantity::{rates, stem_inputs};
use crate::training_data::SampleCache;
use crate::{
    Anchor, Choice, Estimate, EvaluationSet, Folder, GroupReport, LawReport, MeasuredGroup, Measurement, ParametricLaw,
    Quantity, RatesError, ScoreReport, ScoreSettings,
};

/// A measured network that gives no rate to score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unusable {
    /// Its group.
    pub group: String,
    /// Its architecture.
    pub architecture: String,
    /// Why.
    pub reason: String,
}

/// The figures of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFigures {
    /// The group.
    pub group: String,
    /// Name of each file and its SVG text.
    pub files: Vec<(String, String)>,
}

/// Every law's score on the records of a folder.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The suite.
    pub suite: String,
    /// The rate that is scored; none for measurements from elsewhere.
    pub quantity: Option<Quantity>,
    /// Networks of the suite group by group, and those that were measured.
    pub networks: (usize, usize),
    /// The same, networks that several groups name counted once.
    pub distinct_networks: (usize, usize),
    /// Groups on which no law has a score, and why.
    pub silent: Vec<(String, String)>,
    /// Networks that were measured but give no rate in any seed.
    pub unusable: Vec<Unusable>,
    /// Seeds of scored networks whose rate is not known, and all their seeds.
    pub lost_seeds: (usize, usize),
    /// Every law's score on every group.
    pub scores: ScoreReport,
    #[serde(skip)]
    about: String,
    #[serde(skip)]
    figures: Vec<GroupFigures>,
    #[serde(skip)]
    measurements: Vec<Measurement>,
}

impl Report {
    /// Scores every law on every group with enough networks.
    ///
    /// `progress` is told, from any thread, how many pieces of the work are done and how many there are.
    ///
    /// # Errors
    /// ScoreSettings out of their domain, and a folder without any usable record.
    pub fn new(
        folder: &Folder,
        quantity: Quantity,
        settings: ScoreSettings,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, RatesError> {
        let (mut measurements, mut unusable, mut lost_seeds) = (Vec::new(), Vec::new(), (0, 0));
        let (mut measured, mut cache) = (0, SampleCache::default());
        for job in folder.jobs() {
            let Some(record) = folder.record(job) else { continue };
            measured += 1;
            match rates(job, record, quantity, stem_inputs(job, record, &mut cache)?) {
                Ok(found) => {
                    lost_seeds.0 += record.found.seeds.len() - found.log_rates.len();
                    lost_seeds.1 += record.found.seeds.len();
                    measurements.push(found);
                }
                Err(reason) => {
                    unusable.push(Unusable {
                        group: job.group.clone(),
                        architecture: job.spec.architecture().into(),
                        reason,
                    });
                }
            }
        }
        if measurements.is_empty() {
            let problem = match unusable.first() {
                None => "no network of its suite is measured yet; `maxlr run SUITE --out FOLDER` goes on where it ended"
                    .to_string(),
                Some(one) => format!("no measured network gives a rate; the first is {}: {}", one.architecture, one.reason),
            };
            return Err(RatesError::file(folder.path(), problem));
        }
        let about = folder.suite().about.clone();
        let extent = folder.extent(&Choice::ALL);
        let found = Self::of_measurements(folder.suite().name.clone(), measurements, settings, progress)?;
        Ok(Self {
            about,
            quantity: Some(quantity),
            networks: (folder.jobs().len(), measured),
            distinct_networks: (extent.networks, extent.measured),
            unusable,
            lost_seeds,
            ..found
        })
    }

    /// Scores laws on measurements from elsewhere, for instance of networks that another program trained.
    ///
    /// # Errors
    /// ScoreSettings out of their domain, and measurements that cannot be used.
    pub fn of_measurements(
        name: String,
        measurements: Vec<Measurement>,
        settings: ScoreSettings,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, RatesError> {
        let set = EvaluationSet::new(measurements.clone(), settings)?;
        let scores = set.report_with(&ParametricLaw::all(), progress);
        let (mut figures, mut silent) = (Vec::new(), Vec::new());
        for group in &scores.groups {
            let files = draw(set.group(&group.name)?, group)?;
            if files.is_empty() {
                let reason = group.laws.iter().find_map(|law| law.reasons.first()).cloned().unwrap_or_default();
                silent.push((group.name.clone(), reason));
            } else {
                figures.push(GroupFigures { group: group.name.clone(), files });
            }
        }
        Ok(Self {
            suite: name,
            quantity: None,
            networks: (measurements.len(), measurements.len()),
            distinct_networks: (measurements.len(), measurements.len()),
            silent,
            unusable: Vec::new(),
            lost_seeds: (0, 0),
            scores,
            about: String::new(),
            figures,
            measurements,
        })
    }

    /// What was scored and what was left out.
    #[must_use]
    pub fn heading(&self) -> String {
        let mut text = format!("# Maximal learning rates: {}\n\n", self.suite);
        if !self.about.is_empty() {
            let _ = writeln!(text, "{}\n", self.about);
        }
        let (all, measured) = self.distinct_networks;
        let scored = self.quantity.map_or("the measurements as they were given", Quantity::label);
        let shared = match self.networks.1 {
            places if places > measured => format!("; those that several groups name are scored in each, {places} in all"),
            _ => String::new(),
        };
        let _ = writeln!(text, "Scored: {scored}. {measured} of {all} networks are measured{shared}.");
        if self.lost_seeds.0 > 0 {
            let _ = writeln!(
                text,
                "In {} of {} searches no rate was found (none held, or the best lay at an end of the grid); those seeds are \
                 left out.",
                self.lost_seeds.0, self.lost_seeds.1
            );
        }
        for one in &self.unusable {
            let _ = writeln!(text, "- {} in {} is left out: {}", one.architecture, one.group, one.reason);
        }
        for (group, reason) in &self.silent {
            let _ = writeln!(text, "- no law could be scored on {group}: {reason}");
        }
        text
    }

    /// Tables of all groups in Markdown, with the figures by name.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = self.heading() + "\n";
        text += &self.scores.markdown();
        for group in &self.figures {
            for (name, _) in &group.files {
                let _ = writeln!(text, "\n![{name}]({name})");
            }
        }
        text
    }

    /// The figures by group.
    #[must_use]
    pub fn figures(&self) -> &[GroupFigures] {
        &self.figures
    }

    /// The files of a report in a folder, to be opened before the work: `subject` is the suite, or the file of measurements.
    ///
    /// # Errors
    /// A folder that cannot be written, and files in it that no report on this subject left there as they are.
    pub fn outputs(path: &Path, subject: &str, quantity: Option<Quantity>) -> Result<Outputs, RatesError> {
        let scored = quantity.map_or_else(String::new, |quantity| format!(", {}", quantity.label()));
        Ok(Outputs::open(path, "archscale maxlr report", &format!("{subject}{scored}"), &[PAGE, JSON, MEASUREMENTS])?)
    }

    /// Writes report.md, report.json, measurements.jsonl and the figures.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, into: Outputs) -> Result<(), RatesError> {
        let json = serde_json::to_string_pretty(self)? + "\n";
        let lines = Measurement::to_lines(&self.measurements)?;
        let pages = [(PAGE, self.markdown()), (JSON, json), (MEASUREMENTS, lines)];
        let figures = self.figures.iter().flat_map(|group| &group.files).map(|(name, text)| (name.as_str(), text));
        for (name, text) in pages.iter().map(|(name, text)| (*name, text)).chain(figures) {
            into.write(name, |out| out.write_all(text.as_bytes()))?;
        }
        into.finish()?;
        Ok(())
    }
}

/// Names of the files of a report without its figures.
const PAGE: &str = "report.md";
const JSON: &str = "report.json";
const MEASUREMENTS: &str = "measurements.jsonl";

/// The paper's law, the recommended one and the leader, each with its scores above the points.
fn draw(measured: &MeasuredGroup, group: &GroupReport) -> Result<Vec<(String, String)>, RatesError> {
    let recommended = group.distinction.as_ref().map(|found| found.law.as_str());
    let mut shown: Vec<&str> = vec!["paper"];
    for id in recommended.into_iter().chain(group.leader.as_deref()) {
        if !shown.contains(&id) {
            shown.push(id);
        }
    }
    let anchor = if group.base.declared { Anchor::Base } else { Anchor::Fitted };
    let mut files = Vec::new();
    for id in shown {
        let Some(found) = scored(group, id) else { continue };
        let Some(score) = &found.score else { continue };
        let mut figure = EvaluationSet::figure_of(std::iter::once(measured), &ParametricLaw::find(id)?, anchor)?;
        let ceiling =
            score.ceiling.map_or_else(String::new, |ceiling| format!(" (ceiling {:.2})", ceiling.correlation.value));
        figure.title = format!(
            "{}, law {id}: r {}{ceiling}, slope {}, rms {}",
            group.name,
            estimate(&score.correlation),
            estimate(&score.slope),
            estimate(&score.rms)
        );
        files.push((format!("{}-{id}.svg", file_name(&group.name)), figure.svg()));
    }
    Ok(files)
}

fn scored<'a>(group: &'a GroupReport, id: &str) -> Option<&'a LawReport> {
    group.laws.iter().find(|law| law.law == id && law.score.is_some())
}

fn estimate(of: &Estimate) -> String {
    match of.interval {
        Some((low, high)) => format!("{:.2} [{low:.2}, {high:.2}]", of.value),
        None => format!("{:.2}", of.value),
    }
}

/// Letters, digits and hyphens.
fn file_name(group: &str) -> String {
    group.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect()
}
