use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use archscale_files::{FileError, replace};
use archscale_records::{Contents, LineFile, Reader, difference};
use serde::{Deserialize, Serialize};

use super::{Results, figures, latex, markdown};
use crate::{Claim, ClaimError, Context, Finding};

/// Names the layout of the file of findings.
const FORMAT: &str = "archscale findings 2";

/// The findings so far, while a run goes on: a line for the [`Run`], then one for each claim that is judged.
const PROGRESS: &str = "progress.jsonl";

/// The results, written last.
const RESULTS: &str = "results.json";

/// Stands with the digest in every other file of a report.
pub(super) const MARK: &str = "Digest of results.json:";

/// All that the findings of a run depend on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    format: String,
    program_version: String,
    /// The commit of the program, if it is known: findings of another one are made anew.
    program_commit: Option<String>,
    claims: Vec<String>,
    effort: String,
    seed: u64,
    device: String,
    precision: String,
}

impl Run {
    /// The run of these claims by this version of the program, built from this commit.
    #[must_use]
    pub fn new(claims: &[&Claim], context: &Context<'_>, commit: Option<&str>) -> Self {
        Self {
            format: FORMAT.into(),
            program_version: env!("CARGO_PKG_VERSION").into(),
            program_commit: commit.map(String::from),
            claims: claims.iter().map(|claim| claim.id.into()).collect(),
            effort: context.effort.name().into(),
            seed: context.seed,
            device: context.device.to_string(),
            precision: context.precision.to_string(),
        }
    }

    fn fields(&self) -> Vec<(&str, String)> {
        vec![
            ("program version", self.program_version.clone()),
            ("commit", self.program_commit.clone().unwrap_or_else(|| "unknown".into())),
            ("effort", self.effort.clone()),
            ("seed", self.seed.to_string()),
            ("device", self.device.clone()),
            ("precision", self.precision.clone()),
            ("claims", self.claims.join(", ")),
        ]
    }

    /// Whether these are results of this run; the order of the claims does not matter.
    fn made(&self, results: &Results) -> bool {
        let judged = results.claims.iter().map(|claim| claim.id.as_str());
        let mut found: Vec<&str> = judged.chain(results.skipped.iter().map(|claim| claim.id.as_str())).collect();
        let mut wanted: Vec<&str> = self.claims.iter().map(String::as_str).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        let Self { program_version, effort, seed, device, precision, .. } = self;
        found == wanted
            && (program_version, effort, seed) == (&results.program_version, &results.effort, &results.seed)
            && (device, precision) == (&results.device, &results.precision)
            && results.computed_digest().is_ok_and(|digest| digest == results.digest)
    }
}

/// The finding on one claim, as it is kept while a run goes on.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    claim: String,
    finding: Finding,
}

/// The folder of a run: it holds the findings while the run goes on, and then the report.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Whether it was made for this run.
    made: bool,
    progress: LineFile,
    findings: BTreeMap<String, Finding>,
}

impl RunFolder {
    /// Opens a folder for a run, or makes it. Findings of the same run that was stopped are taken over, and a report of the
    /// same run will be replaced; nothing in it is changed before that.
    ///
    /// # Errors
    /// A folder that cannot be written or that another run is writing; a file under one of the report's names that is not of
    /// this run.
    pub fn open(path: &Path, run: &Run) -> Result<Self, ClaimError> {
        let made = !path.exists();
        let made_folder = std::fs::create_dir_all(path);
        made_folder.map_err(|error| FileError::new(path, format!("cannot be written: {error}")))?;
        let opened = Self::open_there(path, made, run);
        if opened.is_err() && made {
            // Empty, else it stays.
            let _ = std::fs::remove_dir(path);
        }
        opened
    }

    fn open_there(path: &Path, made: bool, run: &Run) -> Result<Self, ClaimError> {
        let place = path.join(PROGRESS);
        let there = LineFile::open(&place)?;
        let findings = match &there {
            Some((_, contents)) => kept(&place, contents, run)?,
            None => None,
        };
        check_own(path, run, findings.is_some())?;
        let (mut progress, _) = there.map_or_else(|| LineFile::create(&place), Ok)?;
        match findings {
            Some(_) => progress.repair()?,
            None => progress.begin(&serde_json::to_string(run)?)?,
        }
        let findings = findings.unwrap_or_default();
        Ok(Self { path: path.into(), made, progress, findings })
    }

