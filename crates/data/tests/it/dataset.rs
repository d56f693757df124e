//! Parts, standardisation and refusals of data sets.

use std::collections::BTreeSet;

use archscale_data::{DataError, Dataset, SOURCES, Shape, Standardisation, Standardiser};

fn numbered(count: usize) -> Dataset {
    let inputs = (0..count).flat_map(|i| [i as f32, -(i as f32), 1.0]).collect();
    Dataset::new("numbered", inputs, (0..count).map(|i| (i % 3) as u8).collect(), 3, Shape::new(1, [3])).unwrap()
}

#[test]
fn a_split_is_a_partition_fixed_by_its_seed() {
    let data = numbered(100);
    let (train, test) = data.split(30, 7).unwrap();
    assert_eq!((train.len(), test.len()), (70, 30));
    let ids = |part: &Dataset| (0..part.len()).map(|i| part.input(i)[0] as usize).collect::<Vec<_>>();
    let all: BTreeSet<usize> = ids(&train).into_iter().chain(ids(&test)).collect();
    assert_eq!(all, (0..100).collect());
    for part in [&train, &test] {
        assert!((0..part.len()).all(|i| usize::from(part.labels()[i]) == part.input(i)[0] as usize % 3));
    }
    assert_eq!(data.split(30, 7).unwrap(), (train.clone(), test.clone()));
    assert_ne!(ids(&data.split(30, 8).unwrap().1), ids(&test));
    assert_eq!((train.digest(), train.digest() == test.digest()), (data.split(30, 7).unwrap().0.digest(), false));
    let (first, rest) = data.split_at(60).unwrap();
    assert_eq!((ids(&first), ids(&rest)), ((0..60).collect(), (60..100).collect()));
    assert_eq!(ids(&data.subset(&[5, 2, 5]).unwrap()), [5, 2, 5]);
    assert_eq!(ids(&data.first(3).unwrap()), [0, 1, 2]);
}

#[test]
fn parts_that_do_not_exist() {
    let data = numbered(10);
    for failed in [
        data.split(0, 1).map(|_| ()),
        data.split(10, 1).map(|_| ()),
        data.split(11, 1).map(|_| ()),
        data.split_at(0).map(|_| ()),
        data.split_at(10).map(|_| ()),
        data.subset(&[]).map(|_| ()),
        data.subset(&[1, 10]).map(|_| ()),
        data.first(0).map(|_| ()),
        data.first(11).map(|_| ()),
    ] {
        let error = failed.unwrap_err();
        assert!(matches!(error, DataError::Part { len: 10, .. }), "{error}");
    }
}

fn moments(values: impl Iterator<Item = f32> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().map(f64::from).sum::<f64>() / count;
    (mean, values.map(|value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count)
}

#[test]
fn standardised_digits() {
    let (train, test) = Dataset::parse("digits").unwrap().split(300, 1).unwrap();
    let apply = |kind| {
        let fitted = Standardiser::fit(&train, kind).unwrap();
        (fitted.apply(&train).unwrap(), fitted.apply(&test).unwrap())
    };
    // Single precision keeps 6e-8 of each number, up to about 40 deviations: a mean of 1500 of them is far below 1e-5.
    let (own, other) = apply(Standardisation::PerFeature);
    for j in 0..64 {
        let (mean, variance) = moments(own.inputs().iter().copied().skip(j).step_by(64));
        let constant = train.inputs().iter().skip(j).step_by(64).all(|pixel| *pixel == train.input(0)[j]);
        assert!(mean.abs() < 1e-5 && (variance - f64::from(u8::from(!constant))).abs() < 1e-5, "feature {j}");
    }
    assert_ne!(moments(other.inputs().iter().copied()).0, moments(own.inputs().iter().copied()).0);
    let (own, other) = apply(Standardisation::Global);
    let (mean, variance) = moments(own.inputs().iter().copied());
    assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-5);
    // The test set keeps its own mean: it is shifted by the training set's.
    let (raw, raw_train) = (moments(test.inputs().iter().copied()), moments(train.inputs().iter().copied()));
    let shifted = (raw.0 - raw_train.0) / raw_train.1.sqrt();
    assert!((moments(other.inputs().iter().copied()).0 - shifted).abs() < 1e-5 && shifted != 0.0);
    let (own, other) = apply(Standardisation::PerSample);
    for part in [own, other] {
        for i in 0..part.len() {
            let square: f64 = part.input(i).iter().map(|value| f64::from(*value).powi(2)).sum();
            assert!((square - 64.0).abs() < 1e-4, "sample {i}: {square}");
        }
    }
}

#[test]
fn what_cannot_be_standardised() {
    let zero = Dataset::new("zero", vec![0.0; 6], vec![0, 1], 2, Shape::new(1, [3])).unwrap();
    let message = |result: Result<Dataset, DataError>| result.unwrap_err().to_string();
    let fit = |data: &Dataset, kind| Standardiser::fit(data, kind);
    assert!(message(fit(&zero, Standardisation::PerSample).unwrap().apply(&zero)).contains("sample 0 is zero"));
    assert!(fit(&zero, Standardisation::Global).unwrap_err().to_string().contains("no spread"));
    assert_eq!(fit(&zero, Standardisation::PerFeature).unwrap().apply(&zero).unwrap().inputs(), zero.inputs());
    let other = Dataset::new("other", vec![0.5; 4], vec![0, 1], 2, Shape::new(2, [])).unwrap();
    assert!(message(fit(&zero, Standardisation::PerFeature).unwrap().apply(&other)).contains("2 features"));
}

#[test]
fn refused_parts_of_a_data_set() {
    let build =
        |inputs: &[f32], labels: &[u8], classes, shape| Dataset::new("x", inputs.to_vec(), labels.to_vec(), classes, shape);
    let pair = || Shape::new(1, [2]);
    for (result, word) in [
        (build(&[], &[], 1, pair()), "0 samples"),
        (build(&[], &[0], 1, Shape::new(1, [0])), "0 features"),
        (build(&[1.0], &[0], 1, pair()), "1 numbers"),
        (build(&[1.0, f32::NAN], &[0], 1, pair()), "feature 1 of sample 0 is NaN"),
        (build(&[1.0, 2.0], &[3], 3, pair()), "label 3"),
        (build(&[1.0, 2.0], &[0], 1, Shape::new(usize::MAX, [4])), "samples of 18446744073709551615"),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, DataError::Invalid { .. }) && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn texts() {
    assert_eq!(SOURCES.len(), 4);
    let message = |text: &str| Dataset::parse(text).unwrap_err().to_string();
    assert!(message("digit").contains("expected one of digits, mnist1d[:seed=N]"));
    assert!(message("").contains("unknown data source ''"));
    assert!(message("digits:8").contains("takes nothing"));
    assert!(message("mnist1d:seeds=1").contains("'seeds=1' is no setting"));
    assert!(message("mnist1d:seed=x").contains("'x' is no whole number"));
    assert!(message("mnist1d:samples=11").contains("multiple of its ten classes"));
    assert!(message("mnist1d:samples=10000000").contains("multiple of its ten classes"));
    assert!(message("idx:one").contains("1 paths were given and two are needed"));
    assert!(message("idx:one,").contains("a path is empty"));
    assert!(message("cifar10:").contains("a path is empty"));
    let data = Dataset::parse(" mnist1d:samples=20,seed=3 ").unwrap();
    assert_eq!((data.len(), data.name()), (20, "mnist1d:seed=3,samples=20"));
    assert_eq!(Dataset::parse(data.name()).unwrap(), data);
}
