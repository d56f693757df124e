use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use archscale_stats::Outcome;
use archscale_text::Refusal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{CaseResult, Part};
use crate::ClaimError;
use crate::lines::{LineFile, replace};

/// Names the layout of the file.
const FORMAT: &str = "archscale survey 2";

/// In place of a hypothesis, where all hold and no closed form covers the architecture.
const NO_LAW: &str = "none, but no closed form covers it";

/// The first line of a survey's file: all that its results depend on, and which part of them it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The layout.
    pub format: String,
    /// Version of the program.
    pub program_version: String,
    /// Ids of the claims.
    pub claims: Vec<String>,
    /// Effort.
    pub effort: String,
    /// Seed.
    pub seed: u64,
    /// Where tensors lived.
    pub device: String,
    /// Their precision.
    pub precision: String,
    /// Which part of the cases.
    pub shard: Part,
    /// The architectures, in order.
    pub architectures: Vec<String>,
}

impl Header {
    /// The header of a run of this version of the program.
    #[must_use]
    pub fn new(context: &crate::Context<'_>, claims: Vec<String>, architectures: Vec<String>, shard: Part) -> Self {
        Self {
            format: FORMAT.into(),
            program_version: env!("CARGO_PKG_VERSION").into(),
            claims,
            effort: context.effort.name().into(),
            seed: context.seed,
            device: context.device.to_string(),
            precision: context.precision.to_string(),
            shard,
            architectures,
        }
    }

    /// Number of cases of the whole run.
    #[must_use]
    pub fn cases(&self) -> u64 {
        (self.claims.len() * self.architectures.len()) as u64
    }

    /// Number of cases of its part.
    #[must_use]
    pub fn own_cases(&self) -> u64 {
        (0..self.cases()).filter(|&case| self.shard.holds(case)).count() as u64
    }
}

/// A survey's results on disk: a line of JSON for the [`Header`], then one for every case, written as soon as it is judged.
#[derive(Debug)]
pub struct SurveyFile {
    header: Header,
    file: LineFile,
    results: Lines,
}

/// By case, the line as written and what it says. The line is what counts: a number that is read may differ in its last digit.
type Lines = BTreeMap<u64, (String, CaseResult)>;

/// How many cases came out how, and the digest of them all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Cases of the run.
    pub cases: u64,
    /// Those in which every check agrees.
    pub supported: u64,
    /// Those in which one check contradicts the claim.
    pub refuted: u64,
    /// Those without a decision.
    pub undecided: u64,
    /// Those outside the claim's domain.
    pub outside: u64,
    /// How many of them by which hypothesis, the first that breaks.
    pub outside_by: BTreeMap<String, u64>,
    /// SHA-256 of the header without its part and of every result in order; `None` until the run is whole.
    pub digest: Option<String>,
}

