//! A lazy matrix answers every sequence of queries as one and the same dense matrix does.
use std::sync::Arc;

use archscale_nets::{LazyGaussian, Matrix, NetsError, Precision, StreamKey, TensorId, Update};
use candle_core::{DType, Device, Tensor};
use proptest::prelude::*;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// How the next query's columns come about; each network takes another kind than its neighbour.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Random,
    Zero,
    /// A combination of earlier queries.
    InSpan,
    /// As `InSpan`, moved by this power of ten relative to its size.
    Near(i32),
    /// Random with entries of zero, as after a ReLU.
    Sparse,
    /// Random and of this power of ten in size.
    Scaled(i32),
}

/// One step of a sequence.
#[derive(Debug, Clone)]
enum Step {
    Right(Vec<Kind>),
    Left(Vec<Kind>),
    /// A rank-one update of this size, from then on.
    Update(f64),
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => Just(Kind::Random),
        1 => Just(Kind::Zero),
        2 => Just(Kind::InSpan),
        2 => (-17..-1).prop_map(Kind::Near),
        2 => Just(Kind::Sparse),
        1 => (-12..12).prop_map(Kind::Scaled),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(kind(), 1..4).prop_map(Step::Right),
        3 => prop::collection::vec(kind(), 1..4).prop_map(Step::Left),
        1 => (-2.0..2.0).prop_map(Step::Update),
    ]
}

/// A query with its answer, to the matrix with so many updates; all in double precision.
struct Answered {
    left: bool,
    updates: usize,
    query: Tensor,
    answer: Tensor,
}

fn double(x: &Tensor) -> Tensor {
    x.to_dtype(DType::F64).unwrap()
}

fn norm(x: &Tensor) -> f64 {
    x.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap().sqrt()
}

/// One column for each network, (R, n, 1), given the earlier queries of that side.
fn column(rng: &mut ChaCha8Rng, networks: usize, n: usize, kind: Kind, earlier: &[Tensor]) -> Tensor {
    let mut normal = |sparse: bool| -> Vec<f64> {
        let draw = |rng: &mut ChaCha8Rng| if sparse && rng.random_bool(0.5) { 0.0 } else { rng.sample(StandardNormal) };
        (0..n).map(|_| draw(rng)).collect()
    };
    let mut entries = Vec::with_capacity(networks * n);
    for r in 0..networks {
        // Neighbours differ in kind: a direction new to one network may be none to the next.
        let kind = if r % 2 == 0 { kind } else { Kind::Random };
        let combination = |moved: f64, normal: &mut dyn FnMut(bool) -> Vec<f64>| {
            let mut sum = vec![0.0; n];
            for (k, query) in earlier.iter().enumerate() {
                for of_query in query.get(r).unwrap().t().unwrap().to_vec2::<f64>().unwrap() {
                    let size = of_query.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let factor = if size > 0.0 { (1.0 + k as f64 * 0.7) / size } else { 0.0 };
                    sum.iter_mut().zip(&of_query).for_each(|(sum, x)| *sum += factor * x);
                }
            }
            sum.iter_mut().zip(normal(false)).for_each(|(sum, x)| *sum += moved * x);
            sum
        };
        entries.extend(match kind {
            Kind::Random => normal(false),
            Kind::Zero => vec![0.0; n],
            Kind::InSpan => combination(0.0, &mut normal),
            Kind::Near(power) => combination(10f64.powi(power), &mut normal),
            Kind::Sparse => normal(true),
            Kind::Scaled(power) => normal(false).into_iter().map(|x| x * 10f64.powi(power)).collect(),
        });
    }
    Tensor::from_vec(entries, (networks, n, 1), &Device::Cpu).unwrap()
}

