//! The whole table T(p, p′; r, r′) = lim E[Θ_ij(p, p′) Θ_ij(r, r′)]/n, i ≠ j, of chains: another route, by its own recursion and with
//! orthant probabilities of its own.
//!
//! T^l(p, p′; r, r′) = (4/q²) Σ_{k, k′} [E s_p s_r E s_p′ s_r′ T^{l−1} + P(all four > 0) κ κ], the terms taken at p + k, p′ + k′, r + k,
//! r′ + k′, from T¹ = 0; and E Δz(p) Δz(r) = C Σ M Gd (T + κ κ) with the readout contracted last.

use std::f64::consts::{FRAC_PI_2, PI};

use archscale_model::{ConvNetwork, Image};
use archscale_theory::{SpatialRoute, spatial_moments_by};
use nalgebra::DMatrix;

use crate::spatial::reference::program;

/// P(z > 0) by Plackett's identity along tρ, through the substitution t = 1/(1 + exp(−π sinh u)).
pub(crate) fn orthant(rho: [[f64; 4]; 4]) -> f64 {
    let step = 1.0 / 24.0;
    let mut total = 1.0 / 16.0;
    for i in 0..4 {
        for j in i + 1..4 {
            let [k, l]: [usize; 2] = (0..4).filter(|&x| x != i && x != j).collect::<Vec<_>>().try_into().unwrap();
            let (r, ki, kj, li, lj) = (rho[i][j], rho[k][i], rho[k][j], rho[l][i], rho[l][j]);
            let density = |u: f64| {
                let (t, s) = (1.0 / (1.0 + (-PI * u.sinh()).exp()), 1.0 / (1.0 + (PI * u.sinh()).exp()));
                let (free, apart) = ((1.0 - r * r) + r * r * s * (2.0 - s), (1.0 - r) + r * s);
                let var = |x: f64, y: f64| free - t * t * ((x - y).powi(2) + 2.0 * x * y * apart);
                let joint = t * rho[k][l] * free - t * t * ((ki - kj) * (li - lj) + apart * (ki * lj + kj * li));
                let product = var(ki, kj) * var(li, lj);
                let partial = if product > 0.0 { (joint / product.sqrt()).clamp(-1.0, 1.0) } else { 0.0 };
                if free <= 0.0 {
                    return 0.0;
                }
                r / (2.0 * PI * free.sqrt()) * (0.25 + partial.asin() / (2.0 * PI)) * t * s * PI * u.cosh()
            };
            total += (-96..=96).map(|index| step * density(f64::from(index) * step)).sum::<f64>();
        }
    }
    total
}

/// One layer of a chain.
pub(crate) struct Layer {
    pub(crate) sigma: DMatrix<f64>,
    pub(crate) kappa: DMatrix<f64>,
    /// T at ((p m + p′) m + r) m + r′.
    pub(crate) table: Vec<f64>,
}

impl Layer {
    fn rho(&self, p: usize, r: usize) -> f64 {
        if p == r { 1.0 } else { self.sigma[(p, r)] / (self.sigma[(p, p)] * self.sigma[(r, r)]).sqrt() }
    }

    /// E s s′.
    pub(crate) fn slopes(&self) -> DMatrix<f64> {
        let m = self.sigma.nrows();
        DMatrix::from_fn(m, m, |p, r| 0.25 + self.rho(p, r).clamp(-1.0, 1.0).asin() / (2.0 * PI))
    }

    /// E Δz(p) Δz(r) for a signal of covariance `flow` at z: Σ flow(p′, r′) (T + κ κ).
    pub(crate) fn change(&self, flow: &DMatrix<f64>) -> DMatrix<f64> {
        let m = flow.nrows();
        DMatrix::from_fn(m, m, |p, r| {
            let mut sum = 0.0;
            for s in 0..m {
                for t in 0..m {
                    let table = self.table[((p * m + s) * m + r) * m + t];
                    sum += flow[(s, t)] * (table + self.kappa[(p, s)] * self.kappa[(r, t)]);
                }
            }
            sum
        })
    }
}

/// The first layer over an image.
pub(crate) fn first(image: &Image, kernel: usize) -> Layer {
    let m = image.grid().positions();
    let taps = image.grid().taps(kernel).unwrap();
    let mean = average(&taps, m, |p, r| image.gram()[p * m + r]);
    Layer { sigma: &mean * 2.0, kappa: &mean * taps.len() as f64, table: vec![0.0; m * m * m * m] }
}

fn average(taps: &[Vec<Option<usize>>], m: usize, x: impl Fn(usize, usize) -> f64) -> DMatrix<f64> {
    let q = taps.len() as f64;
    DMatrix::from_fn(m, m, |p, r| taps.iter().filter_map(|tap| Some(x(tap[p]?, tap[r]?))).sum::<f64>() / q)
}

