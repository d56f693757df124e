use crate::folder::Line;
use crate::measure::{check, train};
use crate::training_data::SampleCache;
use crate::{Choice, Folder, Job, RatesError};

/// How far a run is.
#[derive(Debug)]
pub struct Progress<'a> {
    /// The job under way.
    pub job: &'a Job,
    /// Its number among those of this run, from 1, and their number.
    pub number: (usize, usize),
    /// Round of its search, from 1.
    pub round: usize,
    /// The training of that round.
    pub training: archscale_train::TrainingProgress,
}

/// Measures every chosen job of the folder's suite that has no record yet, and writes each record as soon as it is found;
/// returns how many were measured.
///
/// # Errors
/// Before anything is trained: data that cannot be read, networks that cannot be trained. Later: a folder that cannot be
/// written; earlier records stay.
pub fn run(folder: &mut Folder, choice: &Choice<'_>, progress: &dyn Fn(&Progress<'_>)) -> Result<usize, RatesError> {
    let jobs: Vec<Job> = folder.left(choice).into_iter().map(|(_, job)| job.clone()).collect();
    let mut cache = SampleCache::default();
    jobs.iter().try_for_each(|job| check(job, &mut cache))?;
    folder.begin()?;
    for (number, job) in (1..).zip(&jobs) {
        let record = train(job, &mut cache, (number, jobs.len()), progress)?;
        folder.append(Line { key: job.key.clone(), record })?;
    }
    Ok(jobs.len())
}
