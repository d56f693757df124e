//! Pooling between layers, where the fluctuation at every pair of positions is needed.

use archscale_model::{
    Activation, ConvNetwork, Gain, Grid, InitRule, InputModel, Lowering, OpId, Padding, Pooling, PositionReadout, Program,
    ProgramBuilder, SearchSpace,
};
use archscale_theory::{SpatialRoute, TheoryError, spatial_moments, spatial_moments_by, wide_moments};
use nalgebra::DMatrix;

use crate::spatial::reference::program;
use crate::spatial::tensor::{Layer, first};

fn two() -> Gain {
    Gain::from_integer(2.into())
}

#[test]
fn without_pooling_pairs_are_not_needed_and_agree() {
    let mut count = 0;
    for net in ["chain:4", "cell:2_12_112", "cell:1_21_112", "complete:4"] {
        for settings in ["size=5,padding=zero", "size=5", "size=3x3,padding=zero,readout=single:4", "size=4,readout=flatten"]
        {
            for input in ["smooth:1", "iid", "constant"] {
                let program = program(&format!("conv:{settings},input={input},net={net}"));
                let pairs = spatial_moments_by(&program, SpatialRoute::Pairs).unwrap();
                let closed = spatial_moments_by(&program, SpatialRoute::Positions).unwrap();
                for (one, two) in pairs.nodes.iter().zip(&closed.nodes) {
                    for (one, two) in one.per_position.iter().zip(&two.per_position) {
                        assert!((one - two).abs() <= 1e-11 * two, "{net} {settings} {input}: {one}, {two}");
                    }
                }
                count += 1;
            }
        }
    }
    assert_eq!(count, 48);
}

/// image → conv → ReLU → conv → pool → ReLU → conv → ReLU → output, the pooled field and the last convolution reported.
fn pooled_chain(input: &str, padding: Padding, readout: PositionReadout) -> (Program, [Layer; 2], DMatrix<f64>) {
    let grid = Grid::new(vec![4], padding).unwrap();
    let image = InputModel::parse(input).unwrap().image(&grid, None).unwrap();
    let taps = grid.taps(3).unwrap();
    let pool = DMatrix::from_fn(4, 4, |p, r| {
        let inside: Vec<usize> = taps.iter().filter_map(|tap| tap[p]).collect();
        inside.iter().filter(|&&target| target == r).count() as f64 / inside.len() as f64
    });
    let pooled = first(&image, 3).next(&taps).pooled(&pool);
    let last = pooled.next(&taps);
    let mut builder = ProgramBuilder::new();
    let image = builder.image(image).unwrap();
    let layer = |builder: &mut ProgramBuilder, source: OpId| builder.conv(vec![(two(), 3, source)]).unwrap();
    let relu = |builder: &mut ProgramBuilder, source: OpId| builder.act(Activation::RELU, source).unwrap();
    let z = layer(&mut builder, image);
    let x = relu(&mut builder, z);
    let z = layer(&mut builder, x);
    let pool_op = builder.pool(3, z).unwrap();
    builder.report_at(2, pool_op, 1).unwrap();
    let x = relu(&mut builder, pool_op);
    let z = layer(&mut builder, x);
    builder.report_at(3, z, 1).unwrap();
    let x = relu(&mut builder, z);
    (builder.readout_over(vec![(two(), x)], readout).unwrap(), [pooled, last], pool)
}