impl SurveyFile {
    /// Opens the file of a run, or begins it.
    ///
    /// A last line that was cut off when a run was stopped is removed; the case will be judged again, to the same digits.
    ///
    /// # Errors
    /// A file of another run, or one that another run is writing, lines that cannot be read, a folder that cannot be written.
    pub fn open(path: &Path, header: Header) -> Result<Self, ClaimError> {
        let (mut file, text) = LineFile::open(path)?;
        let first = serde_json::to_string(&header)?;
        let mut results = BTreeMap::new();
        if text.is_empty() {
            if !file.is_start_of(&first) {
                return Err(file.problem("it is no survey: give another file".into()));
            }
            file.begin(&first)?;
        } else {
            let (found, list) = read(path, text.as_bytes())?;
            if found != header && !list.is_empty() {
                let other = difference(&found, &header);
                return Err(file.problem(format!("it belongs to another run ({other}); give another file")));
            }
            if found == header {
                file.keep_whole_lines()?;
            } else {
                // Another run was stopped before it had judged anything: there is nothing to lose.
                file.begin(&first)?;
            }
            results = list;
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
        summary(&self.header, &self.results)
    }
}

/// Joins the files of a divided run into one, which is the file that the undivided run writes.
///
/// # Errors
/// Files of different runs, a case that is missing or that two files hold with different results, an output that cannot be written or
/// that holds anything but this run.
pub fn merge(parts: &[PathBuf], out: &Path) -> Result<Summary, ClaimError> {
    let mut joined: Option<(Header, Lines)> = None;
    for path in parts {
        let problem = |problem: String| ClaimError::File { path: path.display().to_string(), problem };
        let bytes = std::fs::read(path).map_err(|error| problem(error.to_string()))?;
        let (header, results) = read(path, &bytes)?;
        let header = Header { shard: Part::WHOLE, ..header };
        let (first, all) = joined.get_or_insert_with(|| (header.clone(), BTreeMap::new()));
        if *first != header {
            return Err(problem(format!(
                "it belongs to another run than {} ({})",
                parts[0].display(),
                difference(first, &header)
            )));
        }
        for (case, result) in results {
            if all.get(&case).is_some_and(|(line, _)| *line != result.0) {
                return Err(problem(format!("case {case} differs from the one in another file")));
            }
            all.insert(case, result);
        }
    }
    let Some((header, results)) = joined else {
        return Err(Refusal::new("the list of files to merge", "empty", "give the files of all parts").into());
    };
    if let Some(case) = (0..header.cases()).find(|case| !results.contains_key(case)) {
        let (missing, cases) = (header.cases() - results.len() as u64, header.cases());
        let problem = format!("{missing} of {cases} cases are missing, the first is {case}: finish every part, then merge");
        return Err(ClaimError::File { path: out.display().to_string(), problem });
    }
    if let Ok(bytes) = std::fs::read(out)
        && !read(out, &bytes).is_ok_and(|(found, _)| found == header)
    {
        let problem = "it is there already and holds something else: give another file, or move it away".into();
        return Err(ClaimError::File { path: out.display().to_string(), problem });
    }
    let mut text = serde_json::to_string(&header)? + "\n";
    results.values().for_each(|(line, _)| text.extend([line.as_str(), "\n"]));
    replace(out, &text)?;
    summary(&header, &results)
}

fn read(path: &Path, bytes: &[u8]) -> Result<(Header, Lines), ClaimError> {
    let problem = |problem: String| ClaimError::File { path: path.display().to_string(), problem };
    let text = std::str::from_utf8(bytes).map_err(|_| problem("it is not text, hence no survey".into()))?;
    let mut lines = (1..).zip(text.lines());
    let header: Header = match lines.next().map(|(_, line)| serde_json::from_str(line)) {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(problem(format!("line 1 is no survey's header: {error}"))),
        None => return Err(problem("it is empty".into())),
    };
    if header.format != FORMAT {
        return Err(problem(format!("its format is '{}', and this program reads '{FORMAT}'", header.format)));
    }
    let mut results = BTreeMap::new();
    for (number, line) in lines {
        let result: CaseResult = serde_json::from_str(line).map_err(|error| problem(format!("line {number}: {error}")))?;
        if !header.shard.holds(result.case) || result.case >= header.cases() {
            return Err(problem(format!("line {number}: case {} is not of this part", result.case)));
        }
        if results.insert(result.case, (line.into(), result)).is_some() {
            return Err(problem(format!("line {number}: its case is there twice")));
        }
    }
    Ok((header, results))
}

/// The first field in which two headers differ.
fn difference(found: &Header, wanted: &Header) -> String {
    let fields = |header: &Header| {
        let shard = format!("{}/{}", header.shard.index, header.shard.count);
        [
            ("program version", header.program_version.clone()),
            ("claims", header.claims.join(", ")),
            ("effort", header.effort.clone()),
            ("seed", header.seed.to_string()),
            ("device", header.device.clone()),
            ("precision", header.precision.clone()),
            ("part", shard),
        ]
    };
    let pair = fields(found).into_iter().zip(fields(wanted)).find(|(found, wanted)| found != wanted);
    pair.map_or_else(
        || format!("{} architectures there, {} here", found.architectures.len(), wanted.architectures.len()),
        |((name, found), (_, wanted))| format!("{name} {found} there, {wanted} here"),
    )
}

fn summary(header: &Header, results: &Lines) -> Result<Summary, ClaimError> {
    let count = |outcome: Option<Outcome>| results.values().filter(|(_, result)| result.outcome == outcome).count() as u64;
    let digest = if results.len() as u64 == header.cases() {
        let mut hash = Sha256::new();
        hash.update(serde_json::to_string(&Header { shard: Part::WHOLE, ..header.clone() })?);
        for (line, _) in results.values() {
            hash.update(line);
        }
        Some(archscale_text::hex(&hash.finalize()))
    } else {
        None
    };
    let mut outside_by = BTreeMap::new();
    for (_, result) in results.values().filter(|(_, result)| result.outcome.is_none()) {
        let hypothesis = result.hypothesis.clone().unwrap_or_else(|| NO_LAW.into());
        *outside_by.entry(hypothesis).or_default() += 1;
    }
    Ok(Summary {
        cases: results.len() as u64,
        supported: count(Some(Outcome::Supported)),
        refuted: count(Some(Outcome::Refuted)),
        undecided: count(Some(Outcome::Undecided)),
        outside: count(None),
        outside_by,
        digest,
    })
}
