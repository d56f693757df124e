//! The general site rule against a table of all integration rules, made by a separate symbolic program.
//!
//! tests/it/data/integration-rules.json: each monomial with its average over vertex a; coefficients are polynomials in n from the
//! constant up; S, t, q, m, r as in proofs/finite-width-law.md; c and y stand for the covariance and source sites, a~ is ungated.

use std::collections::HashMap;

use archscale_theory::{Factor, Monomial, Site, integration_rule};
use num_rational::BigRational;
use serde::Deserialize;

#[derive(Deserialize)]
struct Rule {
    monomial: Vec<(String, Vec<String>)>,
    terms: Vec<Term>,
}

#[derive(Deserialize)]
struct Term {
    coefficient: Vec<String>,
    factors: Vec<(String, Vec<String>)>,
}

/// Labels of the table's names: b and d are earlier vertices, c and y the two sums below vertex a.
fn site(name: &str) -> Site {
    let (label, gated) = match name {
        "b" => (1, true),
        "d" => (2, true),
        "c" => (10, true),
        "y" => (11, true),
        "a" => (12, true),
        "a~" => (12, false),
        other => panic!("unknown name {other}"),
    };
    Site { label, gated }
}

fn monomial(factors: &[(String, Vec<String>)]) -> Monomial {
    let factors = factors.iter().map(|(kind, names)| {
        let sites = names.iter().map(|name| site(name)).collect();
        if matches!(kind.as_str(), "t" | "m") { Factor::Cycle(sites) } else { Factor::Path(sites) }
    });
    Monomial::new(factors.collect())
}

fn evaluate(coefficients: &[String], width: u64) -> BigRational {
    let n = BigRational::from_integer(width.into());
    let zero = BigRational::from_integer(0.into());
    coefficients.iter().rev().fold(zero, |sum, text| sum * &n + text.parse::<BigRational>().unwrap())
}

#[test]
fn every_rule_of_the_table() {
    let rules: Vec<Rule> = serde_json::from_str(include_str!("data/integration-rules.json")).unwrap();
    for rule in &rules {
        let given = monomial(&rule.monomial);
        // Coefficients are cubic at most, so five widths pin the polynomials.
        for width in [1, 2, 3, 7, 1_000] {
            let mut found: HashMap<Monomial, BigRational> = HashMap::new();
            for term in integration_rule(&given, width) {
                *found.entry(term.apply(&given, site("c"), site("y"))).or_default() += term.coefficient;
            }
            let mut expected: HashMap<Monomial, BigRational> = HashMap::new();
            for term in &rule.terms {
                *expected.entry(monomial(&term.factors)).or_default() += evaluate(&term.coefficient, width);
            }
            assert_eq!(found, expected, "{:?} at n = {width}", given.factors());
        }
    }
    assert_eq!(rules.len(), 54);
}
