//! The carried digits against published statistics.

use archscale_data::{Dataset, digits};

#[test]
fn statistics_of_the_published_set() {
    let data = digits::load().unwrap();
    assert_eq!((data.len(), data.features(), data.classes()), (1797, 64, 10));
    assert_eq!((data.shape().channels(), data.shape().sides()), (1, [8, 8].as_slice()));
    // Class counts of the set's description at UCI and in scikit-learn.
    assert_eq!(data.class_counts(), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    // scikit-learn 1.x, load_digits: sums of pixels and squares (mean 4.884164579855314), range, constant pixels, first labels.
    let pixels: Vec<u64> = data.inputs().iter().map(|pixel| *pixel as u64).collect();
    assert_eq!(pixels.iter().sum::<u64>(), 561_718);
    assert_eq!(pixels.iter().map(|pixel| pixel * pixel).sum::<u64>(), 6_907_012);
    assert_eq!((pixels.iter().min(), pixels.iter().max()), (Some(&0), Some(&16)));
    assert_eq!(561_718.0 / (1797.0 * 64.0), 4.884_164_579_855_314);
    let constant: Vec<usize> =
        (0..64).filter(|j| data.inputs().iter().skip(*j).step_by(64).all(|pixel| *pixel == 0.0)).collect();
    assert_eq!(constant, [0, 32, 39]);
    assert_eq!(data.labels()[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

/// Every pixel and label in order: SHA-256 of scikit-learn's copy, pixels then labels as bytes.
#[test]
fn the_very_numbers_of_another_copy() {
    use sha2::{Digest, Sha256};
    let data = Dataset::parse("digits").unwrap();
    let bytes: Vec<u8> = data.inputs().iter().map(|pixel| *pixel as u8).chain(data.labels().iter().copied()).collect();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826");
}
