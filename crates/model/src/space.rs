//! The search spaces of cells: codes by index, with no graph built until one is asked for.

use std::fmt;

use crate::notations::{Assembly, cell, nas};
use crate::{EdgeKind, Graph, ModelError};

/// Most nodes besides the stem of an enumerated space; one more and the number of codes leaves u64.
const STEP_LIMIT: usize = 8;

/// Digits of a code of that many nodes.
const DIGIT_LIMIT: usize = STEP_LIMIT * (STEP_LIMIT + 1) / 2;

/// A space of cell codes: every choice of one operation for each pair of nodes.
///
/// Codes are numbered from 0 in the order of their digits, so that `0_00_…` is the first. For a parallel loop run over
/// `0..space.size()` and ask for [`SearchSpace::code`].
///
/// ```
/// use archscale_model::SearchSpace;
/// assert_eq!(SearchSpace::cells(4)?.size(), 59_049);
/// assert_eq!(SearchSpace::NAS_BENCH_201.size(), 15_625);
/// let code = SearchSpace::cells(3)?.parse("2_02_002")?;
/// assert_eq!(SearchSpace::cells(3)?.code(code.index()), Some(code));
/// // Codes whose last node the stem does not reach.
/// assert_eq!(SearchSpace::cells(4)?.iter().filter(|code| !code.reaches_output()).count(), 2_471);
/// # Ok::<(), archscale_model::ModelError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SearchSpace {
    steps: u8,
    operations: u8,
}

impl SearchSpace {
    /// The 5⁶ cells of NAS-Bench-201: three nodes besides the input, five operations.
    pub const NAS_BENCH_201: Self = Self { steps: nas::STEPS as u8, operations: nas::OPERATIONS.len() as u8 };

    /// The 3^(K(K+1)/2) published cell codes of K = `steps` nodes besides the stem: 0 zero, 1 skip, 2 linear.
    ///
    /// # Errors
    /// When `steps` is 0 or more than 8.
    pub fn cells(steps: usize) -> Result<Self, ModelError> {
        match steps {
            0 => Err(ModelError::empty("the cell space", "give it at least one step")),
            1..=STEP_LIMIT => Ok(Self { steps: steps as u8, operations: cell::SPELLING.largest + 1 }),
            _ => Err(ModelError::too_large("the number of cell steps", steps, STEP_LIMIT)),
        }
    }

    /// Number of nodes of a cell besides the stem.
    #[must_use]
    pub fn steps(self) -> usize {
        self.steps.into()
    }

    /// Number of operations that each pair of nodes may carry.
    #[must_use]
    pub fn operations(self) -> usize {
        self.operations.into()
    }

    /// Number of codes.
    #[must_use]
    pub fn size(self) -> u64 {
        u64::from(self.operations).pow(self.pairs() as u32)
    }

    /// The code of this number; `None` from [`SearchSpace::size`] on.
    #[must_use]
    pub fn code(self, index: u64) -> Option<CellCode> {
        if index >= self.size() {
            return None;
        }
        let mut code = CellCode { space: self, digits: [0; DIGIT_LIMIT] };
        let mut rest = index;
        for digit in code.digits[..self.pairs()].iter_mut().rev() {
            *digit = (rest % u64::from(self.operations)) as u8;
            rest /= u64::from(self.operations);
        }
        Some(code)
    }

    /// All codes in order.
    pub fn iter(self) -> impl Iterator<Item = CellCode> {
        (0..self.size()).filter_map(move |index| self.code(index))
    }

    /// Reads a code of this space; for NAS-Bench-201 in either spelling.
    ///
    /// # Errors
    /// Malformed codes and codes of another number of steps, with place and mend.
    pub fn parse(self, text: &str) -> Result<CellCode, ModelError> {
        if self.is_nas() {
            return nas::parse_code(nas::NOTATION.keyword, text);
        }
        let rows = cell::SPELLING.parse(text)?;
        if rows.len() != self.steps() {
            return Err(ModelError::Malformed {
                notation: cell::NOTATION.keyword,
                problem: format!("{} steps", rows.len()),
                place: format!("'{text}'"),
                mend: format!("a code of this space has {}", self.steps),
            });
        }
        Ok(CellCode::from_rows(self, &rows))
    }

    fn is_nas(self) -> bool {
        self.operations == Self::NAS_BENCH_201.operations
    }

    fn pairs(self) -> usize {
        self.steps() * (self.steps() + 1) / 2
    }
}

/// What to do with average pooling, which is no operation over vectors of width n.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// Refuse it.
    #[default]
    Refused,
    /// Count it as the published code's learning-rate law does: as a skip, with no parameters and no depth.
    AsSkip,
}

/// A cell code of a [`SearchSpace`]: one digit for each pair of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellCode {
    space: SearchSpace,
    digits: [u8; DIGIT_LIMIT],
}

impl CellCode {
    /// From rows that the space's parser has checked.
    pub(crate) fn from_rows(space: SearchSpace, rows: &[Vec<u8>]) -> Self {
        let mut code = Self { space, digits: [0; DIGIT_LIMIT] };
        for (target, digit) in code.digits.iter_mut().zip(rows.iter().flatten()) {
            *target = *digit;
        }
        code
    }

    /// The space it belongs to.
    #[must_use]
    pub fn space(&self) -> SearchSpace {
        self.space
    }

