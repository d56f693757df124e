//! The bootstrap: intervals of a statistic over the draw of a sample.

use crate::quantile::sample_quantile;
use crate::streams::{Stream, below};
use serde::Serialize;

/// Fewest groups from which an interval is given.
pub const LEAST_GROUPS: usize = 8;
/// Largest share of replicates that may be unusable (all members equal, say).
const LARGEST_LOSS: f64 = 0.01;
/// Standard errors below this are rounding, for statistics of order one.
const ROUNDING: f64 = 1e-10;

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Lower and upper end; none with fewer than eight groups, or where too few replicates of the bootstrap have a value.
    pub interval: Option<(f64, f64)>,
}

/// A statistic of a draw of n members, with the influence of each of them.
///
/// **Statement.** θ ≈ θ₀ + (1/n) Σ_i U_i, with the influence U_i computed at the draw itself. Its variance is estimated from
/// the U_i, summed within groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistic {
    /// θ.
    pub value: f64,
    /// U_i of each entry of the draw, in its order.
    pub influence: Vec<f64>,
}

impl Statistic {
    /// The mean of the drawn values: U_i = x_i − x̄. `None` of an empty draw or a place beyond the values.
    #[must_use]
    pub fn mean(values: &[f64], draw: &[usize]) -> Option<Self> {
        let taken: Vec<f64> = draw.iter().map(|&place| values.get(place).copied()).collect::<Option<_>>()?;
        let value = taken.iter().sum::<f64>() / taken.len() as f64;
        (!taken.is_empty()).then(|| Self { value, influence: taken.iter().map(|one| one - value).collect() })
    }
}

/// The members of a sample, in groups that are drawn together.
#[derive(Debug, Clone)]
pub struct Groups {
    members: Vec<Vec<usize>>,
}

impl Groups {
    /// From the number of each member's group; groups are ordered by number.
    #[must_use]
    pub fn new(group_of: &[usize]) -> Self {
        let mut numbers: Vec<usize> = group_of.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        let mut members = vec![Vec::new(); numbers.len()];
        for (member, group) in group_of.iter().enumerate() {
            members[numbers.partition_point(|number| number < group)].push(member);
        }
        Self { members }
    }

    /// So many members, each of which is drawn alone.
    #[must_use]
    pub fn single(members: usize) -> Self {
        Self { members: (0..members).map(|member| vec![member]).collect() }
    }

    /// How many groups there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn draw(&self, chosen: impl Iterator<Item = usize>) -> Draw {
        let mut draw = Draw { entries: Vec::new(), ends: Vec::with_capacity(self.len()) };
        for group in chosen {
            draw.entries.extend(&self.members[group]);
            draw.ends.push(draw.entries.len());
        }
        draw
    }
}

/// Members drawn, group after group.
#[derive(Debug, Clone)]
struct Draw {
    entries: Vec<usize>,
    /// End of each group's members among the entries.
    ends: Vec<usize>,
}

impl Draw {
    /// Standard error of a statistic on this draw: (k/(k − 1) Σ_c (Σ_{i∈c} U_i)²)^½/n over k groups.
    fn standard_error(&self, statistic: &Statistic) -> f64 {
        let mut start = 0;
        let mut square = 0.0;
        for &end in &self.ends {
            square += statistic.influence[start..end].iter().sum::<f64>().powi(2);
            start = end;
        }
        let k = self.ends.len() as f64;
        (square * k / (k - 1.0)).sqrt() / self.entries.len() as f64
    }
}

/// A sample and its resamples with replacement, the same for every statistic of the sample: differences are paired.
///
/// **Source.** Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapters 12 and 13; Davison and Hinkley,
/// *Bootstrap Methods and their Application* (1997), sections 2.4 and 3.8 for groups.
///
/// **Domain.** Groups drawn independently of each other; at least [`LEAST_GROUPS`] of them, else there is no interval. The
/// level is nominal: on few groups the intervals cover less often than it says. Nothing is given where more than 1 % of the
/// replicates have no value.
///
/// ```
/// use archscale_stats::{Groups, Resamples, Statistic, Stream};
/// let values: Vec<f64> = (0..40).map(f64::from).collect();
/// let resamples = Resamples::new(&Groups::single(40), 1999, &Stream::new("documentation 1", 1));
/// let (low, high) = resamples.studentised(0.95, |draw| Statistic::mean(&values, draw)).unwrap();
/// // Mean 19½, standard error 11.69/√40 = 1.848, half-width about two of them.
/// assert!((low - 15.8).abs() < 0.4 && (high - 23.2).abs() < 0.4);
/// ```
#[derive(Debug, Clone)]
pub struct Resamples {
    sample: Draw,
    draws: Vec<Draw>,
}

