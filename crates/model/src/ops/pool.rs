use super::{Earlier, Kind, OpId, Operation};
use crate::{Grid, ModelError};

/// (Π x)(p): the mean of x over the positions of a kernel around p that lie inside the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Side of the kernel.
    pub kernel: usize,
    /// The operation whose field it reads.
    pub source: OpId,
    /// The positions that it reads and, the stride being 1, those of its value.
    pub grid: Grid,
}

impl Operation for Pool {
    fn kind(&self) -> Kind {
        Kind::Positions
    }

    fn describe(&self) -> String {
        "average pooling".into()
    }

    fn sources(&self) -> Vec<OpId> {
        vec![self.source]
    }

    fn positions(&self, earlier: &Earlier<'_>) -> Result<Option<Grid>, ModelError> {
        earlier.reads_grid(&self.sources(), &self.grid)?;
        self.grid.tap_count(self.kernel)?;
        Ok(Some(self.grid.clone()))
    }

    fn encoding(&self) -> String {
        format!("pool {} @{}", self.kernel, self.source)
    }
}
