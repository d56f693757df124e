use std::path::Path;

use archscale_files::FileError;
use archscale_model::{Network, SearchSpace};
use archscale_text::Refusal;

use crate::ClaimError;

/// The architectures that a list of texts stands for.
///
/// Each is an architecture, `cells:K` or `nb201` for every cell of that space whose last node is reached, or `@PATH` for a
/// file with one architecture per line (empty lines and lines that begin with # are passed over).
///
/// # Errors
/// A file that cannot be read, and an architecture that cannot, with its line.
///
/// ```
/// let list = archscale_claims::survey::expand(&["chain:2".into(), "cells:1".into()])?;
/// assert_eq!(list, ["chain:2", "cell:1", "cell:2"]);
/// # Ok::<(), archscale_claims::ClaimError>(())
/// ```
pub fn expand(texts: &[String]) -> Result<Vec<String>, ClaimError> {
    let mut list = Vec::new();
    for text in texts {
        if let Some(path) = text.strip_prefix('@') {
            let problem = |problem: String| FileError::new(Path::new(path), problem);
            let lines = std::fs::read_to_string(path).map_err(|error| problem(error.to_string()))?;
            for (number, line) in (1..).zip(lines.lines().map(str::trim)) {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                Network::parse(line).map_err(|error| problem(format!("line {number}: {error}")))?;
                list.push(line.into());
            }
        } else if let Some(space) = space(text)? {
            list.extend(space.iter().filter(archscale_model::CellCode::reaches_output).map(|code| code.architecture()));
        } else {
            Network::parse(text)?;
            list.push(text.trim().into());
        }
    }
    Ok(list)
}

fn space(text: &str) -> Result<Option<SearchSpace>, ClaimError> {
    if text == "nb201" {
        return Ok(Some(SearchSpace::NAS_BENCH_201));
    }
    let Some(steps) = text.strip_prefix("cells:") else { return Ok(None) };
    // Five steps are 14 million cells, of which a list of texts would fill the memory.
    match steps.parse::<usize>() {
        Ok(steps) if (1..=4).contains(&steps) => Ok(Some(SearchSpace::cells(steps)?)),
        _ => Err(Refusal::new("--arch", text, "write cells:K with K from 1 to 4, or list cells in a file, @PATH").into()),
    }
}
