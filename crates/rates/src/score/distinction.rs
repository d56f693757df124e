use archscale_stats::LEAST_GROUPS;
use serde::Serialize;

use super::report::recommended;
use crate::{Estimate, GroupReport, LawReport};

/// Whether measurements can tell a law from one rate for all networks.
///
/// **Statement.** The law misses the measured ln η by another root mean square than one rate does, each with a constant
/// fitted; their difference has a bootstrap interval of paired draws. The measurements tell the two apart where it excludes
/// 0. If the difference d and the networks' variety stayed, an interval that reaches h beyond d would exclude 0 from about n
/// (h/|d|)² networks on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Distinction {
    /// The law: the recommended one.
    pub law: String,
    /// r of the law with measured rates.
    pub correlation: Estimate,
    /// Root mean square of the law minus that of one rate.
    pub difference: Estimate,
    /// Networks from which the difference would be told, if it stayed; none where it is told, or has no interval.
    pub networks_needed: Option<f64>,
}

/// A number of networks beyond this is no plan.
const FAR: f64 = 10_000.0;

impl Distinction {
    pub(crate) fn of(laws: &[LawReport]) -> Option<Self> {
        let law = recommended(laws)?;
        let (score, difference) = (law.score.as_ref()?, law.against_one_rate?);
        let reach = |(low, high): (f64, f64)| {
            let reach = if difference.value < 0.0 { high } else { low };
            let told = reach * difference.value > 0.0;
            (!told).then(|| score.networks as f64 * ((reach - difference.value) / difference.value).powi(2))
        };
        Some(Self {
            law: law.law.clone(),
            correlation: score.correlation,
            difference,
            networks_needed: difference.interval.and_then(reach),
        })
    }

    /// Whether the law misses by less than one rate, or by more; none where the measurements cannot tell.
    #[must_use]
    pub fn is_better(&self) -> Option<bool> {
        let (low, high) = self.difference.interval?;
        if high < 0.0 { Some(true) } else { (low > 0.0).then_some(false) }
    }

    /// The same as a sentence or two on the group.
    #[must_use]
    pub fn sentence(&self, group: &GroupReport) -> String {
        let Self { law, difference, .. } = self;
        let what = match group.seeds {
            (1, 1) => format!("{} networks of one seed", group.networks),
            (low, high) if low == high => format!("{} networks of {low} seeds", group.networks),
            (low, high) => format!("{} networks of {low} to {high} seeds", group.networks),
        };
        let spans = |of: &Estimate| of.interval.map_or_else(String::new, |(low, high)| format!("[{low:.2}, {high:.2}]"));
        match self.is_better() {
            Some(true) => format!(
                "These {what} tell: law {law} misses by less than one rate for all, rms lower by {}.",
                minus(difference)
            ),
            Some(false) => format!(
                "These {what} tell: one rate for all misses by less than law {law}, rms lower by {}.",
                plus(difference)
            ),
            None if difference.interval.is_none() => format!(
                "These {what} cannot tell law {law} from one rate for all: intervals need {LEAST_GROUPS} architectures or \
                 more, of different rates."
            ),
            None => {
                let needed = match self.networks_needed {
                    Some(needed) if needed < FAR => {
                        format!("If the difference stayed, about {} such networks would tell.", two_digits(needed))
                    }
                    _ => "The difference is far below what so few show.".into(),
                };
                format!(
                    "These {what} cannot tell law {law} from one rate for all: its r lies in {}, its rms less that of one \
                     rate in {}. {needed}",
                    spans(&self.correlation),
                    spans(difference)
                )
            }
        }
    }
}

fn plus(of: &Estimate) -> String {
    let (low, high) = of.interval.unwrap_or((of.value, of.value));
    format!("{:.2} [{low:.2}, {high:.2}]", of.value)
}

fn minus(of: &Estimate) -> String {
    plus(&Estimate { value: -of.value, interval: of.interval.map(|(low, high)| (-high, -low)) })
}

/// Two significant digits, rounded up: a number of networks is no finer known.
fn two_digits(value: f64) -> u64 {
    let unit = 10f64.powf((value.max(1.0).log10().floor() - 1.0).max(0.0));
    ((value / unit).ceil() * unit) as u64
}

#[cfg(test)]
mod tests {
    use super::two_digits;

    #[test]
    fn numbers_of_networks_are_rounded_up() {
        let found = [0.0, 7.0, 41.2, 123.0, 8123.0].map(two_digits);
        assert_eq!(found, [0, 7, 42, 130, 8200]);
    }
}
