use archscale_model::{ModelError, Network};

use crate::{Features, Measurement, RatesError};

/// One measured network with what laws read of it.
#[derive(Debug, Clone)]
pub struct MeasuredNetwork {
    measurement: Measurement,
    /// Mean over seeds.
    log_rate: f64,
    features: Features,
    /// The network as an edge list with what images add: networks with equal ones share an architecture.
    graph: String,
}

impl MeasuredNetwork {
    /// Builds the measured network and gathers its features.
    ///
    /// Laws of the theory crate are evaluated in the limit of infinite width, or at the measured width if `at_width`; over
    /// images always in the limit of many channels. Where a trained stem counts as a layer, the network that is scored has
    /// one more ([`Network::with_stem`]).
    ///
    /// # Errors
    /// A measurement without a usable log-rate, and a network that these rules cannot lower.
    pub fn new(measurement: Measurement, at_width: bool) -> Result<Self, RatesError> {
        let (group, architecture) = (measurement.group.clone(), measurement.spec.architecture().to_string());
        if let Err(problem) = measurement.check() {
            return Err(RatesError::Measurement { group, architecture, problem });
        }
        match Self::gather(&measurement, at_width) {
            Ok((features, graph)) => Ok(Self { log_rate: measurement.mean_log_rate(), measurement, features, graph }),
            Err(source) => Err(RatesError::Network { group, architecture, source: Box::new(source) }),
        }
    }

    fn gather(measurement: &Measurement, at_width: bool) -> Result<(Features, String), ModelError> {
        let spec = &measurement.spec;
        let stemmed = measurement.stem.filter(|stem| stem.layer).map(|_| spec.network().with_stem()).transpose()?;
        let network: &Network = stemmed.as_ref().unwrap_or(spec.network());
        let features = Features::new(network, &spec.lowering(network), measurement.width, at_width)?;
        Ok((features.with_covariates(measurement.covariates.clone()), network.edge_text()))
    }

    /// The measurement.
    #[must_use]
    pub fn measurement(&self) -> &Measurement {
        &self.measurement
    }

    /// What laws read of the network.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// Mean log-rate over seeds.
    #[must_use]
    pub fn log_rate(&self) -> f64 {
        self.log_rate
    }

    /// One over the number of seeds.
    #[must_use]
    pub fn inverse_seeds(&self) -> f64 {
        1.0 / self.measurement.log_rates.len() as f64
    }

    /// The graph, by which networks of one architecture are recognised.
    pub(super) fn graph(&self) -> &str {
        &self.graph
    }

    /// What orders networks from small to large: edges, longest path, then the graph itself.
    pub(super) fn size(&self) -> (usize, usize, &str) {
        (self.features.edges(), self.features.input().paths().longest(), &self.graph)
    }

    /// What two records of one network share.
    pub(super) fn identity(&self) -> String {
        let Measurement { spec, width, stem, covariates, .. } = &self.measurement;
        let mut text = format!("{} {} {} {} width {width}", self.graph, spec.init, spec.convention, spec.activation);
        if let Some(stem) = stem {
            text += &format!(" stem of share {}", stem.share);
        }
        for (name, value) in covariates {
            text += &format!(" {name} {value}");
        }
        text
    }
}
