//! Laws beyond those of the theory crate, one row each.

use archscale_model::Scaled;

use super::{Features, Gap, Parameter, ParametricLaw, Predict};

/// Every law beyond those of the theory crate, in the order of reports.
pub const FURTHER_LAWS: &[ParametricLaw] = &[
    law(
        "kernel",
        "min_v √v / κ",
        "Motion of a neuron along its own readout weight alone: the limit of lazy training, η κ = O(1).",
        &[],
        |at, _| Ok(-ln_kernel(at)?),
    ),
    law(
        "kernel-trace",
        "(Σ_v κ(v) / √v)^(−1)",
        "The trace of the tangent kernel over all hidden vertices instead of its largest part.",
        &[],
        |at, _| Ok(-at.vertices()?.iter().map(|vertex| vertex.kernel / vertex.second_moment.sqrt()).sum::<f64>().ln()),
    ),
    law(
        "paper-kernel-size",
        "(q Σ_p L_p³)^(−1/2), q the taps of a kernel",
        "Chen et al. 2024 with the kernel's size inside the root, as if its entries only multiplied the paths; equation 9 \
         divides by q.",
        &[],
        |at, _| Ok(-0.5 * (ln_paper(at) + ln_taps(at))),
    ),
    law(
        "paper-side",
        "(Σ_p L_p³)^(−1/2) / k, k the side of a kernel",
        "Equation 9 of Chen et al. 2024 with the kernel's size read as its side; the law `paper` reads it as the taps, k² \
         in two dimensions.",
        &[],
        |at, _| Ok(-0.5 * ln_paper(at) - ln_side(at)),
    ),
    law(
        "weighted-root-taps",
        "(q Σ_p w_p L_p³ / Σ_p w_p)^(−1/2), q the taps of a kernel",
        "As paper-kernel-size with the mean over paths: the rate falls by the root of the taps.",
        &[],
        |at, _| Ok(-0.5 * (ln_paths(at) + ln_taps(at))),
    ),
    law(
        "weighted-side",
        "(Σ_p w_p L_p³ / Σ_p w_p)^(−1/2) / k, k the side of a kernel",
        "As paper-side with the mean over paths.",
        &[],
        |at, _| Ok(-0.5 * ln_paths(at) - ln_side(at)),
    ),
    law(
        "weighted-taps-power",
        "(Σ_p w_p L_p³ / Σ_p w_p)^(−1/2) q^(−a)",
        "The exponent of the taps left open: a = 1 is weighted-paths, exact on a torus; zero padding and few channels bend \
         it, also below 0.",
        &[parameter("a", -2.0, 2.0)],
        |at, theta| Ok(-0.5 * ln_paths(at) - theta[0] * ln_taps(at)),
    ),
    law(
        "self-and-cross",
        "min_v ((T + λ κ²) / v)^(−1/2)",
        "Between exact-T (λ = 0) and exact-B with the readout at v (λ = 1): minibatches may average the self part.",
        &[parameter("ln λ", -10.0, 5.0)],
        self_and_cross,
    ),
    law(
        "two-limits",
        "min(√(v/T), ρ √v/κ), each at its worst vertex",
        "Two separate bounds, of which the stricter holds: leaking motion, and lazy training.",
        &[parameter("ln ρ", -6.0, 6.0)],
        // Without leaking motion (T = 0, depth one) only the second bound is left.
        |at, theta| Ok((-0.5 * ln_cross(at)?).min(theta[0] - ln_kernel(at)?)),
    ),
    law(
        "output-quadrature",
        "(R² + N²)^(−1/2)",
        "output-kernel where the two parts have top directions of their own, so that the larger one decides.",
        &[],
        output_quadrature,
    ),
    law(
        "grown-readout",
        "1 / (n R + y² N)",
        "output-kernel at width n: readouts have grown along what they read until outputs have size y, which training sets.",
        &[parameter("ln y²", 0.0, 10.0)],
        grown_readout,
    ),
    law(
        "geometric",
        "exact-T^w · weighted-paths^(1 − w)",
        "A compromise in log space of leaking motion and the mean over paths.",
        &[parameter("w", 0.0, 1.0)],
        |at, theta| Ok(-0.5 * (theta[0] * ln_cross(at)? + (1.0 - theta[0]) * ln_weighted(at))),
    ),
    law(
        "weighted-power",
        "weighted-paths^a",
        "The exponent −1/2 left open: a = 1 is weighted-paths.",
        &[parameter("a", 0.0, 2.0)],
        |at, theta| Ok(-0.5 * theta[0] * ln_weighted(at)),
    ),
    law(
        "weighted-and-kernel",
        "weighted-paths^a · kernel^b",
        "An exponent for the mean over paths and one for the limit of lazy training.",
        &[parameter("a", -2.0, 2.0), parameter("b", -2.0, 2.0)],
        |at, theta| Ok(-0.5 * theta[0] * ln_weighted(at) - theta[1] * ln_kernel(at)?),
    ),
    law(
        "features-power",
        "exact-T^a · kernel^b · weighted-paths^c",
        "What a fit of three features in log space can reach.",
        &[parameter("a", -2.0, 2.0), parameter("b", -2.0, 2.0), parameter("c", -2.0, 2.0)],
        |at, theta| Ok(-0.5 * theta[0] * ln_cross(at)? - theta[1] * ln_kernel(at)? - 0.5 * theta[2] * ln_weighted(at)),
    ),
];