    /// Its number in the space.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.digits().iter().fold(0, |index, digit| index * u64::from(self.space.operations) + u64::from(*digit))
    }

    /// The digits, target by target, each with its sources ascending.
    #[must_use]
    pub fn digits(&self) -> &[u8] {
        &self.digits[..self.space.pairs()]
    }

    /// The digit of the pair (source, node), 0 ≤ source < node ≤ K; 0 for any other pair.
    #[must_use]
    pub fn digit(&self, node: usize, source: usize) -> u8 {
        if source < node && node <= self.space.steps() { self.digits[node * (node - 1) / 2 + source] } else { 0 }
    }

    /// What the pair carries, with average pooling as a skip.
    #[must_use]
    pub fn kind(&self, node: usize, source: usize) -> Option<EdgeKind> {
        let digit = self.digit(node, source);
        if self.is_pooling(digit) { Some(EdgeKind::Skip) } else { cell::edge_kind(digit) }
    }

    /// Whether the stem reaches the last node over non-zero digits, trained or not.
    #[must_use]
    pub fn reaches_output(&self) -> bool {
        self.reached() >> self.space.steps() & 1 == 1
    }

    /// Whether some path from the stem to the last node has a trained edge.
    #[must_use]
    pub fn has_trained_path(&self) -> bool {
        let reached = self.reached();
        let mut trained = 0_u32;
        for node in 1..=self.space.steps() {
            let over_trained = (0..node).any(|source| match self.kind(node, source) {
                Some(kind) if kind.is_trained() => reached >> source & 1 == 1,
                Some(_) => trained >> source & 1 == 1,
                None => false,
            });
            trained |= u32::from(over_trained) << node;
        }
        trained >> self.space.steps() & 1 == 1
    }

    /// Whether some digit stands for average pooling.
    #[must_use]
    pub fn has_pooling(&self) -> bool {
        self.digits().iter().any(|&digit| self.is_pooling(digit))
    }

    /// The code as [`crate::Architecture::parse`] reads it, pooling counted as a skip where there is any.
    #[must_use]
    pub fn architecture(&self) -> String {
        let keyword = if self.space.is_nas() { nas::NOTATION.keyword } else { cell::NOTATION.keyword };
        format!("{keyword}:{self}{}", if self.has_pooling() { ",pool=skip" } else { "" })
    }

    /// The long spelling `|op~0|+|op~0|op~1|+…` of a cell of NAS-Bench-201; `None` in other spaces.
    #[must_use]
    pub fn long_spelling(&self) -> Option<String> {
        if !self.space.is_nas() {
            return None;
        }
        let group = |node: usize| {
            let entry = |source| format!("{}~{source}|", nas::OPERATIONS[usize::from(self.digit(node, source))]);
            format!("|{}", (0..node).map(entry).collect::<String>())
        };
        Some((1..=self.space.steps()).map(group).collect::<Vec<_>>().join("+"))
    }

    /// The graph: node 0 is the stem, the readout sits on the last node.
    ///
    /// # Errors
    /// When nothing reaches the last node, or the code has average pooling and `pooling` refuses it.
    pub fn graph(&self, pooling: Pooling) -> Result<Graph, ModelError> {
        let mut network = Assembly::new();
        self.append(&mut network, pooling)?;
        Ok(network.finish(self.notes(pooling)))
    }

    /// Adds the cell to a network.
    pub(crate) fn append(&self, network: &mut Assembly, pooling: Pooling) -> Result<(), ModelError> {
        if pooling == Pooling::Refused {
            self.refuse_pooling()?;
        }
        network.cell(self.space.steps(), |node, source| self.kind(node, source))
    }

    /// What a user should know of how the cell was read.
    pub(crate) fn notes(&self, pooling: Pooling) -> Vec<String> {
        if !self.space.is_nas() {
            return Vec::new();
        }
        let mut notes = vec![
            "convolutions stand as linear edges between vectors: kernels, padding and channel counts are left out".into(),
            "batch normalisation is outside the theory and left out".into(),
        ];
        if pooling == Pooling::AsSkip && self.has_pooling() {
            notes.push("average pooling counts as a skip, as in the published code: no parameters, no depth".into());
        }
        notes
    }

    fn refuse_pooling(&self) -> Result<(), ModelError> {
        for node in 1..=self.space.steps() {
            if let Some(source) = (0..node).find(|&source| self.is_pooling(self.digit(node, source))) {
                return Err(ModelError::not_yet(
                    "average pooling (4, avg_pool_3x3)",
                    format!("group {node} of '{self}', from node {source}"),
                    "add ,pool=skip to count it as a skip, as the published code does",
                ));
            }
        }
        Ok(())
    }

    fn is_pooling(&self, digit: u8) -> bool {
        self.space.is_nas() && digit == 4
    }

    /// Bit v set when the stem reaches node v.
    fn reached(&self) -> u32 {
        (1..=self.space.steps()).fold(1, |reached, node| {
            let any = (0..node).any(|source| self.digit(node, source) != 0 && reached >> source & 1 == 1);
            reached | u32::from(any) << node
        })
    }
}

/// The short spelling, `2_02_002`.
impl fmt::Display for CellCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for node in 1..=self.space.steps() {
            if node > 1 {
                f.write_str("_")?;
            }
            for source in 0..node {
                write!(f, "{}", self.digit(node, source))?;
            }
        }
        Ok(())
    }
}