impl Resamples {
    /// So many draws of as many groups as there are; replicate b is drawn from stream b of the name.
    #[must_use]
    pub fn new(groups: &Groups, replicates: usize, stream: &Stream) -> Self {
        let one = |replicate: usize| {
            let mut rng = stream.rng(replicate as u64);
            groups.draw((0..groups.len()).map(|_| below(&mut rng, groups.len())))
        };
        Self { sample: groups.draw(0..groups.len()), draws: (0..replicates).map(one).collect() }
    }

    /// Places of the members of the sample itself, group after group.
    #[must_use]
    pub fn sample(&self) -> &[usize] {
        &self.sample.entries
    }

    /// The studentised interval of a statistic on lists of members' places.
    ///
    /// **Statement.** θ − s t_{1−α/2} to θ − s t_{α/2}, with s the standard error by the influences and t the quantiles of
    /// (θ* − θ)/s* over replicates ([`sample_quantile`]), α = 1 − `level`.
    ///
    /// **Domain.** Statistics of order one: without a variance above 10⁻²⁰ there is no interval.
    pub fn studentised(&self, level: f64, statistic: impl Fn(&[usize]) -> Option<Statistic>) -> Option<(f64, f64)> {
        let (value, error) = studentise(&self.sample, &statistic)?;
        let drawn = self.draws.iter().filter_map(|draw| studentise(draw, &statistic));
        let (low, high) = self.tails(level, drawn.map(|(drawn, own)| (drawn - value) / own).collect())?;
        Some((value - error * high, value - error * low))
    }

    /// The percentile interval of a statistic on lists of members' places: its quantiles over replicates
    /// ([`sample_quantile`]).
    ///
    /// ```
    /// use archscale_stats::{Groups, Resamples, Stream};
    /// let resamples = Resamples::new(&Groups::single(9), 199, &Stream::new("documentation 1", 1));
    /// let least = |draw: &[usize]| draw.iter().min().map(|&place| place as f64);
    /// // A member is drawn in 1 − (8/9)⁹ = 65 % of the replicates, so the least is most often the first.
    /// assert_eq!(resamples.percentile(0.5, least).unwrap().0, 0.0);
    /// ```
    pub fn percentile(&self, level: f64, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<(f64, f64)> {
        self.tails(level, self.draws.iter().filter_map(|draw| statistic(&draw.entries)).collect())
    }

    /// A mean with its studentised interval; `None` of values fewer than the sample's members.
    #[must_use]
    pub fn mean(&self, level: f64, values: &[f64]) -> Option<Estimate> {
        let value = Statistic::mean(values, self.sample())?.value;
        Some(Estimate { value, interval: self.studentised(level, |draw| Statistic::mean(values, draw)) })
    }

    /// Any statistic with its percentile interval; `None` where the sample itself has no value.
    pub fn estimate(&self, level: f64, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<Estimate> {
        let value = statistic(self.sample())?;
        Some(Estimate { value, interval: self.percentile(level, statistic) })
    }

    fn tails(&self, level: f64, mut found: Vec<f64>) -> Option<(f64, f64)> {
        let too_few = found.is_empty() || (found.len() as f64) * (1.0 + LARGEST_LOSS) < self.draws.len() as f64;
        if self.sample.ends.len() < LEAST_GROUPS || too_few {
            return None;
        }
        found.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level);
        Some((sample_quantile(&found, tail), sample_quantile(&found, 1.0 - tail)))
    }
}

/// A statistic on a draw with its standard error; `None` without variance beyond rounding.
fn studentise(draw: &Draw, statistic: impl Fn(&[usize]) -> Option<Statistic>) -> Option<(f64, f64)> {
    let found = statistic(&draw.entries)?;
    let error = draw.standard_error(&found);
    (error > ROUNDING && error.is_finite()).then_some((found.value, error))
}
