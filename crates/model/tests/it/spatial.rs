//! Images, kernels, input fields and the networks of convolutions that lower to programs.
use archscale_model::{
    ConvNetwork, Convention, Grid, Image, InitRule, InputModel, Lowering, ModelError, Op, Padding, PositionReadout,
    ProgramBuilder, ops,
};

fn grid(sides: &[usize], padding: Padding) -> Grid {
    Grid::new(sides.to_vec(), padding).unwrap()
}

#[test]
fn taps_of_a_torus_are_shifts_and_those_of_zero_padding_drop_the_outside() {
    for (sides, kernel) in [(vec![7], 5), (vec![5, 6], 3), (vec![3, 3], 3)] {
        let (torus, zero) = (grid(&sides, Padding::Circular), grid(&sides, Padding::Zero));
        let m = torus.positions();
        let taps = torus.taps(kernel).unwrap();
        assert_eq!(taps.len(), kernel.pow(sides.len() as u32));
        for tap in &taps {
            let mut read: Vec<usize> = tap.iter().map(|p| p.unwrap()).collect();
            read.sort_unstable();
            assert_eq!(read, (0..m).collect::<Vec<_>>(), "a shift of the torus is a permutation");
        }
        let outside = zero.taps(kernel).unwrap().iter().flatten().filter(|read| read.is_none()).count();
        // Along an axis of length s, offsets −h…h leave h(h + 1) of (2h + 1) s reads outside.
        let half = kernel / 2;
        let inside: usize = sides.iter().map(|side| kernel * side - half * (half + 1)).product();
        assert_eq!(outside, taps.len() * m - inside);
        for (torus_tap, zero_tap) in taps.iter().zip(zero.taps(kernel).unwrap()) {
            assert!(torus_tap.iter().zip(zero_tap).all(|(torus, zero)| zero.is_none() || *torus == zero));
        }
        assert_eq!(taps[taps.len() / 2], (0..m).map(Some).collect::<Vec<_>>(), "the middle tap reads the position itself");
    }
}

#[test]
fn fields_have_the_gram_matrix_that_their_name_says() {
    let line = grid(&[8], Padding::Circular);
    let of = |text: &str| InputModel::parse(text).unwrap().image(&line, None).unwrap();
    assert!(of("constant").gram().iter().all(|&entry| entry == 0.5));
    let rank = |image: &Image| image.factor().unwrap().len();
    assert_eq!((rank(&of("constant")), rank(&of("iid")), rank(&of("mix:0.5"))), (1, 8, 8));
    assert_eq!(of("mix:0.25").gram()[1], 0.125);
    // exp(−d²/8) summed over periods 8: at lag 0, 1 + 2 e^{−8} + …
    let smooth = of("smooth:2");
    let period = |lag: f64| (-6..=6).map(|j| (-(lag + 8.0 * f64::from(j)).powi(2) / 8.0).exp()).sum::<f64>();
    for (lag, value) in smooth.gram()[..8].iter().enumerate() {
        assert!((value - 0.5 * period(lag as f64) / period(0.0)).abs() < 1e-15);
    }
    // The mean is removed: rows add up to zero.
    let spectrum = of("spectrum:2");
    assert!(spectrum.gram().chunks(8).all(|row| row.iter().sum::<f64>().abs() < 1e-14));
    assert!((spectrum.gram()[0] - 0.5).abs() < 1e-15);
    assert_eq!(rank(&spectrum), 7);
    for image in [smooth, spectrum, of("mix:0.25"), of("constant")] {
        for (index, entry) in image.gram().iter().enumerate() {
            let product: f64 = image.factor().unwrap().iter().map(|row| row[index / 8] * row[index % 8]).sum();
            assert!((product - entry).abs() < 1e-12, "the factor gives the Gram matrix back");
        }
    }
}

