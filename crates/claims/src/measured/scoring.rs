use archscale_rates::Measured;
use archscale_rates::{
    Estimate, EvaluationSet, MeasuredGroup, Measurement, ParametricLaw, RatesError, Score, ScoreSettings,
};
use archscale_stats::Outcome;

use super::UNCHANGED;
use crate::{Check, ClaimError, Mutant, Table};

/// Level of the intervals, the highest that scores have; replicates so many that ten lie beyond its ends.
pub(super) const SETTINGS: ScoreSettings =
    ScoreSettings { replicates: 9_999, level: 0.999, seed: 1, folds: 5, repeats: 10, at_width: false };

/// A law predicts rates from the base network if ln measured − ln predicted has at most this root mean square: a factor of
/// 1.5.
const WITHIN: f64 = 0.405_465_108_108_164_4;

/// Slopes of ln measured on ln predicted that count as the law's own exponent.
const SLOPES: (f64, f64) = (0.8, 1.25);

/// Laws of the table.
const SHOWN: [&str; 7] =
    ["paper", "code-depths", "weighted-sum", "weighted-root-taps", "exact-B", "shortest-path", "output-kernel"];

/// One group of measured rates, on which laws are scored.
pub(crate) struct Scoring {
    measured: Measured,
    set: EvaluationSet,
    name: String,
}

impl Scoring {
    /// Rates of one group.
    pub(crate) fn new(measured: Measured) -> Result<Self, ClaimError> {
        let set = EvaluationSet::new(measured.rates.clone(), SETTINGS)?;
        let name = measured.rates.first().map(|one| one.group.clone()).unwrap_or_default();
        Ok(Self { measured, set, name })
    }

    fn group(&self) -> Result<&MeasuredGroup, RatesError> {
        self.set.group(&self.name)
    }

    fn score(&self, law: &ParametricLaw) -> Result<Score, RatesError> {
        self.set.score(self.group()?, law)
    }

    fn check(&self, what: &str, found: &Estimate, wanted: (f64, f64), prediction: f64) -> Check {
        let (outcome, reason) = decide(found, wanted);
        let networks = self.measured.rates.len() as u64;
        Check::trained(format!("{}: {what}", self.name), outcome, (prediction, found.value), networks, reason)
            .with_false_alarm(1.0 - SETTINGS.level)
    }

    /// Whether the law predicts the rates from that of the base network.
    pub(crate) fn transfer(&self, law: &ParametricLaw) -> Result<Check, ClaimError> {
        let found = self.score(law)?.base_rms.ok_or_else(|| RatesError::NoBase { law: law.id.into() })?;
        let what = format!("rms of ln(measured/predicted from the base) at most ln 1.5, law {}", law.id);
        Ok(self.check(&what, &found, (0.0, WITHIN), WITHIN))
    }

    /// Whether the rates move by the law's exponent.
    pub(crate) fn slope(&self, law: &ParametricLaw) -> Result<Check, ClaimError> {
        let what = format!("slope of ln measured on ln predicted from {} to {}, law {}", SLOPES.0, SLOPES.1, law.id);
        Ok(self.check(&what, &self.score(law)?.slope, SLOPES, 1.0))
    }

    /// The correlation next to a published one.
    pub(crate) fn correlation(&self, law: &ParametricLaw, published: f64) -> Result<String, ClaimError> {
        let found = self.score(law)?.correlation;
        Ok(format!(
            "{}: r of ln measured and ln predicted by the law {} is {}; published: {published}.",
            self.name,
            law.id,
            show(&found)
        ))
    }

    /// Whether the first law is closer to the rates than the second, both from the base network.
    pub(crate) fn closer(&self, first: &ParametricLaw, second: &ParametricLaw) -> Result<Check, ClaimError> {
        let found = self.set.base_ratio(self.group()?, first, second)?;
        let what = format!("rms from the base, {} over {}, below 1", first.id, second.id);
        Ok(self.check(&what, &found, (0.0, 1.0), 1.0))
    }