/// Runs a sequence and returns the largest error of an answer, in units of ε |query| times the size of the matrix, and the
/// loss of orthogonality in units of ε.
fn largest_error(steps: &[Step], shape: (usize, usize, usize), precision: Precision, seed: u64) -> (f64, f64) {
    let (networks, rows, cols) = shape;
    let key = StreamKey::new("sim lazy matrix", "sequence", seed);
    let mut rng = key.rng(0, TensorId::Label);
    let lazy = LazyGaussian::new(&key, 0, 0, shape, 0.5, precision, &Device::Cpu);
    let mut versions: Vec<Arc<dyn Matrix>> = vec![Arc::new(lazy.clone())];
    let mut updates: Vec<Tensor> = Vec::new();
    let mut answered: Vec<Answered> = Vec::new();
    for step in steps {
        match step {
            Step::Update(size) => {
                let mut draw = |n| column(&mut rng, networks, n, Kind::Random, &[]).to_dtype(precision.dtype()).unwrap();
                let update = Update::new(draw(rows), draw(cols)).unwrap();
                let factors: Vec<f64> = (0..networks).map(|r| size * (1.0 + r as f64)).collect();
                let factors = Tensor::from_vec(factors, (networks, 1, 1), &Device::Cpu).unwrap();
                let factors = factors.to_dtype(precision.dtype()).unwrap();
                let matrix = versions.last().unwrap().plus(&update, &factors).unwrap();
                updates.push(double(&update.to_tensor().unwrap()).broadcast_mul(&double(&factors)).unwrap());
                versions.push(matrix);
            }
            Step::Right(kinds) | Step::Left(kinds) => {
                let left = matches!(step, Step::Left(_));
                let earlier: Vec<Tensor> =
                    answered.iter().filter(|old| old.left == left).map(|old| old.query.clone()).collect();
                let n = if left { rows } else { cols };
                let columns: Vec<Tensor> = kinds.iter().map(|&kind| column(&mut rng, networks, n, kind, &earlier)).collect();
                let query = Tensor::cat(&columns, 2).unwrap().to_dtype(precision.dtype()).unwrap();
                // Any version, not the last alone.
                let version = rng.random_range(0..versions.len());
                let ask = |query: &Tensor| {
                    let matrix = &versions[version];
                    if left { matrix.apply_transpose(query) } else { matrix.apply(query) }.unwrap()
                };
                let answer = ask(&query);
                // The same tensor again, and a copy, which is a query like any other.
                assert_eq!(norm(&double(&(ask(&query) - &answer).unwrap())), 0.0);
                let copy = ask(&(&query * 1.0).unwrap());
                for (answer, query) in [(answer, query.clone()), (copy, query)] {
                    answered.push(Answered { left, updates: version, query: double(&query), answer: double(&answer) });
                }
            }
        }
    }
    let mut entries = double(&lazy.to_tensor().unwrap());
    assert_eq!(entries.dims(), [networks, rows, cols]);
    let epsilon = if precision == Precision::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let mut largest = 0.0_f64;
    for count in 0..=updates.len() {
        if count > 0 {
            entries = (entries + &updates[count - 1]).unwrap();
        }
        for old in answered.iter().filter(|old| old.updates == count) {
            let matrix = if old.left { entries.t().unwrap().contiguous().unwrap() } else { entries.clone() };
            let error = (matrix.matmul(&old.query).unwrap() - &old.answer).unwrap();
            for r in 0..networks {
                for j in 0..old.query.dim(2).unwrap() {
                    let of = |x: &Tensor| norm(&x.get(r).unwrap().narrow(1, j, 1).unwrap());
                    let matrices = (0..count).map(|k| norm(&updates[k].get(r).unwrap())).sum::<f64>();
                    let size = 0.5 * ((rows * cols) as f64).sqrt().max(2.0) + matrices;
                    let (error, scale) = (of(&error), epsilon * size * of(&old.query));
                    assert!(error.is_finite());
                    largest = largest.max(if error == 0.0 { 0.0 } else { error / scale });
                }
            }
        }
    }
    (largest, lazy.orthogonality_loss().unwrap() / epsilon)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_algorithm: prop::test_runner::RngAlgorithm::ChaCha,
        rng_seed: prop::test_runner::RngSeed::Fixed(17), ..ProptestConfig::default() })]

    /// Every answer to every version is that of the matrix that unit vectors reveal at the end; so uᵀ(W v) = (Wᵀu)ᵀv and
    /// repeated queries agree. Right and left queries of one to three columns, zero vectors, vectors in or near the span,
    /// sparse and badly scaled ones, another kind in every second network, and updates; shapes from 1 × 1 to 6 × 6.
    ///
    /// Allowed are 100 √(k+1) ε, k = queries: 32 √(k+1) ε is where a remainder counts as rounding, and the rest is for the
    /// products.
    #[test]
    fn answers_are_those_of_one_matrix(
        steps in prop::collection::vec(step(), 1..9),
        networks in 1..4_usize, rows in 1..7_usize, cols in 1..7_usize,
        single in any::<bool>(), seed in any::<u64>(),
    ) {
        let precision = if single { Precision::F32 } else { Precision::F64 };
        let (error, loss) = largest_error(&steps, (networks, rows, cols), precision, seed);
        let queries = 2.0 * 3.0 * steps.len() as f64 + cols as f64;
        if std::env::var_os("LAZY_PRINT").is_some() { println!("{error} {loss}"); }
        prop_assert!(error <= 100.0 * (queries + 1.0).sqrt(), "{error} ε");
        prop_assert!(loss <= 20.0, "{loss} ε");
    }
}

fn queries(n: usize, count: usize, precision: Precision, seed: u64) -> Vec<Tensor> {
    let mut rng = StreamKey::new("sim lazy matrix", "queries", seed).rng(0, TensorId::Label);
    let draw = |rng: &mut ChaCha8Rng| column(rng, 2, n, Kind::Random, &[]);
    let mut all = vec![draw(&mut rng)];
    for k in 1..count {
        // Ever nearer to the one before, down to rounding.
        let moved = (draw(&mut rng) * 10f64.powi(-(k as i32 % 18))).unwrap();
        all.push((&all[k - 1] + moved).unwrap());
    }
    all.into_iter().map(|x| x.to_dtype(precision.dtype()).unwrap()).collect()
}

