//! The probability that three or four centred Gaussians are all positive.

use std::f64::consts::{FRAC_PI_2, PI};

/// Points of the rule on 0 ≤ θ ≤ π/2.
const POINTS: usize = 64;

/// Distance from ±π/2 within which an angle stands for a correlation of ±1.
const SAME: f64 = 1e-12;

/// One point t = sin θ of the rule.
#[derive(Debug, Clone, Copy)]
struct Point {
    t: f64,
    /// 1 − t.
    rest: f64,
    /// cos² θ = 1 − t².
    square: f64,
    /// Weight of the integral over t.
    weight: f64,
}

/// Integrates functions of t = sin θ over 0 ≤ t ≤ 1, with the root singularities that Gaussian orthants have at t = 1.
#[derive(Debug, Clone)]
pub(super) struct Orthants {
    points: Vec<Point>,
}

impl Orthants {
    pub(super) fn new() -> Self {
        Self::with_points(POINTS)
    }

    fn with_points(count: usize) -> Self {
        let points = legendre(count).into_iter().map(|(x, weight)| {
            // θ from π/2 downwards, so that 1 − t and 1 − t² keep their digits.
            let below = FRAC_PI_2 * 0.5 * (1.0 + x);
            let (sine, cosine) = (below.sin(), below.cos());
            Point { t: cosine, rest: versine(below), square: sine * sine, weight: weight * FRAC_PI_2 * 0.5 * sine }
        });
        Self { points: points.collect() }
    }

    /// P(z_0, …, z_3 > 0), from α = asin ρ of the pairs 01, 02, 03, 12, 13, 23.
    ///
    /// By Plackett's identity along ρ(t) = tρ,
    /// P = 1/16 + Σ_{i<j} α_ij/8π + (1/4π²) Σ_{i<j} ∫₀¹ ρ_ij (1 − t²ρ_ij²)^(−½) asin ρ_{kl·ij}(t) dt,
    /// where ρ_{kl·ij}(t) is the correlation of the other two given z_i = z_j = 0. It holds for singular matrices too.
    pub(super) fn four(&self, angles: [f64; 6]) -> f64 {
        let [a, b, c, d, e, f] = angles;
        // The pair, the opposite pair, and the four pairs in between as ki, kj, li, lj.
        let arranged = [
            [a, f, b, d, c, e],
            [b, e, a, d, c, f],
            [c, d, a, e, b, f],
            [d, c, a, b, e, f],
            [e, b, a, c, d, f],
            [f, a, b, c, d, e],
        ];
        if angles.iter().any(|&alpha| alpha <= -FRAC_PI_2 + SAME) {
            return 0.0;
        }
        if let Some([_, opposite, ki, _, li, _]) = arranged.into_iter().find(|pair| pair[0] >= FRAC_PI_2 - SAME) {
            return three(ki, li, opposite);
        }
        let mut integral = 0.0;
        for [ij, kl, ki, kj, li, lj] in arranged {
            if ij == 0.0 {
                continue;
            }
            let (rho, remainder, unlike) = (ij.sin(), ij.cos().powi(2), versine(FRAC_PI_2 - ij));
            let [kl, ki, kj, li, lj] = [kl, ki, kj, li, lj].map(f64::sin);
            for &Point { t, rest, square, weight } in &self.points {
                // 1 − t²ρ² and 1 − tρ, and below every determinant, without cancellation where i and j nearly coincide.
                let (free, apart) = (square + t * t * remainder, unlike + rho * rest);
                let given = |x: f64, y: f64| free - t * t * ((x - y) * (x - y) + 2.0 * x * y * apart);
                let joint = t * kl * free - t * t * ((ki - kj) * (li - lj) + apart * (ki * lj + kj * li));
                let square = given(ki, kj) * given(li, lj);
                let partial = if square > 0.0 { (joint / square.sqrt()).clamp(-1.0, 1.0).asin() } else { 0.0 };
                integral += weight * rho / free.sqrt() * partial;
            }
        }
        1.0 / 16.0 + angles.iter().sum::<f64>() / (8.0 * PI) + integral / (4.0 * PI * PI)
    }
}

/// 1 − cos x.
fn versine(x: f64) -> f64 {
    let half = (0.5 * x).sin();
    2.0 * half * half
}

/// P(z_0, z_1, z_2 > 0), from α = asin ρ of the pairs.
pub(super) fn three(first: f64, second: f64, third: f64) -> f64 {
    0.125 + (first + second + third) / (4.0 * PI)
}

