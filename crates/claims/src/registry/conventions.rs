use archscale_model::{CellCode, Convention, InitRule, Lowering, Pooling, SearchSpace};
use archscale_theory::wide_moments;

use crate::ClaimError;

/// Steps of the cells that are examined: 3, 27 and 729 codes.
const STEPS: std::ops::RangeInclusive<usize> = 1..=3;

/// Relative difference of second moments that counts as a difference; closed forms are accurate to far less.
const EQUAL: f64 = 1e-9;

/// Second moments under an initialisation over all small cells in one convention, with skips or without.
pub(super) fn note(init: InitRule, convention: Convention, skips: bool) -> Result<String, ClaimError> {
    let (mut kept, mut total) = (0_u32, 0_u32);
    let mut smallest: Option<(CellCode, f64)> = None;
    for steps in STEPS {
        for code in SearchSpace::cells(steps)?.iter() {
            // Cells whose nodes are all reached, so that no in-degree counts an edge that carries nothing.
            let Ok(graph) = code.graph(Pooling::Refused) else { continue };
            if !code.has_trained_path() || !graph.dropped().is_empty() || graph.has_skips() != skips {
                continue;
            }
            let how = Lowering::new(init).with_convention(convention);
            let wide = wide_moments(&graph.lower_with(&how)?)?;
            let first = wide.nodes.first().map_or(1.0, |node| node.second_moment);
            let off = wide.nodes.iter().map(|node| node.second_moment / first).find(|ratio| (ratio - 1.0).abs() > EQUAL);
            total += 1;
            match off {
                None => kept += 1,
                Some(ratio) if smallest.is_none() => smallest = Some((code, ratio)),
                Some(_) => {}
            }
        }
    }
    let which = if skips { "with" } else { "without" };
    let failing = smallest.map_or_else(String::new, |(code, ratio)| {
        format!("; first failing: {} with a ratio of {ratio:.4}", code.architecture())
    });
    Ok(format!(
        "{convention} convention, cells {which} skips of up to {} steps: {init} init keeps the second moment in {kept} of {total}{failing}.",
        STEPS.end()
    ))
}