const fn law(
    id: &'static str,
    formula: &'static str,
    hypotheses: &'static str,
    parameters: &'static [Parameter],
    ln_rate: fn(&Features, &[f64]) -> Result<f64, Gap>,
) -> ParametricLaw {
    ParametricLaw { id, formula, hypotheses, parameters, predict: Predict::Formula(ln_rate) }
}

const fn parameter(name: &'static str, low: f64, high: f64) -> Parameter {
    Parameter { name, low, high }
}

fn self_and_cross(features: &Features, theta: &[f64]) -> Result<f64, Gap> {
    let lambda = theta[0].exp();
    let mut largest = 0.0_f64;
    for at in features.vertices()? {
        largest = largest.max((features.cross(at)? + lambda * at.kernel * at.kernel) / at.second_moment);
    }
    Ok(-0.5 * largest.ln())
}

fn output_quadrature(features: &Features, _: &[f64]) -> Result<f64, Gap> {
    let kernel = features.input().output_kernel()?;
    Ok(-0.5 * (kernel.readout * kernel.readout + kernel.hidden * kernel.hidden).ln())
}

fn grown_readout(features: &Features, theta: &[f64]) -> Result<f64, Gap> {
    let kernel = features.input().output_kernel()?;
    let (readout, hidden) = (Scaled::from(features.width() as f64), Scaled::from(theta[0].exp()));
    Ok(-(readout * kernel.readout + hidden * kernel.hidden).ln())
}

/// ln of Σ_p L_p³, whatever the kernels.
fn ln_paper(features: &Features) -> f64 {
    features.input().paths().ln_shifted_cubes(0)
}

/// ln of Σ_p w_p L_p³ / Σ_p w_p, whatever the kernels.
fn ln_paths(features: &Features) -> f64 {
    let paths = features.input().paths();
    (paths.weighted_sum_cubed() / paths.total_weight()).ln()
}

/// −2 ln η of weighted-paths: over images the change grows with the square of the taps.
fn ln_weighted(features: &Features) -> f64 {
    ln_paths(features) + 2.0 * ln_taps(features)
}

/// ln q, the taps of the kernels; 0 between vectors.
fn ln_taps(features: &Features) -> f64 {
    features.input().taps().ln()
}

/// ln k, the side of the kernels; 0 between vectors.
fn ln_side(features: &Features) -> f64 {
    features.input().side().ln()
}

/// ln of the largest κ/√v over the vertices.
fn ln_kernel(features: &Features) -> Result<f64, Gap> {
    let sizes = features.vertices()?.iter().map(|at| at.kernel / at.second_moment.sqrt());
    Ok(sizes.fold(0.0, f64::max).ln())
}

/// ln of the largest T/v over the vertices.
fn ln_cross(features: &Features) -> Result<f64, Gap> {
    let mut largest = 0.0_f64;
    for at in features.vertices()? {
        largest = largest.max(features.cross(at)? / at.second_moment);
    }
    Ok(largest.ln())
}
