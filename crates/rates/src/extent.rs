use std::collections::{BTreeMap, BTreeSet};

use archscale_train::Record;

use crate::{Choice, Folder, Job, Quantity};

/// How much there is to measure. A network that several groups name counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Different architectures, as they are written.
    pub architectures: usize,
    /// Different networks: an architecture with its rules, on its data, by its protocol and search.
    pub networks: usize,
    /// Networks that are measured.
    pub measured: usize,
    /// Measured networks that give no learning rate: at every rate training diverged or learnt nothing, or the best lay at
    /// an end of the grid also after it grew.
    pub without_rate: usize,
    /// Trainings that the others take at least: every rate of the grid from every seed.
    pub trainings: usize,
}

impl Extent {
    /// Of some jobs.
    pub fn of<'a>(jobs: impl Iterator<Item = &'a Job>, record: impl Fn(&Job) -> Option<&'a Record>) -> Self {
        let (mut architectures, mut keys) = (BTreeSet::new(), BTreeSet::new());
        let mut extent = Self::default();
        for job in jobs {
            architectures.insert(job.spec.architecture());
            if !keys.insert(&job.key) {
                continue;
            }
            match record(job) {
                Some(record) => {
                    extent.measured += 1;
                    extent.without_rate += usize::from(!Quantity::Best.is_known(record));
                }
                None => extent.trainings += job.search.plan.points * job.search.plan.seeds.len(),
            }
        }
        Self { architectures: architectures.len(), networks: keys.len(), ..extent }
    }

    /// Networks that are not measured.
    #[must_use]
    pub fn left(&self) -> usize {
        self.networks - self.measured
    }
}

impl Folder {
    /// How much a run of these jobs has to do.
    #[must_use]
    pub fn extent(&self, choice: &Choice<'_>) -> Extent {
        Extent::of(self.chosen(choice), |job| self.record(job))
    }

    /// The networks that a run of these jobs would measure, in their order, each with the groups that name it.
    #[must_use]
    pub fn left(&self, choice: &Choice<'_>) -> Vec<(Vec<&str>, &Job)> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut left: Vec<(Vec<&str>, &Job)> = Vec::new();
        for job in self.chosen(choice).filter(|job| self.record(job).is_none()) {
            let place = *places.entry(&job.key).or_insert(left.len());
            match left.get_mut(place) {
                Some((groups, _)) => groups.push(&job.group),
                None => left.push((vec![&job.group], job)),
            }
        }
        left
    }

    fn chosen<'a>(&'a self, choice: &Choice<'_>) -> impl Iterator<Item = &'a Job> {
        self.jobs().iter().enumerate().filter(|(number, job)| choice.takes(*number, job)).map(|(_, job)| job)
    }
}