    /// The same networks with rates that follow the law to this power exactly, but for the noise between the measured seeds.
    ///
    /// The first seed's deviation over √m stands for the error of the mean over m seeds.
    pub(crate) fn planted(&self, law: &ParametricLaw, power: f64) -> Result<Self, ClaimError> {
        let mut rates = Vec::with_capacity(self.measured.rates.len());
        for network in self.group()?.networks() {
            let measured = network.measurement();
            let Ok(ln_rate) = law.ln_rate(network.features(), &law.middle()) else { continue };
            let mean = measured.mean_log_rate();
            let seeds = measured.log_rates.len() as f64;
            let error = measured.log_rates.first().map_or(0.0, |rate| rate - mean) / seeds.sqrt();
            let log_rates = measured.log_rates.iter().map(|rate| power * ln_rate + error + rate - mean).collect();
            rates.push(Measurement { log_rates, ..measured.clone() });
        }
        Self::new(Measured { rates, unusable: Vec::new() })
    }

    /// Whether [`Scoring::transfer`] and [`Scoring::slope`] accept rates that follow the law, where one supports it and
    /// neither refutes it, and both refuse rates that follow its square root.
    pub(crate) fn tells_apart(&self, law: &ParametricLaw) -> Result<Mutant, ClaimError> {
        let judged = |power: f64| {
            let planted = self.planted(law, power)?;
            Ok::<_, ClaimError>([planted.transfer(law)?.outcome, planted.slope(law)?.outcome])
        };
        let right = judged(1.0)?;
        let accepted = right.contains(&Outcome::Supported) && !right.contains(&Outcome::Refuted);
        let refused = judged(0.5)? == [Outcome::Refuted; 2];
        Ok(Mutant::compared(self.mutant(law, "follow its square root"), accepted && refused))
    }

    /// Whether the check of [`Scoring::closer`] to the unchanged rate accepts rates that follow the law and refuses equal
    /// ones.
    pub(crate) fn tells_from_unchanged(&self, law: &ParametricLaw) -> Result<Mutant, ClaimError> {
        let judged = |power: f64| Ok::<_, ClaimError>(self.planted(law, power)?.closer(law, &UNCHANGED)?.outcome);
        let rejected = judged(1.0)? == Outcome::Supported && judged(0.0)? == Outcome::Refuted;
        Ok(Mutant::compared(self.mutant(law, "are equal"), rejected))
    }

    fn mutant(&self, law: &ParametricLaw, which: &str) -> String {
        format!(
            "{}: the law {} on planted rates that {which} but for the measured noise (accepted on rates that follow it)",
            self.name, law.id
        )
    }

    /// What laws score on the group.
    pub(crate) fn table(&self) -> Result<Table, ClaimError> {
        let mut rows = Vec::new();
        for id in SHOWN {
            let Ok(score) = self.score(&ParametricLaw::find(id)?) else { continue };
            let base = score.base_rms.as_ref().map_or_else(|| "—".into(), show);
            rows.push(vec![
                id.into(),
                score.networks.to_string(),
                show(&score.correlation),
                show(&score.slope),
                show(&score.rms),
                base,
            ]);
        }
        Ok(Table {
            title: format!("Laws on {}, intervals at level {}", self.name, SETTINGS.level),
            header: ["law", "networks", "r", "slope", "rms", "rms from the base"].map(String::from).to_vec(),
            rows,
        })
    }

    /// What a perfect law would score, and which networks gave no rate.
    pub(crate) fn notes(&self) -> Result<Vec<String>, ClaimError> {
        let left_out = self.measured.unusable.iter();
        let mut notes: Vec<String> =
            left_out.map(|one| format!("{} in {} is left out: {}.", one.architecture, one.group, one.reason)).collect();
        if let Ok(ceiling) = self.set.ceiling(self.group()?) {
            notes.push(format!(
                "{}: {} networks; a perfect law would score r = {:.3} and rms {:.3}, given the noise between seeds.",
                self.name,
                self.measured.rates.len(),
                ceiling.correlation.value,
                ceiling.rms
            ));
        }
        Ok(notes)
    }
}

/// Supported with the whole interval among the wanted values, refuted with no part of it there.
pub(super) fn decide(found: &Estimate, (low, high): (f64, f64)) -> (Outcome, String) {
    let Some((lower, upper)) = found.interval else {
        return (Outcome::Undecided, "no interval: fewer than eight architectures, or no spread".into());
    };
    let outcome = if lower >= low && upper <= high {
        Outcome::Supported
    } else if upper < low || lower > high {
        Outcome::Refuted
    } else {
        Outcome::Undecided
    };
    (outcome, format!("{} at level {} (bootstrap over architectures)", show(found), SETTINGS.level))
}

pub(super) fn show(found: &Estimate) -> String {
    match found.interval {
        Some((low, high)) => format!("{:.3} [{low:.3}, {high:.3}]", found.value),
        None => format!("{:.3}", found.value),
    }
}