#[test]
fn matrices_that_no_field_has_are_refused() {
    let pair = grid(&[2], Padding::Zero);
    for (gram, part) in [
        (vec![0.5, 0.6, 0.6, 0.5], "not positive semidefinite"),
        (vec![0.5, 0.1, 0.2, 0.5], "differ"),
        (vec![0.5, f64::NAN, 0.0, 0.5], "not finite"),
        (vec![0.5], "needs 4"),
        (vec![-0.5, 0.0, 0.0, 0.5], "negative"),
        (vec![0.0, 0.1, 0.1, 0.5], "not positive semidefinite"),
    ] {
        let error = Image::new(pair.clone(), gram, None).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let error = Image::new(pair, vec![0.5, 0.0, 0.0, 0.5], Some(1)).unwrap_err().to_string();
    assert!(error.contains("rank is 2"), "{error}");
}

#[test]
fn files_give_gram_matrices_spectra_and_images() {
    let folder = std::env::temp_dir().join(format!("archscale-spatial-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let line = grid(&[2], Padding::Circular);
    let read = |text: &str| {
        let path = folder.join("input.json");
        std::fs::write(&path, text).unwrap();
        InputModel::parse(&format!("file:{}", path.display())).unwrap().image(&line, None)
    };
    assert_eq!(read(r#"{"gram": [[0.5, 0.25], [0.25, 0.5]]}"#).unwrap().gram(), [0.5, 0.25, 0.25, 0.5]);
    // Powers 1 and 1: independent positions.
    assert_eq!(read(r#"{"power": [3, 3]}"#).unwrap().gram(), [0.5, 0.0, 0.0, 0.5]);
    // Channels (1, 2) and (0, 1): products 1, 2, 5, scaled by 1/6.
    let image = read(r#"{"images": [[[1, 2], [0, 1]]]}"#).unwrap();
    let want = [1.0, 2.0, 2.0, 5.0].map(|x| x / 6.0);
    assert!(image.gram().iter().zip(want).all(|(entry, want)| (entry - want).abs() < 1e-15));
    for (text, part) in [
        (r#"{"gram": [[0.5, 0.25]]}"#, "1 rows"),
        (r#"{"gram": [[0.5], [0.25, 0.5]]}"#, "row 0"),
        (r#"{"power": [1]}"#, "needs 2"),
        (r#"{"power": [1, -1]}"#, "power 1 is -1"),
        (r#"{"images": [[[1, 2, 3]]]}"#, "image 0"),
        (r#"{"images": [[[0, 0]]]}"#, "no power"),
        ("{}", "exactly one"),
        ("[", "line 1"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn networks_say_what_is_wrong_with_them() {
    for (text, parts) in [
        ("conv:kernel=4", &["even", "odd side"][..]),
        ("conv:size=4,kernel=5", &["larger than the image", "at most 4"]),
        ("conv:size=8x6,dims=1", &["dims=1", "8x6"]),
        ("conv:deep=3", &["unknown option 'deep=3'", "depth=…"]),
        ("conv:depth=3,depth=4", &["'depth' twice"]),
        ("conv:depth=3,net=chain:3", &["both depth and net"]),
        ("conv:readout=single:8", &["position 8", "0 to 7"]),
        ("conv:readout=max", &["readout 'max'", "gap"]),
        ("conv:padding=mirror", &["padding 'mirror'", "circular or zero"]),
        ("conv:input=noise", &["input 'noise'", "iid"]),
        ("conv:channels=3", &["rank is 8", "channels=many"]),
        ("conv:size=100x100", &["100 × 100", "4096", "64x64"]),
        ("conv:dims=2,size=224", &["224 × 224", "every pair of positions", "64x64"]),
        ("conv:stride=2", &["strides are not covered", "'stride=2'", "stride 1"]),
        ("conv:dilation=2", &["dilation is not covered"]),
        ("conv:kernal=3", &["unknown option 'kernal=3'", "did you mean 'kernel'?"]),
        ("conv:kernel=6", &["even sides", "5 or 7"]),
        ("conv:kernel=0", &["even sides", "use 1"]),
        ("conv:size=0", &["a side is zero"]),
        ("conv:net=nas:3_25_330", &["group 2", "'5'"]),
        ("cnn:4", &["conv:"]),
    ] {
        let error = ConvNetwork::parse(text).unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}

#[test]
fn networks_lower_to_convolutions_with_the_kernels_of_their_edges() {
    let lower = |text: &str| ConvNetwork::parse(text).unwrap().lower(&Lowering::new(InitRule::Target)).unwrap();
    let chain = lower("conv:depth=2,kernel=5,dims=2,size=6x5,readout=flatten");
    assert_eq!((chain.readout_grid().unwrap().sides(), chain.positions()), (&[6, 5][..], PositionReadout::Flatten));
    assert_eq!(chain.matrix_count(), 2);
    let kernels = |program: &archscale_model::Program| -> Vec<Vec<usize>> {
        let of = |op: &Op| match op {
            Op::Conv(ops::Conv { terms, .. }) => Some(terms.iter().map(|term| term.kernel).collect()),
            Op::Pool(ops::Pool { kernel, .. }) => Some(vec![100 + kernel]),
            _ => None,
        };
        program.ops().iter().filter_map(of).collect()
    };
    assert_eq!(kernels(&chain), [[5], [5]]);
    // Stem; 1x1 into node 1; skip and 3x3 into node 2; pooling, 1x1 and 3x3 into node 3.
    let cell = lower("conv:kernel=3,size=8,net=nas:2_13_423");
    assert_eq!(kernels(&cell), [vec![3], vec![1], vec![3], vec![1, 3], vec![103]]);
    let text = "conv:kernel=3,dims=1,size=8,padding=circular,readout=gap,input=iid,channels=many,net=nas:2_13_423";
    assert_eq!(ConvNetwork::parse(text).unwrap().to_string(), text);
    let post = ConvNetwork::parse("conv:net=cell:2_22").unwrap();
    let program = post.lower(&Lowering::new(InitRule::Target).with_convention(Convention::Post)).unwrap();
    assert_eq!(program.ops().iter().filter(|op| matches!(op, Op::Conv(_))).count(), 4);
}

#[test]
fn a_program_is_over_vectors_or_over_images() {
    let image = InputModel::Iid.image(&grid(&[4], Padding::Zero), None).unwrap();
    let mut builder = ProgramBuilder::new();
    let x = builder.image(image.clone()).unwrap();
    let one = || archscale_model::Gain::from_integer(1.into());
    let said = |error: ModelError| error.to_string();
    assert!(said(builder.dense(vec![(one(), x)]).unwrap_err()).contains("kernel 1"));
    assert!(said(builder.input(one()).unwrap_err()).contains("over vectors"));
    assert!(said(builder.conv(vec![(one(), 7, x)]).unwrap_err()).contains("larger than the image"));
    assert!(said(builder.pool(2, x).unwrap_err()).contains("even"));
    assert!(
        said(builder.clone().readout_over(vec![(one(), x)], PositionReadout::Single(4)).unwrap_err()).contains("position 4")
    );
    let mut vectors = ProgramBuilder::new();
    let x = vectors.input(one()).unwrap();
    assert!(said(vectors.image(image).unwrap_err()).contains("comes before"));
    assert!(said(vectors.conv(vec![(one(), 1, x)]).unwrap_err()).contains("begin the program with an image"));
}
