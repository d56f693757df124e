/// Is told how far a census has come.
pub trait Progress: Sync {
    /// A stage of that many steps begins.
    fn begin(&self, stage: &str, steps: u64);
    /// That many more steps of the stage are done.
    fn advance(&self, steps: u64);
}

/// Tells nobody.
impl Progress for () {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}
