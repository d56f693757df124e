//! Gaussian expectations: closed forms against quadrature, quadrature against its stated accuracy, and its refusals.

use archscale_model::Activation;
use archscale_theory::{ActivationMoments, GaussianPair, GaussianTable, QUADRATURE_ACCURACY};

const ALL: [fn() -> Activation; 8] = [
    || Activation::RELU,
    || Activation::LINEAR,
    || Activation::leaky(0.1).unwrap(),
    || Activation::leaky(-0.7).unwrap(),
    || Activation::ERF,
    || Activation::TANH,
    || Activation::GELU,
    || Activation::SILU,
];

/// The first five have closed forms.
const CLOSED: usize = 5;

/// 1e-6 to 1e6.
fn variances() -> impl Iterator<Item = f64> {
    (-6..=6).map(|power| 1.7 * 10.0_f64.powi(power))
}

fn entries(moments: ActivationMoments) -> [f64; 5] {
    [moments.mean, moments.second, moments.slope_mean, moments.slope_second, moments.slope_fourth]
}

#[test]
fn closed_moments_equal_quadrature() {
    let (mut closed, mut numeric) = (GaussianTable::new(), GaussianTable::without_closed_forms());
    let mut count = 0;
    for activation in &ALL[..CLOSED] {
        let activation = activation();
        assert!(closed.is_closed(activation) && !numeric.is_closed(activation));
        for q in variances() {
            let (exact, found) = (closed.moments(activation, q).unwrap(), numeric.moments(activation, q).unwrap());
            // The size of the integrand sets the scale: an odd function's mean is zero.
            let sizes =
                [exact.second.sqrt(), exact.second, exact.slope_second.sqrt(), exact.slope_second, exact.slope_fourth];
            for ((found, exact), size) in entries(found).into_iter().zip(entries(exact)).zip(sizes) {
                let error = (found - exact).abs() / size;
                assert!(error <= QUADRATURE_ACCURACY, "{activation} at {q:e}: {found} against {exact}, {error:e}");
                count += 1;
            }
        }
    }
    assert_eq!(count, 325);
}

#[test]
fn closed_pairs_equal_quadrature() {
    let (mut closed, mut numeric) = (GaussianTable::new(), GaussianTable::without_closed_forms());
    let mut count = 0;
    let pairs: [(usize, usize); 6] = [(0, 0), (1, 1), (0, 2), (2, 3), (3, 1), (4, 4)];
    for (u, w) in pairs {
        let (u, w) = (ALL[u](), ALL[w]());
        assert!(closed.is_closed_pair(u, w));
        for (q_u, q_w) in [(0.3, 7.0), (1e-3, 2.0), (400.0, 30.0)] {
            for rho in [-1.0, -1.0 + 1e-9, -0.8, 0.0, 0.37, 0.9999, 1.0] {
                let pair = correlated(q_u, q_w, rho);
                let (exact, found) = (closed.slope_pair(u, w, &pair).unwrap(), numeric.slope_pair(u, w, &pair).unwrap());
                let size = if exact > 1e-6 { exact } else { 1.0 };
                let error = (found - exact).abs() / size;
                assert!(error <= 10.0 * QUADRATURE_ACCURACY, "{u} {w} {q_u} {q_w} {rho}: {found}, {exact}, {error:e}");
                count += 1;
            }
        }
    }
    assert_eq!(count, 126);
}

/// The determinant from 1 − |ρ|, which is exact.
fn correlated(q_u: f64, q_w: f64, rho: f64) -> GaussianPair {
    let gap = 1.0 - rho.abs();
    GaussianPair::with_determinant(q_u, q_w, rho * (q_u * q_w).sqrt(), q_u * q_w * gap * (2.0 - gap))
}

#[test]
fn pairs_meet_their_limits() {
    let mut table = GaussianTable::new();
    let mut count = 0;
    for activation in ALL {
        let activation = activation();
        for q in [1e-4, 0.3, 1.0, 30.0, 1e4] {
            let own = table.moments(activation, q).unwrap();
            // Perfect correlation is one variable, no correlation is a product.
            let same = table.slope_pair(activation, activation, &GaussianPair::new(q, q, q)).unwrap();
            assert!((same / own.slope_fourth - 1.0).abs() <= 2.0 * QUADRATURE_ACCURACY, "{activation} {q}: {same}");
            let other = table.moments(activation, 2.0 * q).unwrap();
            let apart = table.slope_pair(activation, activation, &GaussianPair::new(q, 2.0 * q, 0.0)).unwrap();
            let product = own.slope_second * other.slope_second;
            assert!((apart / product - 1.0).abs() <= 3.0 * QUADRATURE_ACCURACY, "{activation} {q}: {apart}, {product}");
            // Exchange of the two.
            let pair = GaussianPair::new(q, 3.0 * q, 0.9 * q);
            let mirrored = GaussianPair::new(3.0 * q, q, 0.9 * q);
            let (one, two) = (Activation::GELU, activation);
            let (left, right) = (table.slope_pair(one, two, &pair).unwrap(), table.slope_pair(two, one, &mirrored).unwrap());
            assert!((left / right - 1.0).abs() <= 2.0 * QUADRATURE_ACCURACY, "{activation} {q}: {left}, {right}");
            count += 1;
        }
    }
    assert_eq!(count, 40);
}

#[test]
fn stein_and_poincare_hold() {
    // E σ² − (E σ)² ≤ q E σ′² for every σ, with equality for straight lines only.
    let mut table = GaussianTable::new();
    for activation in ALL {
        let activation = activation();
        for q in variances() {
            let moments = table.moments(activation, q).unwrap();
            let (variance, bound) = (moments.second - moments.mean * moments.mean, q * moments.slope_second);
            assert!(variance <= bound * (1.0 + 1e-9), "{activation} {q:e}: {variance} above {bound}");
            assert!(moments.slope_second.powi(2) <= moments.slope_fourth * (1.0 + 1e-9), "{activation} {q:e}");
        }
    }
}

#[test]
fn a_variance_of_zero_is_the_point_zero() {
    let mut table = GaussianTable::new();
    for activation in ALL {
        let activation = activation();
        let moments = table.moments(activation, 0.0).unwrap();
        assert_eq!(moments.mean, activation.value(0.0));
        assert_eq!(moments.slope_fourth, activation.slope(0.0).powi(4));
        let dead = table.slope_pair(activation, Activation::GELU, &GaussianPair::new(0.0, 1.0, 0.0)).unwrap();
        let alive = table.moments(Activation::GELU, 1.0).unwrap().slope_second;
        assert_eq!(dead, activation.slope(0.0).powi(2) * alive);
    }
}