#[test]
fn pooling_agrees_with_the_contracted_table() {
    let mut transposed_matters = 0;
    for padding in [Padding::Zero, Padding::Circular] {
        for input in ["smooth:1", "iid", "mix:0.3"] {
            for readout in [PositionReadout::Average, PositionReadout::Flatten, PositionReadout::Single(0)] {
                let (program, [pooled, last], pool) = pooled_chain(input, padding, readout);
                let law = spatial_moments(&program).unwrap();
                assert_eq!(law.route, SpatialRoute::Pairs);
                let signal = DMatrix::from_row_slice(4, 4, &readout.matrix(4)) * 2.0;
                let flow = signal.component_mul(&last.slopes());
                let close = |found: &[f64], expected: &DMatrix<f64>| {
                    found.iter().enumerate().all(|(p, change)| (change - expected[(p, p)]).abs() <= 1e-9 * change)
                };
                let place = format!("{padding} {input} {readout}");
                assert!(close(&law.nodes[1].per_position, &last.change(&flow)), "{place}: {:?}", law.nodes[1]);
                // The signal back at the pooled field: through the last convolution and the gates of the pooled field.
                let taps = program.readout_grid().unwrap().taps(3).unwrap();
                let sent = DMatrix::from_fn(4, 4, |p, r| {
                    let readers = taps.iter().filter_map(|tap| {
                        let reader = |p: usize| tap.iter().position(|target| *target == Some(p));
                        Some(flow[(reader(p)?, reader(r)?)])
                    });
                    2.0 / taps.len() as f64 * readers.sum::<f64>()
                });
                let flow = sent.component_mul(&pooled.slopes());
                assert!(close(&law.nodes[0].per_position, &pooled.change(&flow)), "{place}: {:?}", law.nodes[0]);
                // A twin: signals sent back through Π in place of Πᵀ. On a torus they are the same.
                let layer = first_two(input, padding);
                let expected =
                    |back: &DMatrix<f64>| &pool * layer.change(&(back * &flow * back.transpose())) * pool.transpose();
                assert!(close(&law.nodes[0].per_position, &expected(&pool.transpose())), "{place}");
                transposed_matters += usize::from(!close(&law.nodes[0].per_position, &expected(&pool)));
            }
        }
    }
    assert_eq!(transposed_matters, 9);
}

/// The second layer before it is pooled.
fn first_two(input: &str, padding: Padding) -> Layer {
    let grid = Grid::new(vec![4], padding).unwrap();
    first(&InputModel::parse(input).unwrap().image(&grid, None).unwrap(), 3).next(&grid.taps(3).unwrap())
}

#[test]
fn cells_of_the_benchmark_have_a_law() {
    let (mut pooled, mut plain) = (0, 0);
    for code in SearchSpace::NAS_BENCH_201.iter().step_by(97).filter(archscale_model::CellCode::has_trained_path) {
        for padding in ["zero", "circular"] {
            let network =
                ConvNetwork::parse(&format!("conv:size=4,padding={padding},input=smooth:1,net=nas:{code}")).unwrap();
            let law = spatial_moments(&network.lower(&Lowering::new(InitRule::Target)).unwrap()).unwrap();
            assert!(law.nodes.iter().all(|node| node.per_position.iter().all(|change| *change > 0.0)), "{code}: {law:?}");
            *(if law.route == SpatialRoute::Pairs { &mut pooled } else { &mut plain }) += 1;
        }
    }
    assert!(pooled > 50 && plain > 20, "{pooled} {plain}");
}

#[test]
fn on_constant_inputs_pooling_is_a_skip() {
    let mut count = 0;
    for code in SearchSpace::NAS_BENCH_201.iter().step_by(41).filter(archscale_model::CellCode::has_trained_path) {
        // One kernel for all convolutions: side 1 everywhere, or cells without convolutions of one tap.
        let mut settings = vec![("size=1,kernel=1", 1.0), ("size=4,kernel=1,input=constant,padding=zero", 1.0)];
        if !code.digits().contains(&2) {
            settings.push(("size=3,kernel=3,input=constant", 3.0));
        }
        for (settings, taps) in settings {
            let how = Lowering::new(InitRule::Target);
            let network = ConvNetwork::parse(&format!("conv:{settings},net=nas:{code}")).unwrap();
            let image = spatial_moments(&network.lower(&how).unwrap()).unwrap();
            let vector = wide_moments(&code.graph(Pooling::AsSkip).unwrap().lower_with(&how).unwrap()).unwrap();
            assert_eq!(image.nodes.len(), vector.nodes.len());
            for (image, vector) in image.nodes.iter().zip(&vector.nodes) {
                let expected = taps * taps * vector.mean_squared_change;
                for change in &image.per_position {
                    assert!((change - expected).abs() <= 1e-10 * expected, "{code} {settings}: {change}, {expected}");
                }
            }
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn large_images_with_pooling_are_refused() {
    let error = spatial_moments(&program("conv:dims=2,size=8,net=nas:2_14_423")).unwrap_err();
    assert!(matches!(error, TheoryError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("use a smaller image"), "{error}");
    let error = spatial_moments_by(&program("conv:size=4,net=nas:2_14_423"), SpatialRoute::Positions).unwrap_err();
    assert!(error.to_string().contains("pooling needs the route by pairs"), "{error}");
}
