//! Operations from outside that are not coordinatewise: right ones conform, a wrong law and wrong tensors are told apart.
//!
//! False alarm of this file: at most 1.2e-8 (12 decisions at 1e-9).

use std::sync::Arc;

use archscale::conformance::{OutsideOperation, Report, Settings, Suite, Verdict};
use archscale::nets::NetsError;
use archscale::nets::layer::OutsideLayer;
use archscale::theory::{Limit, OutsideLaw, SourceMoments, TheoryError};
use candle_core::Tensor;

use super::rms_norm::{Law, Tensors};

fn checked(law: impl OutsideLaw + Send + Sync + 'static, tensors: impl OutsideLayer + 'static) -> Report {
    let layer = OutsideOperation::new(Arc::new(law), Arc::new(tensors), 1).unwrap();
    Suite::check_outside(&layer, &Settings::default(), &())
}

fn verdicts(report: &Report) -> Vec<(&'static str, Verdict)> {
    report.checks.iter().map(|check| (check.name, check.verdict())).collect()
}

#[test]
fn rms_normalisation_conforms() {
    let report = checked(Law, Tensors);
    println!("{report}");
    assert_eq!(verdicts(&report), [("derivatives", Verdict::Holds), ("agreement", Verdict::Holds)], "{report}");
    // Every vector that is normalised has mean square 1, at any width.
    let law = report.law.unwrap();
    assert!((law.second_moment - 1.0).abs() < 1e-12, "{report}");
    assert_eq!(report.agreement.as_ref().unwrap().decisions.len(), 4);
    for line in report.to_string().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// The law of x divided by its standard deviation over neurons, in place of its root mean square.
struct Spread;

impl OutsideLaw for Spread {
    fn name(&self) -> &str {
        Law.name()
    }

    fn limit(&self, sources: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
        let variance = sources.second(0)? - sources.mean(0)?.powi(2);
        Ok(Limit::Sum(vec![1.0 / variance.sqrt()]))
    }
}

#[test]
fn tensors_refute_a_wrong_law() {
    let report = checked(Spread, Tensors);
    assert_eq!(verdicts(&report), [("derivatives", Verdict::Holds), ("agreement", Verdict::Fails)], "{report}");
    assert!(report.to_string().contains("agreement: "), "{report}");
}

/// The derivative as if the root mean square did not depend on x: in the limit that makes no difference.
struct Frozen;

impl OutsideLayer for Frozen {
    fn name(&self) -> &str {
        Tensors.name()
    }

    fn forward(&self, sources: &[&Tensor]) -> Result<Tensor, NetsError> {
        Tensors.forward(sources)
    }

    fn transpose(&self, sources: &[&Tensor], _term: usize, gradient: &Tensor) -> Result<Tensor, NetsError> {
        let r = sources[0].sqr()?.mean_keepdim(1)?.sqrt()?;
        Ok(gradient.broadcast_div(&r)?)
    }

    fn tangent(&self, sources: &[&Tensor], term: usize, tangent: &Tensor) -> Result<Tensor, NetsError> {
        self.transpose(sources, term, tangent)
    }
}

#[test]
fn differences_refute_wrong_tensors_that_the_limit_does_not_tell() {
    let report = checked(Law, Frozen);
    assert_eq!(verdicts(&report), [("derivatives", Verdict::Fails), ("agreement", Verdict::Holds)], "{report}");
    assert!(report.to_string().contains("derivatives: distance of tangents to central differences"), "{report}");
}

#[test]
fn law_and_tensors_have_one_name() {
    struct Other;
    impl OutsideLaw for Other {
        fn name(&self) -> &str {
            "other"
        }

        fn limit(&self, _: &mut SourceMoments<'_>) -> Result<Limit, TheoryError> {
            Ok(Limit::Sum(vec![1.0]))
        }
    }
    let refusal = |made: Result<OutsideOperation, _>| {
        made.err().map(|error: archscale::conformance::ConformanceError| error.to_string()).unwrap()
    };
    let two = refusal(OutsideOperation::new(Arc::new(Other), Arc::new(Tensors), 1));
    assert!(two.contains("'rms norm'") && two.contains("'other'"), "{two}");
    assert!(refusal(OutsideOperation::new(Arc::new(Law), Arc::new(Tensors), 0)).contains("one vector or more"));
}
