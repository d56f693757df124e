//! E|z|²/n of every vertex, as a report shows it.

use archscale_model::{Lowering, Network, Scaled};
use archscale_theory::{forward_moments, spatial_moments};
use serde::Serialize;

use crate::cli::CliError;
use crate::cli::domain::{AtVertex, KEPT, extremes, three};

/// E|z|²/n of every vertex as n → ∞, or why it is not known.
#[derive(Debug, Serialize)]
pub(super) struct Moments {
    vertices: Vec<VertexMoment>,
    smallest: Option<VertexMoment>,
    largest: Option<VertexMoment>,
    /// The reason for their absence.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct VertexMoment {
    vertex: usize,
    /// Null beyond the range of double precision.
    second_moment: Option<f64>,
    /// Its decimal logarithm there.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_moment_log10: Option<f64>,
    #[serde(skip)]
    exact: Scaled,
}

impl From<AtVertex> for VertexMoment {
    fn from((vertex, exact): AtVertex) -> Self {
        let fit = exact.fit();
        Self { vertex, second_moment: fit, second_moment_log10: fit.is_none().then(|| exact.log10()), exact }
    }
}

impl Moments {
    pub(super) fn of(network: &Network, how: &Lowering) -> Result<Self, CliError> {
        let found: Result<Vec<AtVertex>, _> = match (forward_moments(network, how), network) {
            (Ok(moments), _) => Ok(moments.iter().map(|at| (at.id, at.second_moment)).collect()),
            // With pooling the whole law of the image is needed.
            (Err(_), Network::Images(images)) => spatial_moments(&images.lower(how)?)
                .map(|law| law.nodes.iter().map(|at| (at.id, Scaled::from(at.second_moment))).collect()),
            (Err(error), _) => Err(error),
        };
        Ok(match found {
            Ok(found) => {
                let ends = extremes(found.iter().copied());
                let [smallest, largest] = [0, 1].map(|end| ends.map(|ends| ends[end].into()));
                Self { vertices: found.into_iter().map(VertexMoment::from).collect(), smallest, largest, unknown: None }
            }
            Err(error) => Self { vertices: Vec::new(), smallest: None, largest: None, unknown: Some(error.to_string()) },
        })
    }

    fn ends(&self) -> Option<[VertexMoment; 2]> {
        self.smallest.zip(self.largest).map(|(smallest, largest)| [smallest, largest])
    }

    /// Where these moments leave what a law compares; `whose` they are stands in the words.
    pub(super) fn reasons(&self, whose: &str) -> Vec<String> {
        let Some([low, high]) = self.ends() else {
            let why = self.unknown.as_deref().unwrap_or("it has no vertex");
            return vec![format!("E|z|²/n of {whose} is not known ({why})")];
        };
        let out =
            |at: VertexMoment| format!("E|z|²/n of {whose} is {} at vertex {}, out of [½, 2]", three(at.exact), at.vertex);
        let falls = (low.exact < KEPT[0].into()).then(|| out(low));
        let grows = (high.exact > KEPT[1].into()).then(|| out(high));
        falls.into_iter().chain(grows).collect()
    }

    /// Where the last vertex, which the readout reads, is of another size than that of the base.
    pub(super) fn against(&self, base: &Self) -> Option<String> {
        let (own, of_base) = (self.vertices.last()?, base.vertices.last()?);
        let ratio = own.exact / of_base.exact;
        let differs = ratio < KEPT[0].into() || ratio > KEPT[1].into();
        differs.then(|| {
            let [value, other] = [own, of_base].map(|at| format!("{} at vertex {}", three(at.exact), at.vertex));
            format!("E|z|²/n ends with {value} where the base ends with {other}")
        })
    }

    /// One line: the first vertices and the extremes, or one value for all.
    pub(super) fn text(&self) -> String {
        const SHOWN: usize = 5;
        let Some([low, high]) = self.ends() else {
            return format!("not known: {}", self.unknown.as_deref().unwrap_or("no vertex"));
        };
        if three(low.exact) == three(high.exact) {
            return format!("{} at every vertex", three(low.exact));
        }
        let first: Vec<String> =
            self.vertices.iter().take(SHOWN).map(|at| format!("{} at vertex {}", three(at.exact), at.vertex)).collect();
        let more = if self.vertices.len() > SHOWN { ", …" } else { "" };
        let ends = [("smallest", low), ("largest", high)]
            .map(|(which, at)| format!("{which} {} at vertex {}", three(at.exact), at.vertex));
        format!("{}{more}; {}", first.join(", "), ends.join(", "))
    }
}
