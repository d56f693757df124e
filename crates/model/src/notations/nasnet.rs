use super::nas::NasCell;
use super::{Assembly, Notation};
use crate::error::shown;
use crate::{Graph, ModelError};

/// Cells of each stage in NAS-Bench-201.
const CELLS: usize = 5;

/// More than any network that is trained; the graph then has some 90 000 vertices.
const CELL_LIMIT: usize = 10_000;

const STAGES: usize = 3;

pub(crate) const NOTATION: Notation = Notation {
    keyword: "nasnet",
    grammar: "nasnet:3_24_440[,N=5][,pool=skip]",
    help: "the whole network of a NAS-Bench-201 cell: stem, three stages of N cells, a residual block between stages",
    parse,
};

fn parse(rest: &str) -> Result<Graph, ModelError> {
    let cell = NasCell::parse("nasnet", rest, &["N"])?;
    let cells = match cell.options.iter().find(|(key, _)| *key == "N") {
        Some((_, value)) => parse_cells(value)?,
        None => CELLS,
    };
    let mut network = Assembly::new();
    for stage in 0..STAGES {
        if stage > 0 {
            network.residual_block();
        }
        for _ in 0..cells {
            cell.code.append(&mut network, cell.pooling)?;
        }
    }
    let mut notes = cell.code.notes(cell.pooling);
    notes.push(
        "a residual block is two linear edges beside a linear map of the block's input: strides, the doubling of channels and \
         the average pooling in its shortcut are left out"
            .into(),
    );
    Ok(network.finish(notes))
}

fn parse_cells(value: &str) -> Result<usize, ModelError> {
    let malformed = |problem: String| ModelError::Malformed {
        notation: "nasnet",
        problem,
        place: format!("option 'N={}'", shown(value)),
        mend: format!("write N= and a whole number of cells in each stage from 1 to {CELL_LIMIT}"),
    };
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed(format!("'{}' is not a whole number", shown(value))));
    }
    match value.parse::<usize>() {
        Ok(0) => Err(malformed("no cell".into())),
        Ok(cells) if cells <= CELL_LIMIT => Ok(cells),
        _ => Err(ModelError::too_large("the number of cells in a stage", shown(value), CELL_LIMIT)),
    }
}
