/// Is told how far a long command has come.
pub trait Progress: Sync {
    /// A stage of that many steps begins.
    fn begin(&self, stage: &str, steps: u64);
    /// That many more steps of the stage are done.
    fn advance(&self, steps: u64);
    /// So many of all units, claims for instance, are done, and this one begins.
    fn whole(&self, _units: &str, _done: u64, _count: u64, _next: &str) {}
}

/// Reports to nobody.
impl Progress for () {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}
