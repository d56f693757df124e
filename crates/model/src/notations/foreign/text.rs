//! Texts that are no architecture of this program and no literal, by their first words or by every line.

use super::Form;
use super::advice::{self, Pairs};
use crate::notations::{NOTATIONS, nas};

/// Edges read for a message; more would not be written out.
const ENOUGH: usize = 64;

/// An argument that names a file without saying so.
pub(super) const PATHS: &[Form<str>] = &[Form {
    name: "the path of a file",
    mend: |text| std::path::Path::new(text).is_file().then(|| format!("write file:{}", crate::error::shown(text))),
}];

/// Files whose lines are texts for the command line.
pub(super) const LINES: &[Form<str>] = &[Form {
    name: "a text for the command line",
    mend: |text| {
        let known = |line: &str| line.split_once(':').is_some_and(|(word, _)| NOTATIONS.iter().any(|it| it.keyword == word));
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().filter(|line| known(line))?;
        lines.all(known).then(|| format!("give it itself, not its file: {}", crate::error::shown(first)))
    },
}];

pub(super) const FORMS: &[Form<str>] = &[
    Form { name: "a GraphML graph", mend: |text| xml(text, "<graphml", "edgedefault=\"undirected\"") },
    Form { name: "a GEXF graph", mend: |text| xml(text, "<gexf", "defaultedgetype=\"undirected\"") },
    Form { name: "a web page", mend: web_page },
    Form {
        name: "an XML document",
        mend: |text| text.trim_start().starts_with("<?xml").then(|| advice::directed(&Vec::new())),
    },
    Form { name: "a graph in the DOT language", mend: dot },
    Form { name: "a GML graph", mend: gml },
    Form { name: "a genotype of DARTS", mend: darts },
    Form { name: "an architecture string of NAS-Bench-201", mend: nas_bench_201 },
    Form { name: "a cell of NAS-Bench-101", mend: nas_bench_101 },
    Form { name: "a size string of NATS-Bench", mend: nats_sizes },
    Form { name: "a bare number", mend: bare_number },
    Form { name: "a graph of RandWire", mend: randwire },
    Form { name: "an adjacency matrix", mend: matrix },
    Form { name: "a list of edges", mend: edge_list },
    Form { name: "a table of edges", mend: table },
    Form { name: "a YAML document", mend: yaml },
];

/// Edges by the attributes `source` and `target`.
fn xml(text: &str, root: &str, undirected: &str) -> Option<String> {
    if !text.trim_start().starts_with('<') || !text.contains(root) {
        return None;
    }
    if text.contains(undirected) {
        return Some(advice::undirected());
    }
    let attribute = |tag: &str, name: &str| {
        let value = tag.split_once(&format!("{name}=\""))?.1;
        Some(value.split_once('"')?.0.to_owned())
    };
    let edge = |tag: &str| Some((attribute(tag, "source")?, attribute(tag, "target")?));
    let pairs: Option<Pairs> = text.split("<edge ").skip(1).take(ENOUGH).map(edge).collect();
    Some(advice::directed(&pairs.unwrap_or_default()))
}

fn web_page(text: &str) -> Option<String> {
    let start: String = text.trim_start().chars().take(20).collect::<String>().to_lowercase();
    (start.starts_with("<!doctype html") || start.starts_with("<html"))
        .then(|| "save the file that the page shows, not the page".into())
}

/// `digraph name { a -> b; … }`.
fn dot(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("strict ").unwrap_or(text).trim_start();
    let directed = text.starts_with("digraph");
    let rest = text.strip_prefix("digraph").or_else(|| text.strip_prefix("graph"))?;
    let (name, body) = rest.split_once('{')?;
    let plain =
        |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || "_.\"".contains(letter));
    if !(name.trim().is_empty() || plain(name.trim())) {
        return None;
    }
    if !directed {
        return Some(advice::undirected());
    }
    let mut pairs = Pairs::new();
    for statement in body.trim_end().trim_end_matches('}').split([';', '\n']) {
        let path: Vec<&str> = statement.split('[').next().unwrap_or_default().split("->").map(str::trim).collect();
        if path.len() > 1 && !path.iter().all(|name| plain(name)) {
            return Some(advice::directed(&Vec::new()));
        }
        let name = |quoted: &str| quoted.trim_matches('"').to_owned();
        pairs.extend(path.windows(2).map(|pair| (name(pair[0]), name(pair[1]))));
    }
    Some(advice::directed(&pairs))
}

/// `graph [ node [ id 0 ] edge [ source 0 target 1 ] ]`.
fn gml(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let graph = words.windows(2).any(|pair| pair == ["graph", "["]);
    if !(graph && words.contains(&"node") && words.contains(&"id")) {
        return None;
    }
    if !words.windows(2).any(|pair| pair == ["directed", "1"]) {
        return Some(advice::undirected());
    }
    let ends = |key: &str| words.windows(2).filter(|pair| pair[0] == key).map(|pair| pair[1].to_owned()).collect::<Vec<_>>();
    let (sources, targets) = (ends("source"), ends("target"));
    let pairs = if sources.len() == targets.len() { sources.into_iter().zip(targets).collect() } else { Pairs::new() };
    Some(advice::directed(&pairs))
}

fn darts(text: &str) -> Option<String> {
    (text.contains("Genotype(") && text.contains("normal=")).then(|| {
        "a cell with two inputs, separable convolutions and a concatenation cannot be written; the nearest is its graph with one input, \
         a linear edge for each convolution and a skip for each skip_connect, such as edges:0-1,1-2,1-3s,2-3,3-4"
            .into()
    })
}