/// Nodes and weights of Gauss and Legendre's rule on −1 ≤ x ≤ 1.
fn legendre(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    let polynomial = |x: f64| {
        let (mut last, mut value) = (1.0, x);
        for k in 2..=count {
            let k = k as f64;
            (last, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * last) / k);
        }
        (value, n * (x * value - last) / (x * x - 1.0))
    };
    let node = |index: usize| {
        let mut x = (PI * (index as f64 + 0.75) / (n + 0.5)).cos();
        for _ in 0..8 {
            let (value, slope) = polynomial(x);
            x -= value / slope;
        }
        let slope = polynomial(x).1;
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..count).map(node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn angles(rho: [f64; 6]) -> [f64; 6] {
        rho.map(f64::asin)
    }

    #[test]
    fn the_rule_integrates_polynomials() {
        let sum = |power: i32| legendre(5).iter().map(|(x, weight)| weight * x.powi(power)).sum::<f64>();
        for power in [0, 2, 4, 6, 8] {
            assert!((sum(power) - 2.0 / f64::from(power + 1)).abs() < 1e-14, "{power}: {}", sum(power));
        }
    }

    #[test]
    fn known_orthants() {
        let orthants = Orthants::new();
        // Exchangeable with ρ = ½: five equally likely orders put a given one of five variables below the other four.
        assert!((orthants.four(angles([0.5; 6])) - 0.2).abs() < 1e-14);
        assert_eq!(orthants.four([0.0; 6]), 1.0 / 16.0);
        // Two independent pairs.
        let (first, second) = (0.3_f64.asin(), (-0.8_f64).asin());
        let product = (0.25 + first / (2.0 * PI)) * (0.25 + second / (2.0 * PI));
        assert!((orthants.four([first, 0.0, 0.0, 0.0, 0.0, second]) - product).abs() < 1e-14);
        // A Gaussian and its negative.
        assert_eq!(orthants.four(angles([-1.0, 0.2, 0.1, -0.2, -0.1, 0.3])), 0.0);
    }

    #[test]
    fn four_points_of_a_plane_are_a_wedge() {
        // z_i = u·(cos φ_i, sin φ_i): all are positive for a wedge of directions.
        let orthants = Orthants::new();
        for phi in [[0.0, 0.4, 0.9, 1.3], [0.0, -1.0, 0.3, 1.9], [0.0, 0.1, 2.0, 2.9], [0.0, 2.2, 4.0, 5.0]] {
            let place = |i: usize, j: usize| f64::cos(phi[i] - phi[j]);
            let found =
                orthants.four(angles([place(0, 1), place(0, 2), place(0, 3), place(1, 2), place(1, 3), place(2, 3)]));
            let (low, high) = phi.iter().fold((f64::MAX, f64::MIN), |(low, high), &x: &f64| (low.min(x), high.max(x)));
            let wedge = ((PI - (high - low)) / (2.0 * PI)).max(0.0);
            assert!((found - wedge).abs() < 1e-10, "{phi:?}: {found}, {wedge}");
        }
    }

    #[test]
    fn a_repeated_argument_is_no_special_case_of_the_integral() {
        // Just outside the shortcut, the integral comes to the three-dimensional value by itself.
        let orthants = Orthants::new();
        let near = (1.0 - 1e-13_f64).asin();
        let (x, y, z) = (0.3_f64.asin(), (-0.2_f64).asin(), 0.5_f64.asin());
        let found = orthants.four([near, x, y, x, y, z]);
        assert!((found - three(x, y, z)).abs() < 1e-6, "{found}");
        assert_eq!(orthants.four([FRAC_PI_2, x, y, x, y, z]), three(x, y, z));
    }

    #[test]
    fn the_rule_has_settled() {
        // A chain of strong correlations, nearly singular.
        let (coarse, fine) = (Orthants::new(), Orthants::with_points(4 * POINTS));
        for step in [0.9, 0.99, 0.999] {
            let rho = |lag: i32| f64::powi(step, lag);
            let case = angles([rho(1), rho(2), rho(3), rho(1), rho(2), rho(1)]);
            assert!(
                (coarse.four(case) - fine.four(case)).abs() < 1e-11,
                "{step}: {:e}",
                coarse.four(case) - fine.four(case)
            );
        }
    }
}
