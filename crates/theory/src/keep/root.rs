//! A root of a function of a positive number.

use crate::TheoryError;

/// Factor, either way from the start, within which a root is looked for.
const REACH: f64 = 1e4;

/// Most evaluations after the root is bracketed.
const EVALUATIONS: usize = 100;

/// A root of a continuous function near `start`, where it changes sign within a factor of [`REACH`]; else nothing.
///
/// By false position with the Illinois correction, in ln x; the value at the root is within 1e-14 of zero or the bracket is as
/// narrow as doubles are.
pub(super) fn root(
    start: f64,
    mut function: impl FnMut(f64) -> Result<f64, TheoryError>,
) -> Result<Option<f64>, TheoryError> {
    let mut at = |x: f64| function(x.exp());
    let (mut a, mut at_a) = (start.ln(), at(start.ln())?);
    let step = if at_a < 0.0 { 0.5 } else { -0.5 };
    let (mut b, mut at_b) = (a, at_a);
    while at_b * at_a.signum() > 0.0 {
        (a, at_a) = (b, at_b);
        b += step;
        if (b - start.ln()).abs() > REACH.ln() {
            return Ok(None);
        }
        at_b = at(b)?;
    }
    for _ in 0..EVALUATIONS {
        if at_b.abs() <= 1e-14 || (b - a).abs() <= f64::EPSILON * b.abs() {
            break;
        }
        let c = b - at_b * (b - a) / (at_b - at_a);
        let at_c = at(c)?;
        if at_c * at_b <= 0.0 {
            (a, at_a) = (b, at_b);
        } else {
            at_a *= 0.5;
        }
        (b, at_b) = (c, at_c);
    }
    Ok(Some(b.exp()))
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn roots_on_either_side_of_the_start_and_none_out_of_reach() {
        for (start, expected) in [(1.0, 3.0_f64), (500.0, 3.0), (3.0, 3.0), (1e-3, 2e-3)] {
            let found = root(start, |x| Ok(x * x / (expected * expected) - 1.0)).unwrap().unwrap();
            assert!((found / expected - 1.0).abs() < 1e-14, "{found}");
        }
        assert_eq!(root(1.0, |x| Ok(x / (1.0 + x) - 1.0)), Ok(None));
    }
}
