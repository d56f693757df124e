use std::f64::consts::TAU;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{in_words, shown};
use crate::{Grid, Image, ModelError, object};

/// Periods that the smooth model adds up on either side; the next would add less than a double's rounding.
const PERIODS: i32 = 6;

/// How the positions of an input field are correlated.
///
/// Every model is scaled so that the mean of the Gram matrix's diagonal is ½, the mean square of σ(z) in the paper's setting.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum InputModel {
    /// The same value everywhere.
    Constant,
    /// Independent positions.
    Iid,
    /// Correlation `c` between any two positions: a constant field beside an independent one.
    Mix(f64),
    /// Gaussian correlation exp(−d²/(2ℓ²)) along every axis, made periodic, of length ℓ.
    Smooth(f64),
    /// A stationary field on the torus of power |f|^(−a) at frequency f, its mean removed.
    Spectrum(f64),
    /// A Gram matrix, or the images to take it from, in a JSON file; see [`InputFile`].
    File(PathBuf),
}

/// What a file behind `input=file:PATH` holds: a Gram matrix, the power at every frequency of the grid, or images.
///
/// ```json
/// {"gram": [[0.5, 0.1], [0.1, 0.5]]}
/// {"power": [0, 1, 0.5, 1]}
/// {"images": [[[0.1, 0.7, 0.3, 0.2]]]}
/// ```
///
/// `images` lists, image by image, channels, and in each the value of every position; the Gram matrix is the mean of h(p) h(p') over
/// images and channels. `power` and `images` are scaled to a mean diagonal of ½; `gram` is taken as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// Rows of a Gram matrix.
    pub gram: Option<Vec<Vec<f64>>>,
    /// Power at the frequencies of the grid, in the order of its positions.
    pub power: Option<Vec<f64>>,
    /// Images, channels, positions.
    pub images: Option<Vec<Vec<Vec<f64>>>>,
}

impl InputModel {
    /// Reads `constant`, `iid`, `mix:0.5`, `smooth[:length]`, `spectrum[:exponent]` or `file:PATH`.
    ///
    /// # Errors
    /// Anything else, and numbers outside their domain.
    ///
    /// ```
    /// use archscale_model::InputModel;
    /// assert_eq!(InputModel::parse("smooth")?, InputModel::Smooth(2.0));
    /// assert!(InputModel::parse("mix:1.5").is_err());
    /// # Ok::<(), archscale_model::ModelError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let (name, argument) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let unusable = |problem: String, mend: &str| ModelError::Spatial {
            what: format!("input '{}'", shown(text)),
            problem,
            mend: mend.into(),
        };
        let number = |default: f64, domain: &dyn Fn(f64) -> bool, rule: &str| match argument {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|&value: &f64| value.is_finite() && domain(value))
                .ok_or_else(|| unusable(format!("'{}' is out of its domain", shown(text)), rule)),
        };
        match (name, argument) {
            ("constant" | "const", None) => Ok(Self::Constant),
            ("iid", None) => Ok(Self::Iid),
            ("mix", Some(_)) => {
                let rule = "write mix:c with a correlation c from 0 to 1";
                number(0.5, &|c| (0.0..=1.0).contains(&c), rule).map(Self::Mix)
            }
            ("smooth", _) => {
                let rule = "write smooth:length with a correlation length above 0, in positions";
                number(2.0, &|length| length > 0.0, rule).map(Self::Smooth)
            }
            ("spectrum", _) => {
                let rule = "write spectrum:a for a power of |f|^(−a), a from 0 to 10";
                number(2.0, &|a| (0.0..=10.0).contains(&a), rule).map(Self::Spectrum)
            }
            ("file", Some(path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(unusable(
                "no such model of an input".into(),
                "use constant, iid, mix:c, smooth[:length], spectrum[:exponent] or file:PATH",
            )),
        }
    }

    /// The field's Gram matrix on a grid, as an [`Image`] of this number of channels.
    ///
    /// # Errors
    /// A file that cannot be read or does not fit the grid, a field without power, and as [`Image::new`].
    pub fn image(&self, grid: &Grid, channels: Option<usize>) -> Result<Image, ModelError> {
        let gram = match self {
            Self::Constant => stationary(grid, |_| 1.0),
            Self::Iid => stationary(grid, |lag| f64::from(u8::from(lag.iter().all(|&step| step == 0)))),
            Self::Mix(c) => stationary(grid, |lag| if lag.iter().all(|&step| step == 0) { 1.0 } else { *c }),
            Self::Smooth(length) => {
                let along = |step: usize, side: usize| -> f64 {
                    let term = |period: i32| {
                        let distance = step as f64 + f64::from(period) * side as f64;
                        (-distance * distance / (2.0 * length * length)).exp()
                    };
                    (-PERIODS..=PERIODS).map(term).sum()
                };
                stationary(grid, |lag| lag.iter().zip(grid.sides()).map(|(&step, &side)| along(step, side)).product())
            }
            Self::Spectrum(exponent) => from_power(grid, &power_law(grid, *exponent)),
            Self::File(path) => return from_file(path, grid, channels),
        };
        let gram = scaled(gram, grid)?;
        // Every model is a field's own covariance; only its rank may be more than the channels.
        if channels.is_some() {
            Image::new(grid.clone(), gram, channels)
        } else {
            Ok(Image::of_model(grid.clone(), gram, None))
        }
    }
}

