//! Networks of convolutions against sums written out by hand, and against networks over vectors where they are the same.
use std::sync::Arc;

use crate::common::{labelled, over_images, program, valued};
use archscale_model::{
    ConvNetwork, Gain, Grid, Image, InitRule, InputModel, Lowering, Padding, PositionReadout, Program, ProgramBuilder,
};
use archscale_nets::Precision;
use archscale_train::{
    Budget, Loss, Member, Parameter, ParameterId, Protocol, Samples, Stem, StemKernel, Targets, TrainError, Trainer,
};

const SEED: u64 = 5;

fn protocol(stem: Stem) -> Protocol {
    let budget = Budget::Steps(6);
    Protocol { width: 6, batch: 4, budget, stem, precision: Precision::F64, ..Protocol::default() }
}

/// One network of rate `learning_rate`.
fn trainer(program: &Program, samples: &Arc<Samples>, how: &Protocol, learning_rate: f64) -> Trainer {
    Trainer::new(program, samples, how, &[Member { learning_rate, seed: SEED }]).unwrap()
}

fn parameters(trainer: &Trainer) -> Vec<Parameter> {
    trainer.parameters(0).unwrap().unwrap()
}

fn loss(trainer: &Trainer, samples: &Samples) -> f64 {
    trainer.evaluate(samples).unwrap()[0].unwrap().loss
}

/// A field by channel, then by the coordinates (row, column) of a position; a line is one row.
type Field = Vec<Vec<Vec<f64>>>;

/// Σ_k W_k x(p + k) with offsets, borders and shapes written out, for a matrix of column tap·c + channel.
fn convolution(matrix: &[f64], x: &Field, kernel: (usize, usize), padding: Padding) -> Field {
    let (channels, rows, columns) = (x.len(), x[0].len(), x[0][0].len());
    let fan_in = channels * kernel.0 * kernel.1;
    let inside = |at: isize, side: usize| match padding {
        Padding::Circular => Some(at.rem_euclid(side as isize) as usize),
        Padding::Zero => (0..side as isize).contains(&at).then_some(at as usize),
    };
    let at = |row: usize, r: usize, c: usize| {
        let mut sum = 0.0;
        for a in 0..kernel.0 {
            for b in 0..kernel.1 {
                let (above, left) = (kernel.0 as isize / 2, kernel.1 as isize / 2);
                let from =
                    inside(r as isize + a as isize - above, rows).zip(inside(c as isize + b as isize - left, columns));
                let Some((r, c)) = from else { continue };
                for (channel, field) in x.iter().enumerate() {
                    sum += matrix[row * fan_in + (a * kernel.1 + b) * channels + channel] * field[r][c];
                }
            }
        }
        sum
    };
    let field = |row: usize| (0..rows).map(|r| (0..columns).map(|c| at(row, r, c)).collect()).collect();
    (0..matrix.len() / fan_in).map(field).collect()
}

fn relu(x: Field) -> Field {
    let row = |row: Vec<f64>| row.into_iter().map(|x| x.max(0.0)).collect();
    x.into_iter().map(|rows| rows.into_iter().map(row).collect()).collect()
}

/// The output f of a chain of two hidden convolutions.
fn output(parameters: &[Parameter], x: Field, kernels: [(usize, usize); 2], padding: Padding, how: PositionReadout) -> f64 {
    let [stem, first, second, readout] = parameters else { panic!("{} matrices", parameters.len()) };
    let mut h = relu(convolution(&stem.entries, &x, kernels[0], padding));
    for matrix in [first, second] {
        h = relu(convolution(&matrix.entries, &h, kernels[1], padding));
    }
    let fields: Vec<Vec<f64>> = h.into_iter().map(|rows| rows.concat()).collect();
    let m = fields[0].len();
    let of_channel = |(channel, field): (usize, &Vec<f64>)| match how {
        PositionReadout::Average => readout.entries[channel] * field.iter().sum::<f64>() / m as f64,
        PositionReadout::Single(at) => readout.entries[channel] * field[at],
        PositionReadout::Flatten => {
            let own = &readout.entries[channel * m..][..m];
            own.iter().zip(field).map(|(w, x)| w * x).sum::<f64>() / (m as f64).sqrt()
        }
    };
    fields.iter().enumerate().map(of_channel).sum()
}

