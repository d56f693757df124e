use archscale_model::{Activation, ConvNetwork, InitRule, Lowering};
use archscale_plot::{Axis, Figure, Mark, Point, Series};
use archscale_stats::Outcome;
use archscale_theory::{FixedVarianceChain, GaussianTable, KernelSums, RecursionForm, chain_limit, kernel_exponents};

use super::Results;
use crate::{ClaimError, Method};

/// Deepest layer of the growth figure.
const DEEPEST: u64 = 64;

/// Width at which the recursions are followed: terms of order 1/n are invisible.
const WIDE: u64 = 1_000_000_000;

/// The figures of a report, as (file name, SVG): simulation against theory, growth with depth, and kernel sizes.
///
/// # Errors
/// When a closed form cannot be evaluated.
pub fn figures(results: &Results) -> Result<Vec<(&'static str, String)>, ClaimError> {
    Ok(vec![("simulation.svg", simulation(results).svg()), ("growth.svg", growth()?.svg()), ("kernel.svg", kernel()?.svg())])
}

/// Every simulated check of the run; supported ones lie on the identity.
fn simulation(results: &Results) -> Figure {
    let points = |wanted: fn(Outcome) -> bool| {
        results
            .claims
            .iter()
            .flat_map(|claim| claim.finding.checks.iter().chain(&claim.finding.corrected))
            .filter(|check| check.method == Method::Simulation && wanted(check.outcome))
            .filter_map(|check| Some(Point::with_error(check.prediction?, check.estimate?, check.standard_error?)))
            .collect()
    };
    let series = |name: &str, points| Series { name: name.into(), points, mark: Mark::Dots };
    Figure {
        title: "Simulated against predicted, every check of this run".into(),
        x: Axis::logarithmic("predicted value (E|z|²/n, A, B or kernel sum)"),
        y: Axis::logarithmic("simulated value ± standard error"),
        series: vec![
            series("supported", points(|outcome| outcome == Outcome::Supported)),
            series("refuted", points(|outcome| outcome == Outcome::Refuted)),
            series("undecided", points(|outcome| outcome == Outcome::Undecided)),
        ]
        .into_iter()
        .filter(|series: &Series| !series.points.is_empty())
        .collect(),
        identity: true,
    }
}

/// B against depth on chains: exact, as the printed recursion has it, and with GELU.
fn growth() -> Result<Figure, ClaimError> {
    let line = |name: &str, values: Vec<(f64, f64)>| Series {
        name: name.into(),
        points: values.into_iter().map(|(x, y)| Point::new(x, y)).collect(),
        mark: Mark::Line,
    };
    let exact = (1..=DEEPEST).map(|layer| (layer as f64, chain_limit::<f64>(layer))).collect();
    // The recursions' kernel sum is B itself at C = 2. As printed its first layer vanishes in the limit, so the line starts
    // at 2.
    let printed = KernelSums::<f64>::iterate(RecursionForm::Printed, WIDE, DEEPEST as usize)?;
    let printed = (1..).zip(&printed).skip(1).map(|(layer, sums)| (f64::from(layer), sums.b)).collect();
    let gelu = FixedVarianceChain::new(Activation::GELU, 1.0, &mut GaussianTable::new())?;
    let gelu = (1..=DEEPEST as usize).map(|layer| (layer as f64, gelu.change(layer))).collect();
    Ok(Figure {
        title: "Growth of the mean squared change with depth (chains, n → ∞)".into(),
        x: Axis::logarithmic("layer ℓ"),
        y: Axis::logarithmic("B(ℓ) / η²"),
        series: vec![
            line("ReLU, exact: ℓ(2ℓ²+1)/12", exact),
            line("printed recursion (appendix C)", printed),
            line("GELU at fixed variance 1", gelu),
        ],
        identity: false,
    })
}

/// The learning rate against the kernel's side on images of 8 × 8, relative to kernel 1, beside both readings of the
/// published factor.
fn kernel() -> Result<Figure, ClaimError> {
    const KERNELS: [usize; 4] = [1, 3, 5, 7];
    let line = |name: &str, values: Vec<(f64, f64)>| Series {
        name: name.into(),
        points: values.into_iter().map(|(x, y)| Point::new(x, y)).collect(),
        mark: Mark::Line,
    };
    let reading = |power: i32| KERNELS.iter().map(|&side| (side as f64, (side as f64).powi(-power))).collect();
    let dots = |name: &str, points| Series { mark: Mark::Dots, ..line(name, points) };
    let mut series = vec![dots("q⁻¹, q = side", reading(1)), dots("q⁻¹, q = taps", reading(2))];
    for (name, text) in [
        ("circular, any depth", "conv:depth=4,dims=2,size=8,padding=circular,input=iid"),
        ("zero padding, depth 2", "conv:depth=2,dims=2,size=8,padding=zero,input=iid"),
        ("zero padding, depth 4", "conv:depth=4,dims=2,size=8,padding=zero,input=iid"),
        ("zero padding, depth 8", "conv:depth=8,dims=2,size=8,padding=zero,input=iid"),
    ] {
        let rows = kernel_exponents(&ConvNetwork::parse(text)?, &Lowering::new(InitRule::Target), &KERNELS)?.rows;
        let rate = |change: f64| (rows[0].mean_squared_change / change).sqrt();
        series.push(line(name, rows.iter().map(|row| (row.kernel as f64, rate(row.mean_squared_change))).collect()));
    }
    Ok(Figure {
        title: "Largest learning rate against the side of the kernel, 8 × 8 images, average pooling, n → ∞".into(),
        x: Axis::logarithmic("side k of the kernel"),
        y: Axis::logarithmic("η*(k) / η*(1)"),
        series,
        identity: false,
    })
}
