//! Tails of the normal and Student laws, accurate far out and for any number of degrees of freedom.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// Degrees of freedom from which Hill's expansion is used; below it the incomplete beta function, whose continued
/// fraction converges quickly there (it does not for many degrees of freedom).
const EXPANSION_FROM: f64 = 30.0;

/// P(N > z) of a standard normal N.
pub(crate) fn normal_upper_tail(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// The z with P(N > z) = tail, for tail in (0, 1).
pub(crate) fn normal_upper_quantile(tail: f64) -> f64 {
    SQRT_2 * erfc_inv(2.0 * tail)
}

/// The z ≥ 0 that a standard normal exceeds as often as a Student variable of `dof` degrees of freedom exceeds t ≥ 0.
///
/// From 30 degrees of freedom on by Hill, *Algorithm 395: Student's t-distribution*, CACM 13 (1970) 617.
pub(crate) fn student_to_normal(t: f64, dof: f64) -> f64 {
    if dof.is_infinite() {
        return t;
    }
    if dof < EXPANSION_FROM {
        // Degrees of freedom are positive here, so the law exists; NaN otherwise makes the decision undecided.
        return StudentsT::new(0.0, 1.0, dof).map_or(f64::NAN, |law| normal_upper_quantile(law.sf(t)).max(0.0));
    }
    let a = dof - 0.5;
    let b = 48.0 * a * a;
    let w = a * (t * t / dof).ln_1p();
    let tail = (((-0.4 * w - 3.3) * w - 24.0) * w - 85.5) / (0.8 * w * w + 100.0 + b);
    ((tail + w + 3.0) / b + 1.0) * w.sqrt()
}

/// The inverse of [`student_to_normal`] for z ≥ 0, by bisection to the last bits.
pub(crate) fn student_from_normal(z: f64, dof: f64) -> f64 {
    if dof.is_infinite() || z <= 0.0 {
        return z.max(0.0);
    }
    let (mut low, mut high) = (0.0, z.max(1e-3));
    while student_to_normal(high, dof) < z {
        low = high;
        high *= 2.0;
        if high.is_infinite() {
            return high;
        }
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if student_to_normal(middle, dof) < z {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, wanted: f64, relative: f64) {
        assert!((found / wanted - 1.0).abs() <= relative, "found {found}, wanted {wanted}");
    }

    #[test]
    fn normal_tables() {
        // Abramowitz and Stegun, table 26.5 and the usual two-sided points.
        close(normal_upper_quantile(0.025), 1.959963984540054, 1e-12);
        close(normal_upper_quantile(5e-10), 6.109410204869, 1e-10);
        // A tail that is wrong by 1e-9 of itself changes no decision.
        close(normal_upper_tail(6.0), 9.865876450376946e-10, 1e-9);
        for tail in [0.3, 1e-3, 1e-9, 1e-20, 1e-30] {
            close(normal_upper_tail(normal_upper_quantile(tail)), tail, 1e-9);
        }
    }

    #[test]
    fn student_tables() {
        // One degree of freedom is the Cauchy law, two have t = (1 − 2p)/√(2p(1 − p)).
        let point = |tail: f64, dof: f64| student_from_normal(normal_upper_quantile(tail), dof);
        close(point(0.25, 1.0), 1.0, 1e-9);
        close(point(1e-3, 1.0), 1.0 / (std::f64::consts::PI * 1e-3).tan(), 1e-9);
        close(point(0.025, 2.0), 0.95 / (2.0_f64 * 0.025 * 0.975).sqrt(), 1e-9);
        // Abramowitz and Stegun, table 26.10.
        close(point(0.025, 10.0), 2.228, 3e-4);
        close(point(0.0005, 30.0), 3.646, 2e-4);
        close(point(0.005, 120.0), 2.617, 2e-4);
        assert_eq!(point(0.025, f64::INFINITY), normal_upper_quantile(0.025));
    }

    #[test]
    fn the_expansion_continues_the_exact_tail() {
        // Hill's error falls as a power of the degrees of freedom; where it takes over it is measured against the
        // incomplete beta function. A relative 1e-6 of z = 6 changes a tail of 1e-9 by 4e-5 of itself.
        for dof in [30.0, 60.0, 200.0] {
            let exact = StudentsT::new(0.0, 1.0, dof).unwrap();
            for t in [0.1, 1.0, 3.0, 6.0, 10.0] {
                close(student_to_normal(t, dof), normal_upper_quantile(exact.sf(t)), 1e-6);
            }
        }
    }
}
