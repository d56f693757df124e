//! A second implementation of the law on chains, from the recursion as printed, that can be told to make one mistake.

use std::f64::consts::{FRAC_PI_2, PI};

use archscale_model::{Grid, Image, Padding, PositionReadout};
use nalgebra::DMatrix;

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Weights of a kernel counted by its side, as in a factor 3/k: k for q in the kernel.
    SideForTaps,
    /// Taps counted once in D and not twice: q for q².
    TapsOnce,
    /// Zero padding treated as a torus.
    Torus,
    /// The taps that leave the image dropped from the divisor too.
    DivideByInside,
    /// A gate at p and a gate at p′ taken as independent: no α.
    NoAngles,
    /// The first layer's own weights left out: c_1 = 0.
    NoFirstLayer,
    /// The signal sent back without its averaging.
    NoAdjoint,
    /// The fluctuation passed on without its averaging.
    NoAverage,
    /// The signal's correlation between positions dropped.
    DiagonalSignal,
}

pub(crate) struct Chain<'a> {
    pub(crate) image: &'a Image,
    pub(crate) kernel: usize,
    pub(crate) depth: usize,
    pub(crate) readout: PositionReadout,
}

/// D(p) of the last layer.
pub(crate) fn law(chain: &Chain<'_>, fault: Fault) -> Vec<f64> {
    let &Chain { image, kernel, depth, readout } = chain;
    let torus = Grid::new(image.grid().sides().to_vec(), Padding::Circular).unwrap();
    let grid = if fault == Fault::Torus { &torus } else { image.grid() };
    let m = grid.positions();
    let taps = grid.taps(kernel).unwrap();
    let q = taps.len() as f64;
    let divisor = |count: usize| if fault == Fault::DivideByInside { (count.max(1)) as f64 } else { q };
    // The adjoint goes from the position that is read to those that read it.
    let reader = |tap: &Vec<Option<usize>>, p: usize| tap.iter().position(|target| *target == Some(p));
    let readers: Vec<Vec<Option<usize>>> = taps.iter().map(|tap| (0..m).map(|p| reader(tap, p)).collect()).collect();
    let average = |x: &DMatrix<f64>, back: bool| {
        DMatrix::from_fn(m, m, |p, r| {
            let read = |tap: &Vec<Option<usize>>| Some(x[(tap[p]?, tap[r]?)]);
            let terms: Vec<f64> = if back { &readers } else { &taps }.iter().filter_map(read).collect();
            terms.iter().sum::<f64>() / divisor(terms.len())
        })
    };
    let rho = |s: &DMatrix<f64>, p: usize, r: usize| {
        if p == r { 1.0 } else { (s[(p, r)] / (s[(p, p)] * s[(r, r)]).sqrt()).clamp(-1.0, 1.0) }
    };
    let gram = DMatrix::from_row_slice(m, m, image.gram());
    let share = if fault == Fault::NoFirstLayer || image.channels().is_some() { 0.0 } else { 1.0 };
    let weight = if fault == Fault::SideForTaps { kernel as f64 } else { q };
    let (mut sigma, mut kappa, mut alpha, mut gate) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut seen, mut passed) = (gram, DMatrix::zeros(m, m));
    for layer in 0..depth {
        let own = if layer == 0 { share * weight } else { weight };
        kappa.push(average(&seen, false) * own + average(&passed, false) * 2.0);
        let s: DMatrix<f64> = average(&seen, false) * 2.0;
        let a = DMatrix::from_fn(m, m, |p, r| if p == r { FRAC_PI_2 } else { rho(&s, p, r).asin() });
        let g = a.map(|a| 0.25 + a / (2.0 * PI));
        seen = DMatrix::from_fn(m, m, |p, r| {
            let rho = rho(&s, p, r);
            (s[(p, p)] * s[(r, r)]).sqrt() * ((1.0 - rho * rho).sqrt() / (2.0 * PI) + rho * g[(p, r)])
        });
        passed = g.component_mul(kappa.last().unwrap());
        sigma.push(s);
        alpha.push(a);
        gate.push(g);
    }
    let mut signals = vec![DMatrix::from_row_slice(m, m, &readout.matrix(m)) * 2.0];
    if fault == Fault::DiagonalSignal {
        signals[0] = DMatrix::from_diagonal(&signals[0].diagonal());
    }
    for layer in (1..depth).rev() {
        let flow = gate[layer].component_mul(signals.last().unwrap());
        signals.push(if fault == Fault::NoAdjoint { flow * 2.0 } else { average(&flow, true) * 2.0 });
    }
    signals.reverse();
    let sums = |x: DMatrix<f64>, k: &DMatrix<f64>| x.component_mul(k).column_sum();
    let mut fluctuation = nalgebra::DVector::zeros(m);
    for layer in 0..depth {
        let k = &kappa[layer];
        let reaction = sums(k * gate[layer].component_mul(&signals[layer]), k);
        if layer + 1 == depth {
            let total: nalgebra::DVector<f64> = fluctuation + reaction;
            let scale = if fault == Fault::TapsOnce { q } else { 1.0 };
            return total.iter().map(|change| change / scale).collect();
        }
        let bent = sums(alpha[layer].component_mul(k) * &signals[layer], k) / PI;
        // Without angles, three independent gates: their correlation lives in the pair r, r′ alone.
        let source: nalgebra::DVector<f64> = if fault == Fault::NoAngles { reaction } else { reaction + bent };
        let next: nalgebra::DVector<f64> = fluctuation + source;
        fluctuation = if fault == Fault::NoAverage {
            next
        } else {
            let mean = |p: usize| {
                let terms: Vec<f64> = taps.iter().filter_map(|tap| tap[p]).map(|target| next[target]).collect();
                terms.iter().sum::<f64>() / divisor(terms.len())
            };
            nalgebra::DVector::from_fn(m, |p, _| mean(p))
        };
    }
    Vec::new()
}
