//! What to write in place of a graph in another form: its edges as a text of this program, where that is short.

use crate::Architecture;
use crate::error::shown;

/// Longer lists of edges are not written out in a message.
const WRITTEN: usize = 32;

/// Longer lists of renamed vertices are not written out in a message.
const RENAMED: usize = 12;

/// The rule, where the text itself cannot be given.
const RULE: &str = "number the vertices from 0, the input, so that every edge goes from a smaller to a larger number, and write \
                    edges:0-1,1-2,0-2 or a file {\"edges\": [[0, 1], [1, 2], [0, 2]]}";

/// What every text made from a graph without operations leaves open.
const MARKS: &str = "every edge a trained matrix, a skip with an s behind it";

/// Edges as pairs of names of vertices.
pub(super) type Pairs = Vec<(String, String)>;

/// The mend for a directed graph.
pub(super) fn directed(pairs: &Pairs) -> String {
    let Some((text, names)) = as_text(pairs) else { return RULE.into() };
    let renamed = names.iter().enumerate().any(|(number, name)| *name != number.to_string());
    if !renamed || names.len() > RENAMED {
        return if renamed { RULE.into() } else { format!("write {text} ({MARKS})") };
    }
    let list: Vec<String> = names.iter().enumerate().map(|(number, name)| format!("{} {number}", shown(name))).collect();
    format!("number the vertices ({}) and write {text} ({MARKS})", list.join(", "))
}

/// The mend for a graph without directions.
pub(super) fn undirected() -> String {
    format!("its edges have no direction: {RULE}")
}

/// The `edges:` text and the names of the vertices in the order of their numbers, for a short graph with one source and one sink.
fn as_text(pairs: &Pairs) -> Option<(String, Vec<&str>)> {
    if pairs.is_empty() || pairs.len() > WRITTEN {
        return None;
    }
    let names = in_order(pairs)?;
    let ends = |left: bool| {
        let other = |name: &str| pairs.iter().any(|(from, to)| name == if left { to } else { from });
        names.iter().filter(|name| !other(name)).count()
    };
    if ends(true) != 1 || ends(false) != 1 {
        return None;
    }
    let number = |name: &str| names.iter().position(|known| *known == name);
    let list: Option<Vec<String>> =
        pairs.iter().map(|(from, to)| Some(format!("{}-{}", number(from)?, number(to)?))).collect();
    let text = format!("edges:{}", list?.join(","));
    Architecture::parse(&text).is_ok().then_some((text, names))
}

/// The names so that every edge goes forward: by number where they are numbers in such an order, else the earliest named first.
fn in_order(pairs: &Pairs) -> Option<Vec<&str>> {
    let mut waiting: Vec<&str> = Vec::new();
    for name in pairs.iter().flat_map(|(from, to)| [from.as_str(), to.as_str()]) {
        if !waiting.contains(&name) {
            waiting.push(name);
        }
    }
    if waiting.iter().all(|name| name.parse::<u64>().is_ok()) {
        waiting.sort_by_key(|name| name.parse::<u64>().ok());
    }
    let mut order: Vec<&str> = Vec::new();
    while !waiting.is_empty() {
        let ready = |name: &&str| pairs.iter().all(|(from, to)| to != name || order.contains(&from.as_str()));
        let next = waiting.iter().position(ready)?;
        order.push(waiting.remove(next));
    }
    Some(order)
}