    /// Number of claims that are judged already.
    #[must_use]
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether no claim is judged yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The finding on a claim, if it is judged already.
    pub(crate) fn finding(&self, claim: &str) -> Option<&Finding> {
        self.findings.get(claim)
    }

    /// Writes the finding on a claim down.
    pub(crate) fn keep(&mut self, claim: &str, finding: &Finding) -> Result<(), ClaimError> {
        self.progress.append(&serde_json::to_string(&Line { claim: claim.into(), finding: finding.clone() })?)?;
        self.findings.insert(claim.into(), finding.clone());
        Ok(())
    }

    /// Leaves no trace of a run that failed before it had judged a claim.
    pub fn give_up(self) {
        if self.is_empty() {
            self.progress.remove();
            if self.made {
                let _ = std::fs::remove_dir(&self.path);
            }
        }
    }

    /// Writes the report, each file whole, and removes the findings, which results.json holds; returns the names of the
    /// files.
    ///
    /// # Errors
    /// A file that cannot be written; the findings then stay.
    pub fn write(self, results: &Results) -> Result<[&'static str; 6], ClaimError> {
        let mut files = vec![("report.md", markdown(results)), ("claims.tex", latex(results))];
        for (name, picture) in figures(results)? {
            files.push((name, format!("{}\n<!-- {MARK} {} -->\n", picture.trim_end(), results.digest)));
        }
        files.push((RESULTS, serde_json::to_string_pretty(results)? + "\n"));
        for (name, text) in &files {
            replace(&self.path.join(name), text.as_bytes())?;
        }
        self.progress.remove();
        let [report, table, simulation, growth, kernel] = REPORT;
        Ok([RESULTS, report, table, simulation, growth, kernel])
    }
}

/// Names of the files of a report, beside results.json.
const REPORT: [&str; 5] = ["report.md", "claims.tex", "simulation.svg", "growth.svg", "kernel.svg"];

/// The findings of this run that was stopped; none of a file that was cut off within its first line, which counts as empty.
fn kept(place: &Path, contents: &Contents, run: &Run) -> Result<Option<BTreeMap<String, Finding>>, ClaimError> {
    if contents.is_start_of(&serde_json::to_string(run)?) {
        return Ok(None);
    }
    let mut lines = Reader::new(place, contents.lines());
    let Ok(Some(first)) = lines.next::<Run>("run", "") else { return Err(foreign(place)) };
    if first.value != *run {
        let other = difference(first.value.fields(), run.fields()).unwrap_or_else(|| "another layout of the file".into());
        let problem = format!(
            "it holds the findings of another run that was stopped ({other}): give another folder, go on with that run, or remove \
             the file"
        );
        return Err(FileError::new(place, problem).into());
    }
    let mut findings = BTreeMap::new();
    while let Some(line) = lines.next::<Line>("finding", "remove the line to judge the claim again")? {
        findings.insert(line.value.claim, line.value.finding);
    }
    Ok(Some(findings))
}

/// Refuses a folder in which a file has a name of the report and is not of this run.
fn check_own(folder: &Path, run: &Run, stopped: bool) -> Result<(), ClaimError> {
    let read = |name: &str| -> Result<Option<String>, ClaimError> {
        let path = folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| foreign(&path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let problem = format!("cannot be read: {error}; give another folder");
                Err(FileError::new(&path, problem).into())
            }
        }
    };
    let digest = match read(RESULTS)? {
        None => None,
        Some(text) => match serde_json::from_str::<Results>(&text) {
            Ok(results) if run.made(&results) => Some(results.digest),
            _ => return Err(foreign(&folder.join(RESULTS))),
        },
    };
    for name in REPORT {
        let Some(text) = read(name)? else { continue };
        let with_digest = digest.as_ref().is_some_and(|digest| {
            text.contains(&format!("{MARK} {digest}")) || text.contains(&format!("{MARK} `{digest}`"))
        });
        // A run that was stopped while it wrote its report had written these first.
        if !(with_digest || stopped && text.contains(MARK)) {
            return Err(foreign(&folder.join(name)));
        }
    }
    Ok(())
}

fn foreign(path: &Path) -> ClaimError {
    let problem = "it was not written by a run of these claims at this effort and seed, and would be replaced: give another folder, \
                   or move it away";
    FileError::new(path, problem).into()
}
