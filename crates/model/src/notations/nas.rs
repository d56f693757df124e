use super::Notation;
use super::digits::Spelling;
use crate::error::shown;
use crate::{CellCode, Graph, ModelError, Pooling, SearchSpace};

pub(crate) const NOTATION: Notation = Notation {
    keyword: "nas",
    grammar: "nas:3_24_440[,pool=skip]",
    help: "one cell of NAS-Bench-201, also written |op~0|+|op~0|op~1|+|op~0|op~1|op~2|; 0 none, 1 skip_connect, \
           2 nor_conv_1x1, 3 nor_conv_3x3, 4 avg_pool_3x3; convolutions stand as linear edges",
    parse,
};

/// Number of nodes of a cell besides its input.
pub(crate) const STEPS: usize = 3;

/// The operations in the order of their digits.
pub(crate) const OPERATIONS: [&str; 5] = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];

const DIGITS: &str = "0 (none), 1 (skip_connect), 2 (nor_conv_1x1), 3 (nor_conv_3x3) or 4 (avg_pool_3x3)";

fn parse(rest: &str) -> Result<Graph, ModelError> {
    let cell = NasCell::parse("nas", rest, &[])?;
    cell.code.graph(cell.pooling)
}

/// A cell of NAS-Bench-201 with the options behind it.
#[derive(Debug)]
pub(super) struct NasCell<'a> {
    pub(super) code: CellCode,
    pub(super) pooling: Pooling,
    /// Every option as key and value, each key once.
    pub(super) options: Vec<(&'a str, &'a str)>,
}

impl<'a> NasCell<'a> {
    /// Reads `CODE[,key=value]…`; `known` are the options of the notation besides `pool`.
    pub(super) fn parse(notation: &'static str, rest: &'a str, known: &[&str]) -> Result<Self, ModelError> {
        let mut parts = rest.split(',').map(str::trim);
        let code = parse_code(notation, parts.next().unwrap_or_default())?;
        let malformed = |problem: String| {
            let list: Vec<String> = known.iter().map(|key| format!("{key}=…")).chain(["pool=skip".into()]).collect();
            let (place, mend) =
                (format!("'{}'", shown(rest)), format!("options are {}, each at most once", list.join(", ")));
            ModelError::Malformed { notation, problem, place, mend }
        };
        let mut options: Vec<(&str, &str)> = Vec::new();
        for part in parts {
            let option =
                part.split_once('=').filter(|&(key, value)| (key, value) == ("pool", "skip") || known.contains(&key));
            let (key, value) = option.ok_or_else(|| malformed(format!("unknown option '{}'", shown(part))))?;
            if options.iter().any(|&(earlier, _)| earlier == key) {
                return Err(malformed(format!("option '{key}' twice")));
            }
            options.push((key, value));
        }
        let pooling = if options.iter().any(|&(key, _)| key == "pool") { Pooling::AsSkip } else { Pooling::Refused };
        Ok(Self { code, pooling, options })
    }
}

/// Reads either spelling of a cell.
pub(crate) fn parse_code(notation: &'static str, text: &str) -> Result<CellCode, ModelError> {
    let rows = if text.contains(['|', '~', '+']) {
        parse_long(notation, text)?
    } else {
        Spelling { notation, example: "nas:3_24_440", largest: 4, digits: DIGITS }.parse(text)?
    };
    if rows.len() != STEPS {
        let groups = if rows.len() == 1 { "1 group".into() } else { format!("{} groups", rows.len()) };
        return Err(ModelError::Malformed {
            notation,
            problem: groups,
            place: format!("'{}'", shown(text)),
            mend: "a cell of NAS-Bench-201 has four nodes, so give three groups, of one, two and three operations".into(),
        });
    }
    Ok(CellCode::from_rows(SearchSpace::NAS_BENCH_201, &rows))
}

/// Reads `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
fn parse_long(notation: &'static str, text: &str) -> Result<Vec<Vec<u8>>, ModelError> {
    text.split('+')
        .enumerate()
        .map(|(index, group)| {
            let step = index + 1;
            let malformed = |problem: String, mend: String| {
                let place = format!("group {step} of '{}'", shown(text));
                Err(ModelError::Malformed { notation, problem, place, mend })
            };
            let inner = group.trim().strip_prefix('|').and_then(|rest| rest.strip_suffix('|'));
            let Some(inner) = inner else {
                return malformed(
                    format!("'{}' is not between bars", shown(group)),
                    "write each group as |op~0|op~1|".into(),
                );
            };
            let entries: Vec<&str> = inner.split('|').collect();
            if entries.len() != step {
                let operations =
                    if entries.len() == 1 { "1 operation".into() } else { format!("{} operations", entries.len()) };
                return malformed(operations, format!("group {step} holds {step}, one for each earlier node"));
            }
            let mut row = Vec::with_capacity(step);
            for (source, entry) in entries.iter().enumerate() {
                let (name, node) = entry.split_once('~').unwrap_or((entry, ""));
                let Some(digit) = OPERATIONS.iter().position(|operation| *operation == name) else {
                    return malformed(
                        format!("'{}' is no operation", shown(name)),
                        format!("use {}", OPERATIONS.join(", ")),
                    );
                };
                if node != source.to_string() {
                    return malformed(
                        format!("'{}' where node {source} is due", shown(entry)),
                        format!("write {name}~{source}"),
                    );
                }
                row.push(digit as u8);
            }
            Ok(row)
        })
        .collect()
}
