//! Operations and the program that they make: grids, encoding, and what cannot stand where.
use archscale_model::ops::{self, Conv, ConvTerm, Pool};
use archscale_model::{
    Activation, Expr, Fixed, Gain, Grid, Image, Kind, ModelError, Op, OpId, Padding, Pointwise, PositionReadout, Program,
    ProgramBuilder,
};

fn gain(numerator: i64, denominator: i64) -> Gain {
    Gain::new(numerator.into(), denominator.into())
}

fn line(side: usize) -> Image {
    let gram = (0..side * side).map(|entry| if entry % (side + 1) == 0 { 0.5 } else { 0.0 }).collect();
    Image::new(Grid::new(vec![side], Padding::Circular).unwrap(), gram, None).unwrap()
}

/// Two images of different sides, and a convolution of each.
fn two_grids() -> (ProgramBuilder, [OpId; 4]) {
    let mut builder = ProgramBuilder::new();
    let (short, long) = (builder.image(line(4)).unwrap(), builder.image(line(6)).unwrap());
    let (z, w) = (builder.conv(vec![(gain(1, 1), 3, short)]), builder.conv(vec![(gain(1, 1), 3, long)]));
    (builder, [short, long, z.unwrap(), w.unwrap()])
}

fn sides(program: &Program, op: OpId) -> Vec<usize> {
    program.grid_of(op).unwrap().sides().to_vec()
}

#[test]
fn every_operation_has_a_grid_of_its_own() {
    let (mut builder, [short, long, z, w]) = two_grids();
    let h = builder.act(Activation::RELU, w).unwrap();
    let pooled = builder.pool(5, h).unwrap();
    let program = builder.clone().readout(vec![(gain(1, 1), pooled)]).unwrap();
    assert_eq!([short, z].map(|op| sides(&program, op)), [[4], [4]]);
    assert_eq!([long, w, h, pooled].map(|op| sides(&program, op)), [[6], [6], [6], [6]]);
    assert_eq!(program.readout_grid(), program.grid_of(long));
    // Position 5 is on the grid that is read, and on that alone.
    let at = PositionReadout::Single(5);
    assert!(builder.clone().readout_over(vec![(gain(1, 1), pooled)], at).is_ok());
    assert!(builder.readout_over(vec![(gain(1, 1), z)], at).unwrap_err().to_string().contains("there are 4"));
    let several = program.shared_grid().unwrap_err().to_string();
    assert!(
        several.starts_with("operation 0: its value is on an image of 4") && several.contains("reads an image of 6"),
        "{several}"
    );
}

