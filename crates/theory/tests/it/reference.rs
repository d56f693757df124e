//! The exact law against reference numbers from an independent implementation (exact rationals).
//!
//! tests/it/data/finite-width.json: 60 cases computed by a separate Python implementation of the finite-width law in exact
//! rationals, itself checked against simulation; vertex 0 is the input.

use archscale_model::{EdgeKind, Graph, InitRule};
use archscale_theory::{PairTables, ReluDag, Scalar, SiteEngine, finite_moments};
use num_rational::BigRational;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[allow(non_snake_case)]
struct Case {
    name: String,
    edges: Vec<(usize, usize)>,
    output: usize,
    width: u64,
    init: String,
    forward_second_moment: Vec<f64>,
    A: Vec<f64>,
    B: Vec<f64>,
    A_exact: Vec<String>,
    B_exact: Vec<String>,
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs()
}

#[test]
fn all_sixty_cases() {
    let reference: Reference = serde_json::from_str(include_str!("data/finite-width.json")).unwrap();
    let mut vertices = 0;
    for case in &reference.cases {
        let edges = case.edges.iter().map(|&(from, to)| (from, to, EdgeKind::Linear));
        let graph = Graph::from_edges(edges, Some(case.output)).unwrap();
        let init: InitRule = case.init.parse().unwrap();
        let dag = ReluDag::new(&graph.lower(init).unwrap(), "the finite-width law").unwrap();
        let exact = finite_moments::<BigRational>(&dag, case.width).unwrap();
        let float = finite_moments::<f64>(&dag, case.width).unwrap();
        let by_sites = SiteEngine::<BigRational>::new(&dag, case.width).unwrap().label_parts().unwrap();
        let by_tables = PairTables::<BigRational>::new(&dag, case.width).unwrap().label_parts(&dag);
        assert_eq!(by_sites, by_tables, "{}", case.name);
        for (index, v) in graph.hidden().enumerate() {
            let id = graph.id(v);
            let place = format!("{} n={} {} vertex {id}", case.name, case.width, case.init);
            let a: BigRational = case.A_exact[id].parse().unwrap();
            let b: BigRational = case.B_exact[id].parse().unwrap();
            assert_eq!(exact[index].output_part, a, "A of {place}");
            assert_eq!(exact[index].label_part, b, "B of {place}");
            assert!(close(exact[index].second_moment.to_f64(), case.forward_second_moment[id]), "{place}");
            assert!(close(float[index].output_part, case.A[id]), "A of {place}");
            assert!(close(float[index].label_part, case.B[id]), "B of {place}");
            assert!(close(float[index].second_moment, case.forward_second_moment[id]), "{place}");
            vertices += 1;
        }
    }
    assert_eq!((reference.cases.len(), vertices), (60, 230));
}
