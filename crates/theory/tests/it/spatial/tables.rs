//! Exponents of the kernel's side, against tables of an independent implementation printed to two and three digits.

use archscale_model::{ConvNetwork, InitRule, Lowering};
use archscale_theory::{KernelExponents, TapReading, kernel_exponents, spatial_moments};

use crate::spatial::reference::program;

fn exponents(text: &str) -> KernelExponents {
    kernel_exponents(&ConvNetwork::parse(text).unwrap(), &Lowering::new(InitRule::Target), &[1, 3, 5, 7]).unwrap()
}

#[test]
fn on_a_torus_the_exponent_is_the_dimension() {
    let mut count = 0;
    for (size, dims) in [("8", 1), ("16", 1), ("8x8", 2)] {
        for input in ["iid", "mix:0.5", "smooth", "constant"] {
            for readout in ["gap", "flatten"] {
                for depth in [1, 2, 4, 8] {
                    let found = exponents(&format!("conv:size={size},input={input},readout={readout},depth={depth}"));
                    assert!((found.exponent - f64::from(dims)).abs() < 1e-9, "{size} {input} {readout} {depth}: {found:?}");
                    assert_eq!(found.reading(1e-6), if dims == 1 { TapReading::Both } else { TapReading::Taps });
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 96);
}

#[test]
fn zero_padding_lowers_the_exponent() {
    // Image, depth, input, fit over 1, 3, 5, 7, slope from 3 to 7.
    let table = [
        ("8", 1, "iid", 0.89, 0.83),
        ("8", 4, "iid", 0.50, 0.15),
        ("8", 8, "constant", -0.47, -1.15),
        ("16", 4, "iid", 0.77, 0.64),
        ("16", 16, "constant", -0.29, -0.82),
        ("32", 8, "iid", 0.80, 0.70),
        ("8x8", 2, "iid", 1.38, 1.02),
        ("8x8", 2, "constant", 1.11, 0.63),
        ("8x8", 8, "iid", -0.15, -1.66),
        ("16x16", 2, "iid", 1.71, 1.56),
    ];
    for (size, depth, input, fit, slope) in table {
        let found = exponents(&format!("conv:size={size},depth={depth},input={input},padding=zero"));
        let last = 0.5 * (found.rows[3].mean_squared_change / found.rows[1].mean_squared_change).ln() / (7.0_f64 / 3.0).ln();
        assert!((found.exponent - fit).abs() <= 0.005 + 1e-9, "{size} {depth} {input}: {} for {fit}", found.exponent);
        assert!((last - slope).abs() <= 0.005 + 1e-9, "{size} {depth} {input}: {last} for {slope}");
        // Neither reading of q⁻¹, even where the fit is near one of them.
        assert_eq!(found.reading(0.05), TapReading::Neither, "{found:?}");
    }
}

#[test]
fn a_single_position_lowers_it_too() {
    // D at the position that is read.
    let table = [
        ("8", 1, "iid", 1.000),
        ("8", 2, "iid", 0.911),
        ("8", 4, "iid", 0.797),
        ("8", 16, "iid", 0.654),
        ("16", 8, "iid", 0.696),
        ("16", 8, "constant", 1.000),
        ("8x8", 2, "iid", 1.894),
        ("8x8", 4, "iid", 1.750),
        ("12x12", 2, "iid", 1.894),
    ];
    for (size, depth, input, fit) in table {
        let points: Vec<(f64, f64)> = [1, 3, 5, 7]
            .into_iter()
            .map(|kernel| {
                let law = spatial_moments(&program(&format!(
                    "conv:size={size},depth={depth},input={input},kernel={kernel},readout=single"
                )));
                (f64::from(kernel).ln(), 0.5 * law.unwrap().nodes.last().unwrap().per_position[0].ln())
            })
            .collect();
        let mean = points.iter().map(|point| point.0).sum::<f64>() / 4.0;
        let slope = points.iter().map(|point| (point.0 - mean) * point.1).sum::<f64>()
            / points.iter().map(|point| (point.0 - mean).powi(2)).sum::<f64>();
        assert!((slope - fit).abs() <= 0.0005 + 1e-9, "{size} {depth} {input}: {slope} for {fit}");
    }
}
