//! Loaders on files that the tests write.

use std::io::Write;
use std::path::{Path, PathBuf};

use archscale_data::{DataError, Dataset, cifar10, idx};

/// A folder of this test's own.
fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("data-files").join(test);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn header(sides: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sides.len() as u8];
    sides.iter().for_each(|side| bytes.extend(side.to_be_bytes()));
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Three images of 2×4 pixels with labels 4, 0, 7.
fn small() -> (Vec<u8>, Vec<u8>) {
    let mut images = header(&[3, 2, 4]);
    images.extend((0..24).map(|i| i * 10));
    let mut labels = header(&[3]);
    labels.extend([4, 0, 7]);
    (images, labels)
}

#[test]
fn idx_plain_and_packed() {
    let at = folder("idx_plain_and_packed");
    let (images, labels) = small();
    let plain = (write(&at, "images", &images), write(&at, "labels", &labels));
    let packed = (write(&at, "images.gz", &gzip(&images)), write(&at, "labels.gz", &gzip(&labels)));
    let data = idx::load(&plain.0, &plain.1).unwrap();
    assert_eq!((data.len(), data.classes(), data.labels()), (3, 8, [4, 0, 7].as_slice()));
    assert_eq!((data.shape().channels(), data.shape().sides()), (1, [2, 4].as_slice()));
    assert_eq!(data.input(1), [80.0, 90.0, 100.0, 110.0, 120.0, 130.0, 140.0, 150.0]);
    assert_eq!(data.inputs()[23], 230.0);
    let text = format!("idx:{},{}", packed.0.display(), packed.1.display());
    let unpacked = Dataset::parse(&text).unwrap();
    assert_eq!((unpacked.digest(), unpacked.name()), (data.digest(), text.as_str()));
}

#[test]
fn unusable_idx_files() {
    let at = folder("unusable_idx_files");
    let (images, labels) = small();
    let good = (write(&at, "images", &images), write(&at, "labels", &labels));
    let two = {
        let mut bytes = header(&[2]);
        bytes.extend([1, 2]);
        write(&at, "two", &bytes)
    };
    let load = |images: &Path| idx::load(images, &good.1).unwrap_err();
    let error = |name: &str, bytes: &[u8]| load(&write(&at, name, bytes));

    let missing = load(&at.join("nowhere"));
    assert!(matches!(&missing, DataError::File { path, .. } if path.ends_with("nowhere")), "{missing}");
    assert!(matches!(load(&at), DataError::File { .. }), "a folder is no file");
    for cut in [0, 3, 15] {
        let found = error("cut-header", &images[..cut]);
        assert!(matches!(&found, DataError::Length { expected: 16, .. }), "{cut} bytes: {found}");
    }
    let truncated = error("truncated", &images[..images.len() - 1]);
    assert!(matches!(&truncated, DataError::Length { expected: 40, found: 39, .. }), "{truncated}");
    assert!(truncated.to_string().ends_with("the file is truncated: fetch it again"), "{truncated}");
    let longer = error("longer", &[images.as_slice(), &[1]].concat());
    assert!(matches!(&longer, DataError::Length { expected: 40, found: 41, .. }), "{longer}");
    assert!(longer.to_string().contains("followed by something else"), "{longer}");
    let packed = gzip(&images);
    let broken = error("broken.gz", &packed[..packed.len() - 9]);
    assert!(broken.to_string().contains("the gzip stream breaks off"), "{broken}");
    for (name, bytes, word) in [
        ("png", b"\x89PNG\r\n\x1a\n".to_vec(), "[89, 50, 4e]"),
        ("floats", [&[0, 0, 0x0d, 3][..], &images[4..]].concat(), "type 0x0d"),
        ("flat", header(&[24]), "are the two files swapped?"),
        ("none", header(&[0, 2, 4]), "nothing is in it"),
    ] {
        let found = error(name, &bytes);
        assert!(matches!(found, DataError::Foreign { .. }) && found.to_string().contains(word), "{found}");
    }
    let huge = error("huge", &header(&[u32::MAX; 3]));
    assert!(matches!(huge, DataError::Length { .. }), "{huge}");
    let swapped = idx::load(&good.1, &good.0).unwrap_err();
    assert!(swapped.to_string().contains("swapped"), "{swapped}");
    let count = idx::load(&good.0, &two).unwrap_err();
    assert!(matches!(count, DataError::Count { inputs: 3, labels: 2, .. }), "{count}");
}

/// Record `i` has label `i % 10`, red `i`, green `i + 1`, blue `i + 2`.
fn batch(records: u8) -> Vec<u8> {
    (0..records)
        .flat_map(|i| std::iter::once(i % 10).chain((0..3).flat_map(move |c| std::iter::repeat_n(i + c, 1024))))
        .collect()
}

#[test]
fn cifar_batches_in_order() {
    let at = folder("cifar_batches_in_order");
    let paths = [write(&at, "a.bin", &batch(3)), write(&at, "b.bin.gz", &gzip(&batch(12)))];
    let data = cifar10::load(&paths).unwrap();
    assert_eq!((data.len(), data.classes(), data.shape().to_string().as_str()), (15, 10, "3×32×32"));
    assert_eq!(data.labels(), [0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    let image = data.input(13);
    assert_eq!((image[0], image[1023], image[1024], image[3071]), (10.0, 10.0, 11.0, 12.0));
    let text = format!("cifar10:{},{}", paths[0].display(), paths[1].display());
    assert_eq!(Dataset::parse(&text).unwrap(), data);
}

#[test]
fn unusable_cifar_files() {
    let at = folder("unusable_cifar_files");
    let error = |name: &str, bytes: &[u8]| cifar10::load(&[write(&at, name, bytes)]).unwrap_err();
    assert!(matches!(cifar10::load(&[at.join("nowhere")]), Err(DataError::File { .. })));
    assert!(matches!(cifar10::load(&[] as &[&Path]), Err(DataError::Invalid { .. })));
    let empty = error("empty", &[]);
    assert!(matches!(&empty, DataError::Foreign { .. }) && empty.to_string().contains("it is empty"), "{empty}");
    let truncated = error("truncated", &batch(2)[..3072 + 3073]);
    assert!(matches!(&truncated, DataError::Length { expected: 6146, found: 6145, .. }), "{truncated}");
    assert!(truncated.to_string().contains("2 records of 3073 bytes"), "{truncated}");
    let mut other = batch(2);
    other[3073] = 77;
    let foreign = error("foreign", &other);
    assert!(foreign.to_string().contains("record 1 has label 77"), "{foreign}");
}
