//! Planted measurements for the tests.
//!
//! False alarm of this file: at most 0 (what its level is spent on is stated where it is used).
#![allow(dead_code)] // each test file uses its part

use std::collections::BTreeMap;

use archscale_rates::{EvaluationSet, Measurement, NetworkSpec, ParametricLaw, Predict, ScoreSettings};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The false-alarm probability of each Monte-Carlo assertion of this crate.
pub(crate) const FALSE_ALARM: f64 = 1e-9;

/// The generator of a case of a named test: ChaCha8 seeded with the FNV-1a hash of the name, stream by case.
pub(crate) fn generator(test: &str, case: u64) -> ChaCha8Rng {
    let hash =
        test.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mut rng = ChaCha8Rng::seed_from_u64(hash);
    rng.set_stream(case);
    rng
}

pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// A measurement with ReLU, target init and the paper's convention.
pub(crate) fn measurement(group: &str, architecture: &str, log_rates: Vec<f64>) -> Measurement {
    Measurement {
        group: group.into(),
        spec: NetworkSpec::parse(architecture, "target", "pre", "relu").unwrap(),
        width: 64,
        log_rates,
        base: false,
        stem: None,
        covariates: BTreeMap::new(),
    }
}

/// The same with covariates.
pub(crate) fn with(mut one: Measurement, covariates: &[(&str, f64)]) -> Measurement {
    one.covariates = covariates.iter().map(|(name, value)| ((*name).into(), *value)).collect();
    one
}

/// The same as a base network.
pub(crate) fn as_base(mut one: Measurement) -> Measurement {
    one.base = true;
    one
}

/// A law that reads its prediction, ln η, from covariate x.
pub(crate) const READS_X: ParametricLaw = ParametricLaw {
    id: "reads-x",
    formula: "e^x",
    hypotheses: "planted",
    parameters: &[],
    predict: Predict::Formula(|features, _| features.covariate("x")),
};

/// The same for covariate u.
pub(crate) const READS_U: ParametricLaw = ParametricLaw {
    id: "reads-u",
    formula: "e^u",
    hypotheses: "planted",
    parameters: &[],
    predict: Predict::Formula(|features, _| features.covariate("u")),
};

pub(crate) fn set(list: Vec<Measurement>, settings: ScoreSettings) -> EvaluationSet {
    EvaluationSet::new(list, settings).unwrap()
}
