//! The law against reference numbers from an independent implementation.
//!
//! tests/it/data/convolution.json: 432 chains (one and two dimensions, kernels 1, 3 and 5, both paddings, three inputs, two readouts,
//! depths 1, 2 and 4) computed by a separate Python implementation of the same recursion, itself checked against simulation.

use archscale_model::{ConvNetwork, InitRule, Lowering, Program};
use archscale_theory::{Spatial, SpatialRoute, TheoryError, spatial_moments, spatial_moments_by};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) shape: Vec<usize>,
    pub(crate) kernel: usize,
    pub(crate) padding: String,
    pub(crate) input: String,
    pub(crate) readout: String,
    pub(crate) depth: usize,
    mean_squared_change: f64,
    at_position_0: f64,
}

pub(crate) fn reference() -> Vec<Case> {
    serde_json::from_str::<Reference>(include_str!("../data/convolution.json")).unwrap().cases
}

impl Case {
    /// As the model writes it.
    pub(crate) fn text(&self) -> String {
        let size: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        let Self { kernel, padding, input, readout, depth, .. } = self;
        format!(
            "conv:depth={depth},kernel={kernel},size={},padding={padding},readout={readout},input={input}",
            size.join("x")
        )
    }

    pub(crate) fn agrees(&self, law: &Spatial) -> bool {
        let node = law.nodes.last().unwrap();
        self.close(node.mean_squared_change, node.per_position[0])
    }

    /// Relative 1e-9 in the mean over positions and at position 0.
    pub(crate) fn close(&self, mean: f64, first: f64) -> bool {
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-9 * expected.abs();
        close(mean, self.mean_squared_change) && close(first, self.at_position_0)
    }
}

pub(crate) fn program(text: &str) -> Program {
    ConvNetwork::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap()
}

#[test]
fn all_cases_agree() {
    let cases = reference();
    let mut by_lags = 0;
    for case in &cases {
        let program = program(&case.text());
        let dense = spatial_moments_by(&program, SpatialRoute::Positions).unwrap();
        assert!(case.agrees(&dense), "{}: {:?}, expected {}", case.text(), dense.nodes.last(), case.mean_squared_change);
        let chosen = spatial_moments(&program).unwrap();
        assert!(case.agrees(&chosen), "{}: {:?}, expected {}", case.text(), chosen.nodes.last(), case.mean_squared_change);
        by_lags += usize::from(chosen.route == SpatialRoute::Lags);
    }
    assert_eq!((cases.len(), by_lags), (432, 216));
}

#[test]
fn both_routes_agree_at_every_node() {
    let close = |one: f64, two: f64| (one - two).abs() <= 1e-11 * two.abs();
    for case in reference().iter().filter(|case| case.padding == "circular" && case.depth == 4) {
        let program = program(&case.text());
        let dense = spatial_moments_by(&program, SpatialRoute::Positions).unwrap();
        let lags = spatial_moments_by(&program, SpatialRoute::Lags).unwrap();
        for (one, two) in dense.nodes.iter().zip(&lags.nodes) {
            assert!(close(one.second_moment, two.second_moment), "{}", case.text());
            assert!(close(one.kernel, two.kernel), "{}", case.text());
            for (one, two) in one.per_position.iter().zip(&two.per_position) {
                assert!(close(*one, *two), "{}: {one} and {two}", case.text());
            }
        }
    }
}

#[test]
fn a_route_that_does_not_apply_is_refused() {
    for text in ["conv:padding=zero", "conv:readout=single:2"] {
        let refused = spatial_moments_by(&program(text), SpatialRoute::Lags);
        assert!(matches!(refused, Err(TheoryError::Refused { .. })), "{refused:?}");
    }
}