impl fmt::Display for InputModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Iid => f.write_str("iid"),
            Self::Mix(c) => write!(f, "mix:{c}"),
            Self::Smooth(length) => write!(f, "smooth:{length}"),
            Self::Spectrum(exponent) => write!(f, "spectrum:{exponent}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// A covariance that depends on the lag alone, taken around the torus.
fn stationary(grid: &Grid, covariance: impl Fn(&[usize]) -> f64) -> Vec<f64> {
    let m = grid.positions();
    let by_lag: Vec<f64> = (0..m).map(|lag| covariance(&grid.coordinates(lag))).collect();
    let places: Vec<Vec<usize>> = (0..m).map(|position| grid.coordinates(position)).collect();
    let lag = |p: &[usize], r: &[usize]| {
        p.iter().zip(r).zip(grid.sides()).fold(0, |index, ((p, r), side)| index * side + (p + side - r) % side)
    };
    places.iter().flat_map(|p| places.iter().map(|r| by_lag[lag(p, r)])).collect()
}

/// The covariance of a stationary field whose power is given at every frequency.
fn from_power(grid: &Grid, power: &[f64]) -> Vec<f64> {
    stationary(grid, |lag| {
        let wave = |frequency: usize| {
            let turns = grid.coordinates(frequency).into_iter().zip(lag).zip(grid.sides()).map(|((k, step), side)| {
                // Whole turns are dropped before the cosine sees them.
                (k * step % side) as f64 / *side as f64
            });
            (TAU * turns.sum::<f64>()).cos()
        };
        power.iter().enumerate().map(|(frequency, power)| power * wave(frequency)).sum()
    })
}

fn power_law(grid: &Grid, exponent: f64) -> Vec<f64> {
    let size = |frequency: usize| {
        let along = grid.coordinates(frequency).into_iter().zip(grid.sides()).map(|(k, &side)| {
            let cycles = k.min(side - k) as f64 / side as f64;
            cycles * cycles
        });
        along.sum::<f64>().sqrt()
    };
    (0..grid.positions()).map(|frequency| if frequency == 0 { 0.0 } else { size(frequency).powf(-exponent) }).collect()
}

/// Scaled to a mean diagonal of ½.
fn scaled(mut gram: Vec<f64>, grid: &Grid) -> Result<Vec<f64>, ModelError> {
    let m = grid.positions();
    let mean = (0..m).map(|p| gram[p * m + p]).sum::<f64>() / m as f64;
    if !(mean.is_finite() && mean > 0.0) {
        return Err(ModelError::Spatial {
            what: format!("input on an image of {grid}"),
            problem: "it has no power".into(),
            mend: "give a field that is not zero; a spectrum needs at least two positions, since its mean is removed".into(),
        });
    }
    gram.iter_mut().for_each(|entry| *entry *= 0.5 / mean);
    Ok(gram)
}

fn from_file(path: &Path, grid: &Grid, channels: Option<usize>) -> Result<Image, ModelError> {
    let problem = |problem: String| ModelError::File { path: path.display().to_string(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
    let mut reader = serde_json::Deserializer::from_str(&text);
    let file: InputFile = object::read(&mut reader, "an object with one of gram, power and images")
        .and_then(|file| reader.end().map(|()| file))
        .map_err(|error| problem(format!("it is no input field: {}", in_words(&error))))?;
    let m = grid.positions();
    let wrong = |what: &str, found: usize| problem(format!("{what} has {found} numbers, and an image of {grid} needs {m}"));
    match (file.gram, file.power, file.images) {
        (Some(rows), None, None) => {
            if rows.len() != m {
                return Err(problem(format!("the Gram matrix has {} rows, and an image of {grid} needs {m}", rows.len())));
            }
            if let Some((row, values)) = rows.iter().enumerate().find(|(_, values)| values.len() != m) {
                return Err(wrong(&format!("row {row} of the Gram matrix"), values.len()));
            }
            Image::new(grid.clone(), rows.concat(), channels)
        }
        (None, Some(power), None) => {
            if power.len() != m {
                return Err(wrong("the power spectrum", power.len()));
            }
            if let Some(index) = power.iter().position(|power| !(power.is_finite() && *power >= 0.0)) {
                return Err(problem(format!("power {index} is {}; powers are finite and not negative", power[index])));
            }
            Image::new(grid.clone(), scaled(from_power(grid, &power), grid)?, channels)
        }
        (None, None, Some(images)) => {
            let mut gram = vec![0.0; m * m];
            for (image, values) in images.iter().enumerate().flat_map(|(image, list)| list.iter().map(move |it| (image, it)))
            {
                if values.len() != m {
                    return Err(wrong(&format!("a channel of image {image}"), values.len()));
                }
                for (p, value) in values.iter().enumerate() {
                    gram[p * m..][..m].iter_mut().zip(values).for_each(|(entry, other)| *entry += value * other);
                }
            }
            Image::new(grid.clone(), scaled(gram, grid)?, channels)
        }
        _ => Err(problem("it must hold exactly one of gram, power and images".into())),
    }
}