/// Sixty queries of each side, each close to the one before (by 1 down to 1e-17): the bases stay orthonormal to the accuracy
/// of a dot product of n terms, n ε at worst and √n ε in practice; 8 √n ε is asserted. One pass of Gram and Schmidt's step
/// in place of two loses up to all digits here.
#[test]
fn bases_stay_orthonormal() {
    for (n, precision) in [(64, Precision::F64), (64, Precision::F32), (5000, Precision::F64), (5000, Precision::F32)] {
        let epsilon = if precision == Precision::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
        let key = StreamKey::new("sim lazy matrix", "orthonormal", 1);
        let lazy = LazyGaussian::new(&key, 0, 0, (2, n, n), 1.0, precision, &Device::Cpu);
        for (right, left) in queries(n, 60, precision, 1).iter().zip(&queries(n, 60, precision, 2)) {
            lazy.apply(right).unwrap();
            lazy.apply_transpose(left).unwrap();
        }
        assert_eq!(lazy.ranks(), (60, 60));
        let loss = lazy.orthogonality_loss().unwrap();
        println!("n = {n} {precision}: {:.1} ε", loss / epsilon);
        assert!(loss > 0.0 && loss < 8.0 * (n as f64).sqrt() * epsilon, "n = {n} {precision}: {loss}");
    }
}

/// A 1 × 1 matrix is one number, whatever is asked; a second network in the same block is asked zero first.
#[test]
fn a_number_stays_the_same_number() {
    let key = StreamKey::new("sim lazy matrix", "number", 1);
    let lazy = LazyGaussian::new(&key, 0, 0, (2, 1, 1), 1.0, Precision::F64, &Device::Cpu);
    let ask = |x: [f64; 2], left: bool| -> Vec<f64> {
        let x = Tensor::from_slice(&x, (2, 1, 1), &Device::Cpu).unwrap();
        let answer = if left { lazy.apply_transpose(&x) } else { lazy.apply(&x) };
        answer.unwrap().flatten_all().unwrap().to_vec1().unwrap()
    };
    let first = ask([2.0, 0.0], false);
    assert_eq!(first[1], 0.0);
    let w = [first[0] / 2.0, ask([0.0, 1.0], true)[1]];
    assert!(w[0] != 0.0 && w[1] != 0.0);
    for (x, left) in [([3.0, -2.0], true), ([1e-3, 1e6], false), ([-7.0, 0.0], true), ([0.0, 0.0], false)] {
        for r in 0..2 {
            assert!((ask(x, left)[r] - w[r] * x[r]).abs() <= 1e-15 * (w[r] * x[r]).abs());
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let key = StreamKey::new("sim lazy matrix", "refused", 1);
    let lazy = LazyGaussian::new(&key, 0, 0, (2, 3, 4), 1.0, Precision::F64, &Device::Cpu);
    let of = |shape: (usize, usize, usize)| Tensor::zeros(shape, DType::F64, &Device::Cpu).unwrap();
    for error in [lazy.apply(&of((2, 3, 1))).unwrap_err(), lazy.apply_transpose(&of((1, 3, 1))).unwrap_err()] {
        assert!(matches!(error, NetsError::Shape { .. }), "{error}");
    }
    assert!(matches!(Update::new(of((2, 3, 1)), of((2, 4, 2))), Err(NetsError::Shape { .. })));
    assert_eq!(lazy.shape(), (2, 3, 4));
}

/// What overflows is seen: the answer to an infinite or undefined query is not finite, in that network alone.
#[test]
fn an_overflow_stays_visible() {
    for bad in [f64::INFINITY, f64::NAN, 1e200] {
        let key = StreamKey::new("sim lazy matrix", "overflow", 1);
        let lazy = LazyGaussian::new(&key, 0, 0, (2, 3, 2), 1.0, Precision::F64, &Device::Cpu);
        for earlier in 0..2 {
            let x = Tensor::new(&[[[1.0], [bad]], [[1.0], [2.0 + f64::from(earlier)]]], &Device::Cpu).unwrap();
            let answer = lazy.apply(&x).unwrap().to_vec3::<f64>().unwrap();
            assert!(answer[0].iter().all(|row| !row[0].is_finite()), "{bad}: {answer:?}");
            assert!(answer[1].iter().all(|row| row[0].is_finite()), "{bad}: {answer:?}");
        }
    }
}

/// With more networks in a block the first ones stay what they are.
#[test]
fn more_networks_change_none_of_the_first() {
    let ask = |networks: usize| {
        let key = StreamKey::new("sim lazy matrix", "more", 1);
        let lazy = LazyGaussian::new(&key, 3, 1, (networks, 4, 5), 1.0, Precision::F64, &Device::Cpu);
        let x = Tensor::ones((networks, 5, 1), DType::F64, &Device::Cpu).unwrap();
        let z = lazy.apply(&x).unwrap();
        let b = lazy.apply_transpose(&z.relu().unwrap()).unwrap();
        lazy.apply(&b).unwrap().narrow(0, 0, 3).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()
    };
    assert_eq!(ask(3), ask(8));
}
