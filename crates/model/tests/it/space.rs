//! Search spaces: numbering, parsing, counts of codes without a path.

use archscale_model::{Architecture, CellCode, Pooling, SearchSpace};
use rayon::prelude::*;

fn spaces() -> Vec<SearchSpace> {
    let mut list: Vec<SearchSpace> = (1..=4).map(|steps| SearchSpace::cells(steps).unwrap()).collect();
    list.push(SearchSpace::NAS_BENCH_201);
    list
}

#[test]
fn codes_round_trip() {
    for space in spaces() {
        let mut earlier = None;
        for (index, code) in space.iter().enumerate() {
            assert_eq!((code.index(), space.code(index as u64)), (index as u64, Some(code)));
            assert_eq!(space.parse(&code.to_string()).unwrap(), code);
            if let Some(long) = code.long_spelling() {
                assert_eq!(space.parse(&long).unwrap(), code);
            }
            // Codes ascend with their numbers, also as texts.
            let text = code.to_string();
            assert!(earlier.is_none_or(|earlier| earlier < text), "{text}");
            earlier = Some(text);
        }
        assert_eq!(space.code(space.size()), None);
    }
}

#[test]
fn sizes() {
    let sizes: Vec<u64> = spaces().into_iter().map(SearchSpace::size).collect();
    assert_eq!(sizes, [3, 27, 729, 59_049, 15_625]);
    assert_eq!(SearchSpace::cells(8).unwrap().size(), 3_u64.pow(36));
    let last = SearchSpace::cells(8).unwrap().code(3_u64.pow(36) - 1).unwrap();
    assert!(last.digits().len() == 36 && last.digits().iter().all(|digit| *digit == 2));
    assert!(SearchSpace::cells(0).unwrap_err().to_string().contains("at least one step"));
    assert!(SearchSpace::cells(9).unwrap_err().to_string().contains("at most 8"));
}

#[test]
fn codes_without_a_path() {
    // By space: codes whose last node the stem does not reach over non-zero digits; codes without a path that has a
    // trained edge, which include the former. The first are the codes that the published code trains though nothing reaches
    // their output: their graph is an error here.
    let counts: Vec<(usize, usize)> = spaces()
        .into_iter()
        .map(|space| {
            let unreached = space.iter().filter(|code| !code.reaches_output()).count();
            (unreached, space.iter().filter(|code| !code.has_trained_path()).count())
        })
        .collect();
    // From an independent enumeration outside this crate.
    assert_eq!(counts, [(1, 2), (5, 12), (67, 188), (2_471, 7_848), (341, 1_983)]);
}

#[test]
fn graphs_are_those_of_the_texts() {
    for space in spaces() {
        let graphs: u64 = (0..space.size())
            .into_par_iter()
            .map(|index| {
                let code = space.code(index).unwrap();
                let parsed = Architecture::parse(&code.architecture());
                match code.graph(Pooling::AsSkip) {
                    Ok(graph) => {
                        assert_eq!(parsed.unwrap().graph(), &graph, "{code}");
                        assert!(code.reaches_output(), "{code}");
                        1
                    }
                    Err(error) => {
                        assert_eq!(parsed.unwrap_err(), error, "{code}");
                        assert!(!code.reaches_output(), "{code}");
                        0
                    }
                }
            })
            .sum();
        assert_eq!(graphs, space.iter().filter(CellCode::reaches_output).count() as u64);
    }
    assert!(SearchSpace::NAS_BENCH_201.parse("4_00_001").unwrap().graph(Pooling::Refused).is_err());
}

#[test]
fn codes_of_other_spaces_are_refused() {
    let cells = SearchSpace::cells(3).unwrap();
    for (text, parts) in [("2_22", ["2 steps", "has 3"]), ("2_22_223", ["'3'", "group 3"]), ("", ["empty", "cell:2_02_002"])]
    {
        let message = cells.parse(text).unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    let code = cells.parse("2_02_012").unwrap();
    assert_eq!((code.digit(3, 1), code.digit(3, 3), code.digit(4, 0)), (1, 0, 0));
}