impl Layer {
    /// The layer that reads the ReLU of this one.
    pub(crate) fn next(&self, taps: &[Vec<Option<usize>>]) -> Self {
        let (m, q) = (self.sigma.nrows(), taps.len() as f64);
        let slopes = self.slopes();
        let relu = |p: usize, r: usize| {
            let rho = self.rho(p, r);
            let scale = (self.sigma[(p, p)] * self.sigma[(r, r)]).sqrt();
            scale * ((1.0 - rho * rho).max(0.0).sqrt() / (2.0 * PI) + rho * slopes[(p, r)])
        };
        let seen = average(taps, m, relu);
        let kappa = &seen * q + average(taps, m, |p, r| slopes[(p, r)] * self.kappa[(p, r)]) * 2.0;
        let source = |index: usize| {
            let [p, s, r, t] = split(index, m);
            let four = orthant([p, s, r, t].map(|x| [p, s, r, t].map(|y| self.rho(x, y))));
            slopes[(p, r)] * slopes[(s, t)] * self.table[index] + four * self.kappa[(p, s)] * self.kappa[(r, t)]
        };
        let sources: Vec<f64> = (0..m * m * m * m).map(source).collect();
        let entry = |index: usize| {
            let [p, s, r, t] = split(index, m);
            let mut sum = 0.0;
            // One shift for p and r, another for p′ and r′.
            for one in taps {
                let (Some(p), Some(r)) = (one[p], one[r]) else { continue };
                for two in taps {
                    let (Some(s), Some(t)) = (two[s], two[t]) else { continue };
                    sum += 4.0 / (q * q) * sources[((p * m + s) * m + r) * m + t];
                }
            }
            sum
        };
        let table = (0..m * m * m * m).map(entry).collect();
        Self { sigma: seen * 2.0, kappa, table }
    }

    /// The field Π z.
    pub(crate) fn pooled(&self, pool: &DMatrix<f64>) -> Self {
        let m = pool.nrows();
        let all = |weights: [&[f64]; 4]| {
            let terms = (0..m * m * m * m).map(|index| {
                let place = split(index, m);
                (0..4).map(|side| weights[side][place[side]]).product::<f64>() * self.table[index]
            });
            terms.sum::<f64>()
        };
        let rows: Vec<Vec<f64>> = pool.row_iter().map(|row| row.iter().copied().collect()).collect();
        let table = (0..m * m * m * m).map(|index| all(split(index, m).map(|place| rows[place].as_slice()))).collect();
        Self { sigma: pool * &self.sigma * pool.transpose(), kappa: pool * &self.kappa * pool.transpose(), table }
    }
}

fn split(index: usize, m: usize) -> [usize; 4] {
    [index / (m * m * m), index / (m * m) % m, index / m % m, index % m]
}

#[test]
fn the_orthant_of_this_file_is_right() {
    let exchangeable = [0, 1, 2, 3].map(|i| [0, 1, 2, 3].map(|j| if i == j { 1.0 } else { 0.5 }));
    assert!((orthant(exchangeable) - 0.2).abs() < 1e-12);
    // Two equal ones among four: three independent Gaussians.
    let twice = [0, 1, 2, 3].map(|i: usize| [0, 1, 2, 3].map(|j: usize| if i == j || i + j == 1 { 1.0 } else { 0.0 }));
    assert!((orthant(twice) - 0.125).abs() < 1e-12, "{}", orthant(twice));
    // Four directions of a plane, within a right angle of one another: a wedge of half that angle is left.
    let plane: [f64; 4] = [0.0, 0.4, 1.1, FRAC_PI_2];
    assert!((orthant(plane.map(|x| plane.map(|y| (x - y).cos()))) - 0.25).abs() < 1e-11);
}

#[test]
fn contracting_the_table_gives_the_fluctuation() {
    let mut count = 0;
    for padding in ["circular", "zero"] {
        for input in ["iid", "smooth:1", "mix:0.5", "constant"] {
            for readout in ["gap", "flatten", "single:1"] {
                for depth in [2, 3] {
                    let text =
                        format!("conv:size=4,kernel=3,depth={depth},padding={padding},input={input},readout={readout}");
                    let network = ConvNetwork::parse(&text).unwrap();
                    let taps = network.grid().taps(3).unwrap();
                    let mut last = first(&network.image().unwrap(), 3);
                    for _ in 1..depth {
                        last = last.next(&taps);
                    }
                    let signal = DMatrix::from_row_slice(4, 4, &network.readout().matrix(4)) * 2.0;
                    let expected = last.change(&signal.component_mul(&last.slopes()));
                    for route in [SpatialRoute::Positions, SpatialRoute::Pairs] {
                        let found = spatial_moments_by(&program(&text), route).unwrap().nodes.pop().unwrap();
                        for (p, change) in found.per_position.iter().enumerate() {
                            let error = (change - expected[(p, p)]).abs() / change;
                            assert!(error <= 1e-9, "{text} {route}: {change} against {}", expected[(p, p)]);
                        }
                    }
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 48);
}
