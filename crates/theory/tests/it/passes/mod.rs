//! The three passes of the infinite-width law: the table over pairs that they replace, and numbers of any size.

use archscale_model::{ConvTerm, Gain, Op, Program, ProgramBuilder, Term, ops};

mod pairs;
mod range;

/// Whole numbers below a bound, the same for the same seed.
fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    // splitmix64
    let mut state = seed;
    move |bound| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// Which trained gain of a program is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Hidden,
    Readout,
}

/// The program with other gains of its trained maps, skips as they are.
fn with_gains(program: &Program, mut gain: impl FnMut(Place, &Gain) -> Gain) -> Program {
    let mut builder = ProgramBuilder::new();
    for op in program.ops() {
        match op {
            Op::Input(ops::Input { mean_square }) => builder.input(mean_square.clone()),
            Op::Image(ops::Image { field: image }) => builder.image((**image).clone()),
            Op::Dense(ops::Dense { terms }) => {
                builder.dense(terms.iter().map(|t| (gain(Place::Hidden, &t.gain), t.source)).collect())
            }
            Op::Conv(ops::Conv { terms, .. }) => {
                let fresh = |t: &ConvTerm| (gain(Place::Hidden, &t.gain), t.kernel, t.source);
                builder.conv(terms.iter().map(fresh).collect())
            }
            Op::Act(ops::Act { activation, source }) => builder.act(*activation, *source),
            Op::Sum(ops::Sum { terms }) => builder.sum(terms.iter().map(|t| (t.gain.clone(), t.source)).collect()),
            Op::Pool(ops::Pool { kernel, source, .. }) => builder.pool(*kernel, *source),
            other => panic!("{other:?}"),
        }
        .unwrap();
    }
    for node in program.nodes() {
        builder.report_at(node.id, node.op, node.in_degree).unwrap();
    }
    let readout = program.readout().iter().map(|t: &Term| (gain(Place::Readout, &t.gain), t.source)).collect();
    match program.readout_grid() {
        Some(_) => builder.readout_over(readout, program.positions()),
        None => builder.readout(readout),
    }
    .unwrap()
}
