//! The recipe of MNIST-1D.

mod template;
mod transform;

use archscale_stats::{below, permutation};
use rand_distr::{Distribution, StandardNormal};

use crate::random::stream;
use crate::{DataError, Dataset, Shape};
use template::CLASSES;
use transform::{DILATED, Draws, LENGTH};

/// The strengths of the random changes that a template undergoes.
///
/// Lengths are in points of the series before it is subsampled (72 points); amplitudes in units of the template, whose
/// standard deviation is 1/6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distortion {
    /// Fewest and most zeros appended to the template of 12 points, each number equally likely.
    pub padding: (usize, usize),
    /// The amplitude is multiplied by a factor uniform in 1 ± scale/2.
    pub scale: f64,
    /// The series is rolled to the right by a number of points uniform in 0..translation.
    pub translation: usize,
    /// Standard deviation, before smoothing, of the Gaussian noise that replaces the padding.
    pub correlated_noise: f64,
    /// Standard deviation of the independent Gaussian noise.
    pub noise: f64,
    /// A ramp from +c/2 to −c/2 is added, with c uniform in ± shear/2.
    pub shear: f64,
}

impl Default for Distortion {
    /// The published values.
    fn default() -> Self {
        Self { padding: (36, 60), scale: 0.4, translation: 48, correlated_noise: 0.25, noise: 0.02, shear: 0.75 }
    }
}

/// MNIST-1D: series of length 40 made from ten templates.
///
/// **Recipe.** A template of 12 points is padded with zeros, dilated to 72 points, scaled, rolled; the padding becomes
/// smoothed Gaussian noise (σ of the kernel 2 points, reflecting ends), independent noise and a ramp are added, and 40
/// points are taken by linear interpolation. All numbers of the set together are then brought to mean 0 and variance 1, and
/// the samples are shuffled.
///
/// **Source.** S. Greydanus, *Scaling down deep learning* (2020), and the published code's `data.py` and `transform.py`,
/// whose transformation is reproduced to rounding for the same draws (tests). The draws come from another generator, so the
/// samples are not those of the published file but others of the same distribution.
///
/// ```
/// use archscale_data::Mnist1d;
/// let data = Mnist1d { samples: 500, ..Mnist1d::default() }.dataset()?;
/// assert_eq!((data.len(), data.features(), data.class_counts()), (500, 40, vec![50; 10]));
/// # Ok::<(), archscale_data::DataError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mnist1d {
    /// Number of samples, equally many of each of the ten classes.
    pub samples: usize,
    /// Names the random stream.
    pub seed: u64,
    /// Strengths of the changes.
    pub distortion: Distortion,
}

impl Default for Mnist1d {
    /// The published settings: 5 000 samples, of which the first 4 000 are to train on.
    fn default() -> Self {
        Self { samples: 5000, seed: 42, distortion: Distortion::default() }
    }
}

impl Mnist1d {
    /// Most samples that are made.
    pub const LARGEST: u64 = 1_000_000;

    /// The data set, standardised as a whole and shuffled.
    ///
    /// # Errors
    /// A number of samples that is 0, not a multiple of ten or too large; strengths that are negative, not finite, out of
    /// order or longer than the series.
    pub fn dataset(&self) -> Result<Dataset, DataError> {
        let series = self.series()?;
        let count = (self.samples * LENGTH) as f64;
        let all = || series.iter().flat_map(|(_, series)| series);
        let mean = all().sum::<f64>() / count;
        let deviation = (all().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        let order = permutation(&mut stream("mnist1d order", self.seed).rng(0), self.samples);
        let mut inputs = Vec::with_capacity(self.samples * LENGTH);
        let mut labels = Vec::with_capacity(self.samples);
        for (label, series) in order.into_iter().map(|index| &series[index]) {
            labels.push(*label);
            inputs.extend(series.iter().map(|value| ((value - mean) / deviation) as f32));
        }
        let name = format!("mnist1d:seed={},samples={}", self.seed, self.samples);
        Dataset::new(name, inputs, labels, CLASSES, Shape::new(1, [LENGTH]))
    }

    /// Labels and series before standardisation and shuffling, class after class.
    ///
    /// # Errors
    /// As [`Mnist1d::dataset`].
    pub fn series(&self) -> Result<Vec<(u8, [f64; LENGTH])>, DataError> {
        self.check()?;
        let mut list = Vec::with_capacity(self.samples);
        for label in 0..CLASSES as u8 {
            let template = template::template(label);
            let mut rng = stream("mnist1d series", self.seed).rng(u64::from(label));
            for _ in 0..self.samples / CLASSES {
                let (low, high) = self.distortion.padding;
                let mut centred = || (below(&mut rng, 1 << 53) as f64 + 0.5) / (1_u64 << 53) as f64 - 0.5;
                let (scale, shear) = (1.0 + self.distortion.scale * centred(), self.distortion.shear * centred());
                let padding = low + below(&mut rng, high - low + 1);
                let shift = below(&mut rng, self.distortion.translation);
                let mut gauss = |deviation: f64| -> [f64; DILATED] {
                    std::array::from_fn(|_| {
                        let z: f64 = StandardNormal.sample(&mut rng);
                        deviation * z
                    })
                };
                let correlated = gauss(self.distortion.correlated_noise);
                let noise = gauss(self.distortion.noise);
                let draws = Draws { padding, scale, shift, correlated, noise, shear };
                list.push((label, transform::transform(&template, &draws)));
            }
        }
        Ok(list)
    }

    fn check(&self) -> Result<(), DataError> {
        let with = &self.distortion;
        let strengths = [with.scale, with.correlated_noise, with.noise, with.shear];
        let problem = if self.samples == 0 || !self.samples.is_multiple_of(CLASSES) || self.samples as u64 > Self::LARGEST {
            let largest = Self::LARGEST;
            format!("{} samples: give a multiple of its {CLASSES} classes from {CLASSES} to {largest}", self.samples)
        } else if with.padding.0 > with.padding.1 || with.padding.1 > Self::LARGEST as usize {
            format!("padding {:?}: give the fewest zeros first, and at most {}", with.padding, Self::LARGEST)
        } else if !(1..=DILATED).contains(&with.translation) {
            format!("translation {}: give 1 to {DILATED} points", with.translation)
        } else if let Some(bad) = strengths.iter().find(|strength| !(strength.is_finite() && **strength >= 0.0)) {
            format!("strength {bad}: give a finite number, 0 or more")
        } else {
            return Ok(());
        };
        Err(DataError::Invalid { name: "mnist1d".into(), problem })
    }
}
