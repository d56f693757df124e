use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use archscale_files::{FileError, replace};
use archscale_records::{Line, LineFile, Reader};
use archscale_text::Refusal;

use super::header::FORMAT;
use super::{CaseResult, Header, Summary};
use crate::ClaimError;

/// Mends a line that cannot be read.
const JUDGE_AGAIN: &str = "remove the line to judge the case again";

/// By case, the line as written and what it says.
pub(super) type Results = BTreeMap<u64, (String, CaseResult)>;

/// A survey's results on disk: a line of JSON for the [`Header`], then one for every case, written as soon as it is judged.
#[derive(Debug)]
pub struct SurveyFile {
    header: Header,
    file: LineFile,
    results: Results,
}

impl SurveyFile {
    /// Opens the file of a run, or begins it.
    ///
    /// A last line that was cut off when a run was stopped is removed; the case will be judged again, to the same digits.
    ///
    /// # Errors
    /// A file of another run, or one that another run is writing, lines that cannot be read, a folder that cannot be
    /// written.
    pub fn open(path: &Path, header: Header) -> Result<Self, ClaimError> {
        let (mut file, contents) = LineFile::create(path)?;
        let first = serde_json::to_string(&header)?;
        if contents.lines().is_empty() {
            if !contents.is_start_of(&first) {
                return Err(file.problem("it is no survey: give another file").into());
            }
            file.begin(&first)?;
            return Ok(Self { header, file, results: Results::new() });
        }
        let (found, results) = read(path, contents.lines())?;
        if found == header {
            file.repair()?;
        } else if results.is_empty() {
            // Another run was stopped before it had judged anything: there is nothing to lose.
            file.begin(&first)?;
        } else {
            let other = found.difference(&header);
            return Err(file.problem(format!("it belongs to another run ({other}); give another file")).into());
        }
        Ok(Self { header, file, results })
    }

    /// Removes the file from disk.
    pub(super) fn remove(&self) {
        self.file.remove();
    }

    /// Its first line.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether the case is judged.
    #[must_use]
    pub fn has(&self, case: u64) -> bool {
        self.results.contains_key(&case)
    }

    /// Number of cases judged so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.results.len() as u64
    }

    /// Whether no case is judged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }

    /// Adds a case and writes it down.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, result: &CaseResult) -> Result<(), ClaimError> {
        let line = serde_json::to_string(result)?;
        self.file.append(&line)?;
        self.results.insert(result.case, (line, result.clone()));
        Ok(())
    }

    /// The results so far, in the order of the cases.
    pub fn results(&self) -> impl Iterator<Item = &CaseResult> {
        self.results.values().map(|(_, result)| result)
    }

    /// Counts, and the digest once every case of the whole run is there.
    ///
    /// # Errors
    /// Never for results that were written.
    pub fn summary(&self) -> Result<Summary, ClaimError> {
        Ok(Summary::new(&self.header, &self.results)?)
    }
}

/// Joins the files of a divided run into one, which is the file that the undivided run writes.
///
/// # Errors
/// Files of different runs, a case that is missing or that two files hold with different results, an output that cannot be
/// written or that holds anything but this run.
pub fn merge(parts: &[PathBuf], out: &Path) -> Result<Summary, ClaimError> {
    let (first, rest) = parts
        .split_first()
        .ok_or_else(|| Refusal::new("the list of files to merge", "empty", "give the files of all parts"))?;
    let (header, mut results) = read_part(first)?;
    for path in rest {
        let (own, more) = read_part(path)?;
        if own != header {
            let other = header.difference(&own);
            let problem = format!("it belongs to another run than {} ({other})", first.display());
            return Err(FileError::new(path, problem).into());
        }
        for (case, result) in more {
            if results.get(&case).is_some_and(|(line, _)| *line != result.0) {
                return Err(FileError::new(path, format!("case {case} differs from the one in another file")).into());
            }
            results.insert(case, result);
        }
    }
    let cases = header.cases();
    if let Some(case) = (0..cases).find(|case| !results.contains_key(case)) {
        let missing = cases - results.len() as u64;
        let problem = format!("{missing} of {cases} cases are missing, the first is {case}: finish every part, then merge");
        return Err(FileError::new(out, problem).into());
    }
    if let Ok(bytes) = std::fs::read(out)
        && !read(out, &bytes).is_ok_and(|(found, _)| found == header)
    {
        let problem = "it is there already and holds something else: give another file, or move it away";
        return Err(FileError::new(out, problem).into());
    }
    let mut text = serde_json::to_string(&header)? + "\n";
    results.values().for_each(|(line, _)| text.extend([line.as_str(), "\n"]));
    replace(out, text.as_bytes())?;
    Ok(Summary::new(&header, &results)?)
}

/// The header of the undivided run, and the results of one of its parts.
fn read_part(path: &Path) -> Result<(Header, Results), FileError> {
    let bytes = std::fs::read(path).map_err(|error| FileError::new(path, error.to_string()))?;
    let (header, results) = read(path, &bytes)?;
    Ok((header.whole(), results))
}

fn read(path: &Path, bytes: &[u8]) -> Result<(Header, Results), FileError> {
    let problem = |problem: String| FileError::new(path, problem);
    let mut lines = Reader::new(path, bytes);
    let first = lines.next::<Header>("survey's header", "give another file")?;
    let header = first.ok_or_else(|| problem("it is empty".into()))?.value;
    if header.format != FORMAT {
        return Err(problem(format!("its format is '{}', and this program reads '{FORMAT}'", header.format)));
    }
    let mut results = Results::new();
    while let Some(Line { number, text, value }) = lines.next::<CaseResult>("result of a case", JUDGE_AGAIN)? {
        let case = value.case;
        if !header.shard.holds(case) || case >= header.cases() {
            return Err(problem(format!("line {number}: case {case} is not of this part")));
        }
        if results.insert(case, (text.into(), value)).is_some() {
            return Err(problem(format!("line {number}: its case is there twice")));
        }
    }
    Ok((header, results))
}