#[test]
fn values_on_different_grids_do_not_meet() {
    let (mut builder, [short, long, z, w]) = two_grids();
    let product = Pointwise::new("product", 2, Expr::argument(0) * Expr::argument(1)).unwrap();
    let grid = line(6).grid().clone();
    let conv = Op::Conv(Conv { terms: vec![ConvTerm { gain: gain(1, 1), kernel: 3, source: short }], grid: grid.clone() });
    let errors = [
        builder.sum(vec![(gain(1, 1), z), (gain(1, 1), w)]),
        builder.pointwise(product, vec![z, w]),
        builder.conv(vec![(gain(1, 1), 1, short), (gain(1, 1), 1, long)]),
        builder.outside("norm", vec![w, z]),
        builder.clone().readout(vec![(gain(1, 1), z), (gain(1, 1), w)]).map(|_| 0),
    ];
    for error in errors {
        let message = error.unwrap_err().to_string();
        for part in
            ["operation 4: operations ", "image of 4 (circular", "image of 6 (circular", "give it values on one grid"]
        {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    for misplaced in [conv, Op::Pool(Pool { kernel: 3, source: z, grid })] {
        let message = builder.add(misplaced).unwrap_err().to_string();
        assert!(
            message.contains("it is for an image of 6") && message.contains("reads values on an image of 4"),
            "{message}"
        );
    }
}

#[test]
fn operations_say_what_they_read_hold_and_train() {
    let (mut builder, [short, long, z, w]) = two_grids();
    let h = builder.act(Activation::RELU, z).unwrap();
    let both = builder.conv(vec![(gain(2, 3), 3, h), (gain(1, 5), 1, z)]).unwrap();
    let norm = builder.outside("norm", vec![both, z]).unwrap();
    let program = builder.readout(vec![(gain(1, 1), norm)]).unwrap();
    let what = |op: OpId| (program.ops()[op].kind(), program.ops()[op].sources());
    assert_eq!(what(short), (Kind::Source, vec![]));
    assert_eq!(what(w), (Kind::Trained, vec![long]));
    assert_eq!(what(h), (Kind::Coordinatewise, vec![z]));
    assert_eq!(what(norm), (Kind::Outside, vec![both, z]));
    assert_eq!(program.ops()[both].gains(), [&gain(2, 3), &gain(1, 5)]);
    assert_eq!(program.matrix_count(), 4);
    assert!(matches!(program.ops()[long].fixed(), Some(Fixed::Field(field)) if field.grid().sides() == [6]));
    assert!(program.ops()[z].fixed().is_none());
}

/// The text is a format: what is hashed by it must be found again, so it is written out here in full.
#[test]
fn the_encoding_says_everything_that_the_operations_are_made_of() {
    let mut builder = ProgramBuilder::new();
    let x = builder.input(gain(1, 2)).unwrap();
    let z = builder.dense(vec![(gain(2, 3), x)]).unwrap();
    let h = builder.act(Activation::leaky(0.25).unwrap(), z).unwrap();
    let gate = Pointwise::new("a \"gate\"\n", 2, Expr::argument(0) * Expr::argument(1).tanh()).unwrap();
    let g = builder.pointwise(gate, vec![h, z]).unwrap();
    let s = builder.sum(vec![(gain(1, 1), g), (gain(-1, 3), h)]).unwrap();
    let o = builder.outside("rms norm", vec![s]).unwrap();
    let of_vectors = builder.readout(vec![(gain(2, 1), o), (gain(1, 7), s)]).unwrap().encoding();
    let lines = [
        "input 1/2",
        "dense 2/3@0",
        "act leaky:0.25 @1",
        "pointwise \"a \\\"gate\\\"\\n\" 2 (x0 * tanh(x1)) @2 @1",
        "sum 1@3 -1/3@2",
        "outside \"rms norm\" @4",
        "readout gap 2@5 1/7@4",
    ];
    assert_eq!(of_vectors.lines().collect::<Vec<_>>(), lines);
    let mut builder = ProgramBuilder::new();
    let x = builder.image(line(4)).unwrap();
    let z = builder.conv(vec![(gain(2, 3), 3, x)]).unwrap();
    let p = builder.pool(3, z).unwrap();
    let of_images = builder.readout_over(vec![(gain(1, 1), p)], PositionReadout::Single(2)).unwrap().encoding();
    let lines = ["image 4 circular many 0.5", "conv 2/3*3@0", "pool 3 @1", "readout single:2 1@2"];
    assert_eq!(of_images.lines().collect::<Vec<_>>(), lines);
}

#[test]
fn an_outside_operation_has_a_name_and_sources() {
    let mut builder = ProgramBuilder::new();
    let x = builder.input(gain(1, 2)).unwrap();
    let said = |error: ModelError| error.to_string();
    assert!(said(builder.outside(" ", vec![x]).unwrap_err()).contains("it has no name"));
    assert!(said(builder.outside("norm", vec![]).unwrap_err()).contains("it has no source"));
    assert!(said(builder.outside("norm", vec![3]).unwrap_err()).contains("operation 3, which does not exist yet"));
    let op = ops::Outside { name: "norm".into(), sources: vec![x] };
    assert_eq!(builder.add(Op::Outside(op)).unwrap(), 1);
}