/// One and two dimensions, unequal sides, kernels 3 and 5, both paddings, three readouts, both stems, one channel and two.
#[test]
fn outputs_at_initialisation_are_sums_written_out_by_hand() {
    let mut cases = 0;
    for (size, sides) in [("7", vec![7]), ("6x5", vec![6, 5])] {
        for (kernel, padding, readout) in [
            (3, "circular", "gap"),
            (3, "zero", "flatten"),
            (5, "zero", "gap"),
            (5, "circular", "single:4"),
            (5, "circular", "flatten"),
            (3, "zero", "single:2"),
        ] {
            let text = format!("conv:depth=2,kernel={kernel},size={size},padding={padding},readout={readout}");
            let network = ConvNetwork::parse(&text).unwrap();
            let program = network.lower(&Lowering::new(InitRule::Target)).unwrap();
            let shape = |side: usize| if sides.len() == 1 { (1, side) } else { (side, side) };
            let (rows, columns) = if sides.len() == 1 { (1, sides[0]) } else { (sides[0], sides[1]) };
            let m = rows * columns;
            for (stem_kernel, side, channels) in [(StemKernel::Network, kernel, 2), (StemKernel::Pointwise, 1, 1)] {
                let stem = Stem { kernel: stem_kernel, channels, ..Stem::default() };
                // Wide enough that ReLU leaves something at every position.
                let how = Protocol { width: 16, loss: Loss::MeanSquare, batch: 1, ..protocol(stem) };
                let data = valued(cases, 3, m * channels, 1);
                let trainer = trainer(&program, &data, &how, 0.1);
                let kernels = [shape(side), shape(kernel)];
                let mut expected = 0.0;
                for (sample, target) in data.inputs().chunks_exact(m * channels).zip([0, 1, 2]) {
                    let channel = |channel: &[f32]| {
                        channel.chunks_exact(columns).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect()
                    };
                    let x = sample.chunks_exact(m).map(channel).collect();
                    let f = output(&parameters(&trainer), x, kernels, network.grid().padding(), network.readout());
                    let Targets::Values { values, .. } = data.targets() else { panic!("real targets") };
                    expected += 0.5 * (f - f64::from(values[target])).powi(2) / 3.0;
                    assert!(f.abs() > 1e-6, "{text}: {f}");
                }
                let found = loss(&trainer, &data);
                assert!(
                    (found - expected).abs() < 1e-12 * expected.max(1.0),
                    "{text}, {stem_kernel:?}: {found} for {expected}"
                );
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 24);
}

/// The mean over a 3 × 3 square around every position, of what lies inside.
fn pooled(x: &[Vec<f64>], padding: Padding) -> Vec<Vec<f64>> {
    let (rows, columns) = (x.len() as isize, x[0].len() as isize);
    let mean = |r: isize, c: isize| {
        let around = (-1..=1).flat_map(|a| (-1..=1).map(move |b| (r + a, c + b)));
        let inside: Vec<f64> = match padding {
            Padding::Circular => {
                around.map(|(r, c)| x[r.rem_euclid(rows) as usize][c.rem_euclid(columns) as usize]).collect()
            }
            Padding::Zero => around
                .filter(|&(r, c)| (0..rows).contains(&r) && (0..columns).contains(&c))
                .map(|(r, c)| x[r as usize][c as usize])
                .collect(),
        };
        inside.iter().sum::<f64>() / inside.len() as f64
    };
    (0..rows).map(|r| (0..columns).map(|c| mean(r, c)).collect()).collect()
}

#[test]
fn pooling_is_the_mean_of_the_positions_inside() {
    let one = || Gain::from_integer(1.into());
    for padding in [Padding::Circular, Padding::Zero] {
        let grid = Grid::new(vec![4, 3], padding).unwrap();
        let mut builder = ProgramBuilder::new();
        let image = builder.image(InputModel::Iid.image(&grid, None).unwrap()).unwrap();
        let pool = builder.pool(3, image).unwrap();
        let program = builder.readout_over(vec![(one(), pool)], PositionReadout::Flatten).unwrap();
        let data = valued(7, 1, 12, 1);
        let how = Protocol { loss: Loss::MeanSquare, batch: 1, ..protocol(Stem::default()) };
        let trainer = trainer(&program, &data, &how, 0.1);
        let parameters = parameters(&trainer);
        let [stem, readout] = parameters.as_slice() else { panic!("{} matrices", parameters.len()) };
        // No convolution tells a kernel, so the stem has one tap.
        assert_eq!((stem.columns, readout.columns), (1, how.width * 12));
        let x = data.inputs().chunks_exact(3).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect();
        let h = relu(convolution(&stem.entries, &vec![x], (1, 1), padding));
        let mut f = 0.0;
        for (field, weights) in h.iter().zip(readout.entries.chunks_exact(12)) {
            f += pooled(field, padding).concat().iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() / 12f64.sqrt();
        }
        let Targets::Values { values, .. } = data.targets() else { panic!("real targets") };
        let expected = 0.5 * (f - f64::from(values[0])).powi(2);
        assert!((loss(&trainer, &data) - expected).abs() < 1e-13, "{padding}: {} for {expected}", loss(&trainer, &data));
    }
}

/// Four times the mean of the Gram matrix's diagonal is a stem of twice the entries, and another run; nothing else of it matters.
#[test]
fn the_mean_square_of_an_image_scales_the_stem() {
    let of = |gram: [f64; 4]| {
        let grid = Grid::new(vec![2], Padding::Circular).unwrap();
        let mut builder = ProgramBuilder::new();
        let image = builder.image(Image::new(grid, gram.to_vec(), None).unwrap()).unwrap();
        let program = builder.readout(vec![(Gain::from_integer(1.into()), image)]).unwrap();
        trainer(&program, &labelled(1, 8, 2, 2), &protocol(Stem::default()), 0.1)
    };
    let (even, uneven, large) = (of([0.5, 0.25, 0.25, 0.5]), of([0.25, 0.0, 0.0, 0.75]), of([1.0, 0.0, 0.0, 3.0]));
    assert_eq!(parameters(&even), parameters(&uneven));
    let twice: Vec<f64> = parameters(&even)[0].entries.iter().map(|entry| 2.0 * entry).collect();
    assert_eq!(parameters(&large)[0].entries, twice);
    assert_eq!(even.digest(), uneven.digest());
    assert_ne!(even.digest(), large.digest());
}

/// The features of one position.
fn at_position(samples: &Samples, positions: usize, at: usize) -> Arc<Samples> {
    let inputs = samples.inputs().iter().skip(at).step_by(positions).copied().collect();
    let Targets::Labels { labels, classes } = samples.targets() else { panic!("labels") };
    Arc::new(Samples::classified(inputs, samples.features() / positions, labels.clone(), *classes).unwrap())
}

fn apart(one: &[Parameter], other: &[Parameter]) -> f64 {
    let entries = |of: &[Parameter]| of.iter().flat_map(|parameter| parameter.entries.clone()).collect::<Vec<_>>();
    let (one, other) = (entries(one), entries(other));
    assert_eq!(one.len(), other.len());
    let scale = one.iter().fold(0.0f64, |scale, x| scale.max(x.abs()));
    one.iter().zip(&other).fold(0.0f64, |most, (x, y)| most.max((x - y).abs())) / scale
}

/// A kernel of one tap mixes no positions, so what a single-position readout sees is a network over that position's channels: same
/// random streams, same course. Sums over samples are taken in another order, hence 1e-12 rather than nothing.
#[test]
fn kernel_one_read_at_a_position_is_the_network_over_vectors() {
    let samples = labelled(1, 16, 6 * 3, 3);
    for (graph, at) in [("chain:3", 0), ("complete:3", 4)] {
        let stem = Stem { kernel: StemKernel::Pointwise, channels: 3, ..Stem::default() };
        let over_images = over_images(&format!("conv:kernel=1,dims=2,size=3x2,readout=single:{at},net={graph}"));
        let alone = at_position(&samples, 6, at);
        let mut image = trainer(&over_images, &samples, &protocol(stem), 0.3);
        let mut vector = trainer(&program(graph), &alone, &protocol(Stem::default()), 0.3);
        // Weights behind the stem start equal; stems differ by the scale of their data.
        let (start, own) = (parameters(&image), parameters(&vector));
        assert_eq!(start[1..], own[1..]);
        vector.set_parameters(0, &start).unwrap();
        assert!((loss(&image, &samples) - loss(&vector, &alone)).abs() < 1e-13);
        image.run(u64::MAX, &|_| ()).unwrap();
        vector.run(u64::MAX, &|_| ()).unwrap();
        let (image, vector) = (parameters(&image), parameters(&vector));
        assert!(apart(&image, &start) > 1e-3, "nothing was learnt");
        assert!(apart(&image, &vector) < 1e-12, "{graph}: {:e}", apart(&image, &vector));
    }
}

/// Σ_k W_k of every convolution, as a matrix over vectors.
fn over_taps(parameter: &Parameter, channels: usize) -> Parameter {
    let row = |row: &[f64]| (0..channels).map(|j| row.iter().skip(j).step_by(channels).sum()).collect::<Vec<f64>>();
    let entries = parameter.entries.chunks_exact(parameter.columns).flat_map(row).collect();
    Parameter { columns: channels, entries, ..parameter.clone() }
}

/// On a torus and data that are constant over positions every field is constant: z = (Σ_k W_k) h, each W_k has the same gradient, and
/// Σ_k W_k moves by q times a vector network's step. Average, single position and flattening read the same; stem and readout, whose
/// number of taps is another, stay fixed here.
#[test]
fn a_constant_image_on_a_torus_is_a_vector_at_q_times_the_rate() {
    let channels = 2;
    for (text, q) in [
        ("conv:kernel=3,size=5,readout=gap,net=complete:2", 3.0),
        ("conv:kernel=3,dims=2,size=4x3,readout=single:7,net=chain:3", 9.0),
        ("conv:kernel=5,size=6,readout=gap,net=chain:2", 5.0),
    ] {
        let program_over_images = over_images(text);
        let m = program_over_images.readout_grid().unwrap().positions();
        let vectors = labelled(2, 12, channels, 3);
        let Targets::Labels { labels, classes } = vectors.targets() else { panic!("labels") };
        let inputs = vectors.inputs().iter().flat_map(|&x| std::iter::repeat_n(x, m)).collect();
        let images = Arc::new(Samples::classified(inputs, m * channels, labels.clone(), *classes).unwrap());
        let stem = Stem { trained: false, channels, ..Stem::default() };
        let how = Protocol { train_readout: false, ..protocol(stem) };
        let rate = 0.4;
        let mut image = trainer(&program_over_images, &images, &how, rate);
        let graph = text.split_once("net=").unwrap().1;
        let mut vector = trainer(&program(graph), &vectors, &how, q * rate);
        let summed = |parameters: Vec<Parameter>| -> Vec<Parameter> {
            let sum = |parameter: &Parameter| match parameter.id {
                ParameterId::Stem(_) => over_taps(parameter, channels),
                ParameterId::Matrix(_) => over_taps(parameter, how.width),
                _ => parameter.clone(),
            };
            parameters.iter().map(sum).collect()
        };
        let start = summed(parameters(&image));
        vector.set_parameters(0, &start).unwrap();
        assert!((loss(&image, &images) - loss(&vector, &vectors)).abs() < 1e-12);
        image.run(u64::MAX, &|_| ()).unwrap();
        vector.run(u64::MAX, &|_| ()).unwrap();
        let (image, vector) = (summed(parameters(&image)), parameters(&vector));
        assert!(apart(&image, &start) > 1e-3, "nothing was learnt");
        assert!(apart(&image, &vector) < 1e-12, "{text}: {:e}", apart(&image, &vector));
    }
}

/// With independent weights at every position the readout of a constant field is Σ_p w(p)/√m, whose step is a vector's: the same
/// course without any factor where nothing else is trained.
#[test]
fn a_flattening_readout_of_a_constant_image_moves_as_a_vector_does() {
    let network = over_images("conv:kernel=1,size=4,readout=flatten,net=chain:1");
    let vectors = labelled(3, 12, 1, 3);
    let Targets::Labels { labels, classes } = vectors.targets() else { panic!("labels") };
    let inputs = vectors.inputs().iter().flat_map(|&x| [x; 4]).collect();
    let images = Arc::new(Samples::classified(inputs, 4, labels.clone(), *classes).unwrap());
    let how = protocol(Stem::default());
    let mut image = trainer(&network, &images, &how, 0.4);
    let mut vector = trainer(&program("chain:1"), &vectors, &how, 0.4);
    let summed = |mut parameters: Vec<Parameter>| {
        let readout = parameters.last_mut().unwrap();
        assert_eq!(readout.columns, 4 * how.width);
        readout.entries = readout.entries.chunks_exact(4).map(|own| own.iter().sum::<f64>() / 2.0).collect();
        readout.columns = how.width;
        parameters
    };
    let start = summed(parameters(&image));
    vector.set_parameters(0, &start).unwrap();
    image.run(u64::MAX, &|_| ()).unwrap();
    vector.run(u64::MAX, &|_| ()).unwrap();
    let (image, vector) = (summed(parameters(&image)), parameters(&vector));
    assert!(apart(&image, &start) > 1e-3, "nothing was learnt");
    assert!(apart(&image, &vector) < 1e-12, "{:e}", apart(&image, &vector));
}

#[test]
fn samples_that_do_not_fit_the_image_are_refused_by_name() {
    let program = over_images("conv:depth=2,kernel=3,size=8");
    let refused = |samples: &Arc<Samples>, stem: Stem| {
        let found = Trainer::new(&program, samples, &protocol(stem), &[]);
        let Err(error @ TrainError::Samples { .. }) = found else { panic!("{:?}", found.err()) };
        error.to_string()
    };
    let digits = labelled(1, 8, 64, 3);
    let text = refused(&digits, Stem::default());
    for part in ["64 features", "image of 8 has 8 positions", "1 channels", "as many positions as the data"] {
        assert!(text.contains(part), "{text}");
    }
    for channels in [0, 7, usize::MAX] {
        refused(&digits, Stem { channels, ..Stem::default() });
    }
    let stem = Stem { channels: 8, ..Stem::default() };
    assert!(Trainer::new(&program, &digits, &protocol(stem), &[]).is_ok());
}

/// Records that were written before stems knew of images read and write as they did.
#[test]
fn a_stem_writes_nothing_about_images_unless_asked() {
    assert_eq!(serde_json::to_string(&Stem::default()).unwrap(), r#"{"activation":"relu","trained":true}"#);
    let stem = Stem { kernel: StemKernel::Pointwise, channels: 3, ..Stem::default() };
    let text = serde_json::to_string(&stem).unwrap();
    assert_eq!(text, r#"{"activation":"relu","trained":true,"kernel":"pointwise","channels":3}"#);
    assert_eq!(serde_json::from_str::<Stem>(&text).unwrap(), stem);
    assert_eq!(serde_json::from_str::<Stem>("{}").unwrap(), Stem::default());
}
