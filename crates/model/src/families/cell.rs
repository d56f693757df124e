use super::Family;
use crate::{EdgeKind, Graph, ModelError};

/// More steps than any published space uses; the code grows with the square.
const STEP_LIMIT: usize = 1_000;

pub(crate) const FAMILY: Family = Family {
    keyword: "cell",
    grammar: "cell:2_02_002",
    help: "a published cell code: node by node, one digit per earlier node; 0 zero, 1 skip, 2 linear",
    parse,
};

/// Node 0 is the stem's pre-activation (input → stem is linear), the readout sits on the last node.
///
/// A node's in-degree counts its non-zero digits, as the published code does, also those of nodes that nothing reaches.
fn parse(code: &str) -> Result<Graph, ModelError> {
    let digits = parse_digits(code)?;
    let nodes = digits.len() + 1;
    let mut reached = vec![true];
    for row in &digits {
        reached.push(row.iter().zip(&reached).any(|(kind, &source)| kind.is_some() && source));
    }
    if !reached[nodes - 1] {
        let mend = format!("give group {} a digit 1 or 2 at a node that the stem reaches", nodes - 1);
        return Err(ModelError::OutputUnreachable {
            input: "stem (node 0)".into(),
            output: format!("node {}", nodes - 1),
            mend,
        });
    }
    let node_ids: Vec<usize> = (0..nodes).filter(|&node| reached[node]).collect();
    let dropped: Vec<usize> = (0..nodes).filter(|&node| !reached[node]).collect();
    let mut parents = vec![Vec::new(), vec![(0, EdgeKind::Linear)]];
    let mut in_degrees = vec![0, 1];
    for &node in &node_ids[1..] {
        let row = &digits[node - 1];
        in_degrees.push(row.iter().flatten().count() as u32);
        let live = row.iter().enumerate().filter_map(|(source, kind)| {
            let rank = node_ids.binary_search(&source).ok()?;
            Some((rank + 1, (*kind)?))
        });
        parents.push(live.collect());
    }
    parents.push(vec![(node_ids.len(), EdgeKind::Linear)]);
    in_degrees.push(1);
    let notes = if dropped.is_empty() {
        Vec::new()
    } else {
        let who = crate::graph::describe_vertices(&dropped);
        vec![format!(
            "{who} reached by nothing: left out, but in-degrees count every non-zero digit, as the published code does"
        )]
    };
    Ok(Graph::cell(node_ids, &parents, in_degrees, dropped, notes))
}

fn parse_digits(code: &str) -> Result<Vec<Vec<Option<EdgeKind>>>, ModelError> {
    if code.is_empty() {
        return Err(ModelError::Empty { what: "the cell code".into(), mend: "write one such as cell:2_02_002".into() });
    }
    let malformed = |problem: String, group: usize, mend: &str| ModelError::Malformed {
        family: "cell",
        problem,
        place: format!("group {group} of '{code}'"),
        mend: mend.into(),
    };
    let groups: Vec<&str> = code.split('_').collect();
    crate::graph::check_size("the number of cell steps", groups.len(), STEP_LIMIT)?;
    groups
        .iter()
        .enumerate()
        .map(|(index, group)| {
            let step = index + 1;
            let row: Vec<Option<EdgeKind>> = group
                .chars()
                .map(|digit| match digit {
                    '0' => Ok(None),
                    '1' => Ok(Some(EdgeKind::Skip)),
                    '2' => Ok(Some(EdgeKind::Linear)),
                    other => {
                        Err(malformed(format!("'{other}' is no operation"), step, "use 0 (zero), 1 (skip) or 2 (linear)"))
                    }
                })
                .collect::<Result<_, _>>()?;
            if row.len() != step {
                let problem = format!("{} digits", row.len());
                return Err(malformed(problem, step, &format!("group {step} holds {step}, one for each earlier node")));
            }
            Ok(row)
        })
        .collect()
}
