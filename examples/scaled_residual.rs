//! A new operation of two vectors: a residual branch behind a gate, x + α s(x) y, beside a simulation.
//!
//!     cargo run --example scaled_residual

use std::error::Error;

use archscale::model::{Activation, Expr, Gain, Pointwise, Program, ProgramBuilder};
use archscale::sim::{Settings, StreamKey, simulate};
use archscale::theory::wide_moments;

/// x + α s(x) y with s the logistic function: x is the skip, y the branch.
///
/// # Errors
/// None in practice: the expression reads two vectors.
pub(crate) fn scaled_residual(alpha: f64) -> Result<Pointwise, Box<dyn Error>> {
    let (skip, branch) = (Expr::argument(0), Expr::argument(1));
    let gate = skip.clone().sigmoid();
    Ok(Pointwise::new("scaled residual", 2, skip + alpha * gate * branch)?)
}

/// A stem and two residual blocks, each of a trained matrix behind a GELU.
fn network(alpha: f64) -> Result<Program, Box<dyn Error>> {
    let gain = |numerator: i64| Gain::from_integer(numerator.into());
    let mut builder = ProgramBuilder::new();
    let input = builder.input(gain(1))?;
    let mut stream = builder.dense(vec![(gain(1), input)])?;
    builder.report_at(0, stream, 1)?;
    for block in 1..=2 {
        let active = builder.act(Activation::GELU, stream)?;
        let branch = builder.dense(vec![(gain(2), active)])?;
        stream = builder.pointwise(scaled_residual(alpha)?, vec![stream, branch])?;
        builder.report_at(block, stream, 2)?;
    }
    Ok(builder.readout(vec![(gain(1), stream)])?)
}

/// Prints law and simulation after the stem and after each block.
///
/// # Errors
/// None in practice.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let program = network(0.5)?;
    // Without a closed form the law samples the two Gaussian slots; its errors are printed, too.
    let law = wide_moments(&program)?;
    println!("width  block  second moment                              mean squared change, label part");
    for width in [16, 32, 64] {
        let settings = Settings::new(width, 4_000, StreamKey::new("example", format!("scaled residual {width}"), 1));
        for (node, limit) in simulate(&program, &settings, &|_| ())?.nodes.iter().zip(&law.nodes) {
            let (q, b) = (&node.second_moment, &node.b);
            print!("{width:5}  {:5}  {:.4} ± {:.4}", node.id, q.mean(), q.standard_error());
            print!(" (limit {:.5} ± {:.0e})", limit.second_moment, limit.second_moment_error);
            print!("  {:.3} ± {:.3}", b.mean(), b.standard_error());
            println!(" (limit {:.4} ± {:.0e})", limit.mean_squared_change, limit.change_error);
        }
    }
    Ok(())
}
