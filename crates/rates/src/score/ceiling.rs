//! The noise ceiling: what a perfect law would score.

use archscale_stats::{Resamples, Statistic};
use serde::Serialize;

use super::Estimate;
use crate::{MeasuredNetwork, RatesError};

/// What a law that knew every network's noise-free maximal rate would score, given the noise between seeds.
///
/// **Statement.** Let network i have noise-free log-rate μ_i, m_i seeds and seed variance σ². The mean over seeds has
/// variance Var μ + σ² E[1/m] over networks, so a law that predicts μ exactly has r = ρ^½ with the reliability ρ = Var μ /
/// (Var μ + σ² E[1/m]), and root mean square (σ² E[1/m])^½. With V the mean seed variance of the networks that have at least
/// two seeds, H the mean of 1/m_i and S² the variance of the measured means (divisor n − 1), ρ is estimated by 1 − V H/S²,
/// at least 0.
///
/// **Domain.** Seeds must differ in all that makes measurements differ: what all seeds share (the grid of rates, the data)
/// is no noise here. It supposes the same seed variance, on average, for networks with few and with many seeds. On n
/// networks the r of a perfect law scatters about the ceiling.
///
/// **Source.** Attenuation of correlations (Spearman 1904); one-way analysis of variance; proofs/law-court.md.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ceiling {
    /// r of a perfect law.
    pub correlation: Estimate,
    /// Root mean square of ln measured − ln predicted of a perfect law.
    pub rms: f64,
    /// Seed variance of one measurement, V.
    pub seed_variance: f64,
}

impl Ceiling {
    /// The ceiling of some networks.
    ///
    /// # Errors
    /// [`RatesError::OneSeed`] when no network has two seeds; [`RatesError::ConstantMeasurement`] when all means are equal.
    pub(super) fn new(networks: &[&MeasuredNetwork], resamples: &Resamples, level: f64) -> Result<Self, RatesError> {
        let repeated: Vec<f64> = networks.iter().filter_map(|network| network.measurement().seed_variance()).collect();
        if repeated.is_empty() {
            return Err(RatesError::OneSeed);
        }
        let all = resamples.sample();
        let parts = Parts::new(networks, all).ok_or(RatesError::ConstantMeasurement { architectures: networks.len() })?;
        let reliable = |ln_ratio: f64| (1.0 - ln_ratio.exp()).clamp(0.0, 1.0).sqrt();
        // Without any noise there is no logarithm and no interval: the ceiling is 1.
        let interval = resamples.studentised(level, |draw| Parts::new(networks, draw)?.ln_ratio());
        let interval = interval.map(|(low, high)| (reliable(high), reliable(low)));
        let noise = parts.seed_variance * parts.share;
        let value = (1.0 - noise / parts.spread).clamp(0.0, 1.0).sqrt();
        Ok(Self { correlation: Estimate { value, interval }, rms: noise.sqrt(), seed_variance: parts.seed_variance })
    }
}

/// V, H and S² of a draw, with what each network adds to them.
struct Parts {
    seed_variance: f64,
    share: f64,
    spread: f64,
    influence: Vec<f64>,
}

impl Parts {
    fn new(networks: &[&MeasuredNetwork], draw: &[usize]) -> Option<Self> {
        let count = draw.len() as f64;
        let of = |read: fn(&MeasuredNetwork) -> f64| draw.iter().map(move |i| read(networks[*i]));
        let variances: Vec<Option<f64>> = draw.iter().map(|i| networks[*i].measurement().seed_variance()).collect();
        let repeated = variances.iter().flatten().count() as f64;
        let seed_variance = variances.iter().flatten().sum::<f64>() / repeated;
        let share = of(MeasuredNetwork::inverse_seeds).sum::<f64>() / count;
        let mean = of(MeasuredNetwork::log_rate).sum::<f64>() / count;
        let square = of(MeasuredNetwork::log_rate).map(|rate| (rate - mean).powi(2)).sum::<f64>() / count;
        if repeated == 0.0 || square <= 0.0 {
            return None;
        }
        let influence = variances
            .iter()
            .zip(of(MeasuredNetwork::inverse_seeds).zip(of(MeasuredNetwork::log_rate)))
            .map(|(variance, (inverse, rate))| {
                let noise = variance.map_or(0.0, |own| (own / seed_variance - 1.0) * count / repeated);
                noise + (inverse / share - 1.0) - ((rate - mean).powi(2) / square - 1.0)
            })
            .collect();
        Some(Self { seed_variance, share, spread: square * count / (count - 1.0), influence })
    }

    /// ln(V H / S²); none without noise.
    fn ln_ratio(self) -> Option<Statistic> {
        let value = (self.seed_variance * self.share / self.spread).ln();
        value.is_finite().then_some(Statistic { value, influence: self.influence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Measurement;

    /// Copies of one network shift θ by U_i/(copies · n) to first order.
    #[test]
    fn the_influence_is_a_derivative() {
        let rates: [&[f64]; 5] = [&[0.1, 0.4], &[1.0, 0.7, 1.2], &[-0.5], &[2.0, 1.1], &[0.6, 0.5, 0.9, 0.8]];
        let network = |(i, rates): (usize, &&[f64])| {
            let line = format!(
                "{{\"group\":\"g\",\"architecture\":\"chain:{}\",\"init\":\"he\",\"convention\":\"pre\",\"activation\":\"relu\",\
                 \"width\":8,\"log_rates\":{rates:?}}}",
                i + 1
            );
            MeasuredNetwork::new(Measurement::parse_lines(&line).unwrap().remove(0), false).unwrap()
        };
        let networks: Vec<MeasuredNetwork> = rates.iter().enumerate().map(network).collect();
        let networks: Vec<&MeasuredNetwork> = networks.iter().collect();
        let value = |draw: &[usize]| Parts::new(&networks, draw).unwrap().ln_ratio().unwrap();
        let copies = 2000;
        let base: Vec<usize> = (0..5).flat_map(|i| std::iter::repeat_n(i, copies)).collect();
        let plain = value(&base);
        for i in 0..5 {
            let more: Vec<usize> = base.iter().copied().chain(std::iter::repeat_n(i, 5)).collect();
            let shift = (value(&more).value - plain.value) * more.len() as f64 / 5.0;
            let influence = plain.influence[i * copies];
            // Second order: 5 of 10 000 copies, influences below 5; the divisor n − 1 adds 1e-4.
            assert!((shift - influence).abs() < 1e-2 * (1.0 + influence.abs()), "{i}: {shift} for {influence}");
        }
        // The network with one seed says nothing about the noise of a seed, only about its share and the spread.
        assert!(plain.influence[2 * copies] != 0.0);
    }
}
