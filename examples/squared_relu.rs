//! A new activation: max(z, 0)², with closed-form Gaussian expectations, beside a simulation.
//!
//!     cargo run --example squared_relu

use std::error::Error;
use std::f64::consts::{PI, TAU};

use archscale::model::{Activation, ActivationFamily, Architecture, Expr, InitRule, Lowering};
use archscale::sim::{Settings, StreamKey, simulate};
use archscale::theory::{ActivationMoments, ClosedForm, GaussianPair, GaussianTable, WideSettings, wide_moments_with};

/// What the simulator, the law and the parser need: its name and its expression.
pub(crate) static SQUARED_RELU: ActivationFamily = ActivationFamily {
    keyword: "squared-relu",
    grammar: "squared-relu",
    help: "max(x, 0)^2",
    parameter: None,
    expression: |_| Expr::argument(0).relu().powi(2),
    kinks: |_| vec![0.0],
};

/// Optional: exact expectations in place of quadrature.
pub(crate) static CLOSED_FORM: ClosedForm = ClosedForm {
    family: "squared-relu",
    group: "squared-relu",
    group_parameter: |parameter| parameter,
    moments: |_, q| ActivationMoments {
        mean: 0.5 * q,
        second: 1.5 * q * q,
        slope_mean: 2.0 * (q / TAU).sqrt(),
        slope_second: 2.0 * q,
        slope_fourth: 24.0 * q * q,
    },
    slope_pair,
};

/// E σ′(z_u)² σ′(z_w)² = 16 E max(z_u, 0)² max(z_w, 0)², an arc-cosine kernel of order 2.
fn slope_pair(_: f64, _: f64, pair: &GaussianPair) -> f64 {
    let angle = pair.angle();
    let kernel = 3.0 * angle.sin() * angle.cos() + (PI - angle) * (1.0 + 2.0 * angle.cos().powi(2));
    8.0 / PI * pair.first() * pair.second() * kernel
}

/// Prints law and simulation at every vertex of a chain of two; deeper ones have moments that grow doubly exponentially.
///
/// # Errors
/// None in practice.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let how = Lowering::new(InitRule::Target).with_activation(Activation::of(&SQUARED_RELU));
    let program = Architecture::parse("chain:2")?.graph().lower_with(&how)?;
    let mut table = GaussianTable::with_closed_forms(&[&CLOSED_FORM]);
    let law = wide_moments_with(&program, &mut table, WideSettings::default())?;
    println!("width  vertex  second moment                    mean squared change, label part");
    for width in [16, 32, 64] {
        let settings = Settings::new(width, 4_000, StreamKey::new("example", format!("squared-relu {width}"), 1));
        for (node, limit) in simulate(&program, &settings, &|_| ())?.nodes.iter().zip(&law.nodes) {
            let (q, b) = (&node.second_moment, &node.b);
            print!("{width:5}  {:6}  {:8.4} ± {:.4}", node.id, q.mean(), q.standard_error());
            print!(" (limit {:7.4})  {:9.3} ± {:.3}", limit.second_moment, b.mean(), b.standard_error());
            println!(" (limit {:.3})", limit.mean_squared_change);
        }
    }
    Ok(())
}