fn nas_bench_201(text: &str) -> Option<String> {
    let text = text.trim();
    if !(text.starts_with('|') && text.ends_with('|') && text.contains("~0|")) {
        return None;
    }
    Some(match nas::parse_code(nas::NOTATION.keyword, text) {
        Ok(code) => format!("write {}, or 'nas:{text}' in quotes", code.architecture()),
        Err(error) => format!("it stands behind nas:, and {error}"),
    })
}

fn nas_bench_101(text: &str) -> Option<String> {
    let signs = ["ModelSpec(", "conv3x3-bn-relu", "conv1x1-bn-relu", "module_adjacency"];
    // A matrix and operations that can be read are a literal, whose edges can be given.
    (super::literal::value(text).is_none() && signs.iter().any(|sign| text.contains(sign))).then(|| {
        let graph = advice::directed(&Vec::new());
        format!("its operations sit on the vertices of a matrix; the graph of that matrix can be given: {graph}")
    })
}

/// Five numbers of channels, such as `64:64:64:64:64`.
fn nats_sizes(text: &str) -> Option<String> {
    let sizes: Vec<u32> = text.trim().split(':').map(|size| size.parse().ok()).collect::<Option<_>>()?;
    (sizes.len() == 5 && sizes.iter().all(|size| (8..=64).contains(size))).then(|| {
        "all vertices have the same width here, so unequal channels cannot be written; a network of equal channels is \
         nasnet:3_23_330 at any width"
            .into()
    })
}

fn bare_number(text: &str) -> Option<String> {
    let text = text.trim();
    is_vertex(text).then(|| {
        "an index into a benchmark says nothing without its files, so write the cell itself, such as nas:3_23_330; a depth is written \
         chain:4"
            .into()
    })
}

/// By line, the words between blanks or commas; comments and empty lines left out.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .map(|line| line.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty()).collect())
        .filter(|row: &Vec<&str>| !row.is_empty())
        .collect()
}

fn is_vertex(word: &str) -> bool {
    !word.is_empty() && word.len() < 10 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn pairs_of(rows: &[Vec<&str>]) -> Pairs {
    rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
}

/// The number of vertices, the number of edges, and as many lines of two.
fn randwire(text: &str) -> Option<String> {
    let rows = rows(text);
    let [nodes, edges, list @ ..] = rows.as_slice() else { return None };
    let count = |row: &[&str]| if let [word] = row { word.parse::<usize>().ok() } else { None };
    let (nodes, edges) = (count(nodes)?, count(edges)?);
    let inside = |word: &&str| word.parse::<usize>().is_ok_and(|vertex| vertex < nodes);
    let whole = !list.is_empty() && edges == list.len() && list.iter().all(|row| row.len() == 2 && row.iter().all(inside));
    whole.then(|| advice::directed(&pairs_of(list)))
}

/// Three or more rows of as many zeros and ones; two rows may as well be edges.
fn matrix(text: &str) -> Option<String> {
    let rows = rows(text);
    let square = rows.len() >= 3 && rows.iter().all(|row| row.len() == rows.len());
    if !square || !rows.iter().flatten().all(|word| ["0", "1"].contains(word)) {
        return None;
    }
    let ones = |(from, row): (usize, &Vec<&str>)| -> Pairs {
        let targets = row.iter().enumerate().filter(|(_, word)| **word == "1");
        targets.map(|(to, _)| (from.to_string(), to.to_string())).collect()
    };
    Some(advice::directed(&rows.iter().enumerate().flat_map(ones).collect()))
}

/// Two numbers in every line, perhaps with a weight or a dictionary behind them.
fn edge_list(text: &str) -> Option<String> {
    let rows = rows(text);
    let number = |word: &&&str| word.parse::<f64>().is_ok() || word.starts_with('{');
    let edge = |row: &Vec<&str>| row.len() >= 2 && is_vertex(row[0]) && is_vertex(row[1]) && row.get(2).iter().all(number);
    // One line alone is as well a pair of anything.
    (rows.len() >= 2 && rows.iter().all(edge)).then(|| advice::directed(&pairs_of(&rows)))
}

/// A heading that names the ends of an edge, and rows.
fn table(text: &str) -> Option<String> {
    let rows = rows(text);
    let [heading, list @ ..] = rows.as_slice() else { return None };
    let is = |column: usize, names: [&str; 3]| {
        heading.get(column).is_some_and(|word| names.contains(&word.trim_matches('"').to_lowercase().as_str()))
    };
    let whole = !list.is_empty() && is(0, ["source", "from", "u"]) && is(1, ["target", "to", "v"]);
    (whole && list.iter().all(|row| row.len() >= 2)).then(|| advice::directed(&pairs_of(list)))
}

/// A document mark, or nothing but keys and items.
fn yaml(text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')).peekable();
    let marked = lines.peek().is_some_and(|line| line.trim_end() == "---" || line.starts_with("%YAML"));
    let key = |line: &str| {
        line.split_once(':').is_some_and(|(word, rest)| {
            let word = word.trim();
            (rest.is_empty() || rest.starts_with(' '))
                && !word.is_empty()
                && word.chars().all(|it| it.is_alphanumeric() || it == '_')
        })
    };
    let item = |line: &str| line.trim_start().starts_with("- ");
    // One line alone is as well a word with a colon behind it.
    let keys = lines.next().is_some_and(key) && lines.peek().is_some() && lines.all(|line| key(line) || item(line));
    (marked || keys).then(|| "write it in JSON: {\"edges\": [[0, 1], [1, 2]]}".into())
}
